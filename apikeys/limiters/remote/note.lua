-- Remembers a verify of a secret that no key has. KEYS: epoch, version of the births, stream.
-- ARGV: epoch, event, outcome. Gives the version of the births, or nothing in an unknown epoch.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
if redis.call('XLEN', KEYS[3]) <= 500000 then  -- as take.lua keeps junk from filling the memory
  redis.call('XADD', KEYS[3], '*', 'e', ARGV[2], 'o', ARGV[3], 'l', '')
end
return tonumber(redis.call('GET', KEYS[2]) or 0)
