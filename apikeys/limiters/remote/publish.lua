-- Raises a version; it never goes back. KEYS: version. ARGV: the new one. Kept for a day, which is
-- longer than anything that was read is kept.
local seen = redis.call('GET', KEYS[1])
if not seen or tonumber(seen) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1], 'EX', 86400)
end
return 1
