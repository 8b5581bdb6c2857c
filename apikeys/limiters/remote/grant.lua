-- Leased units arrive. KEYS: epoch, version of the key, version of the tenant, state.
-- ARGV: epoch, version of the key, version of the tenant, now ('' for the server's own), then for
-- each quota: kind, units, lot, from, until, rest, asked at, limit. Gives 1, or 0 when they come
-- too late: the units count as gone until they are reconciled. Others may ask the ledger again.

local LATE_US, HELD_MS = 60000000, 172800000
local now
if ARGV[4] == '' then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
else
  now = tonumber(ARGV[4])
end
local seen = redis.call('MGET', KEYS[1], KEYS[2], KEYS[3])
if seen[1] ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[4], 'w')
if (seen[2] and tonumber(seen[2]) > tonumber(ARGV[2]))
  or (seen[3] and tonumber(seen[3]) > tonumber(ARGV[3])) then
  return 0
end
local version = ARGV[1] .. ' ' .. ARGV[2] .. '.' .. ARGV[3]
local closed = redis.call('HGET', KEYS[4], 'c') or ''
for i = 5, #ARGV, 8 do
  if now - tonumber(ARGV[i + 6]) > LATE_US then return 0 end
  if string.find(closed, ARGV[i + 2], 1, true) then return 0 end
end
if #ARGV == 4 then return 1 end
if redis.call('HGET', KEYS[4], 'v') ~= version then
  for _, kind in ipairs({'day', 'month', 'uses', 'credits'}) do redis.call('HDEL', KEYS[4], kind .. '.n') end
end
for i = 5, #ARGV, 8 do
  local kind, units, lot, from, till = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  local kept = redis.call('HMGET', KEYS[4], kind .. '.n', kind .. '.l', kind .. '.x')
  if kept[1] and kept[2] == lot and tonumber(kept[3]) == tonumber(till) then
    units = tonumber(kept[1]) + tonumber(units)
  end
  redis.call('HSET', KEYS[4], 'v', version, kind .. '.n', units, kind .. '.l', lot,
    kind .. '.f', from, kind .. '.x', till, kind .. '.r', ARGV[i + 5], kind .. '.a', ARGV[i + 6],
    kind .. '.k', ARGV[i + 7])
end
redis.call('PEXPIRE', KEYS[4], HELD_MS)
return 1
