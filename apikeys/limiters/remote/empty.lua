-- Takes every balance back. KEYS: epoch, state, stream. ARGV: epoch, then the lots that close. Gives
-- the last position of the stream, then kind, lot and units of each balance; one of another epoch is
-- void, since the server may have gone back to an older state of it. Gives nothing in an unknown
-- epoch.

local HELD_MS, CLOSED_MAX = 172800000, 400
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
local reply = {'0-0'}
local last = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)
if #last > 0 then reply[1] = last[1][1] end
local granted = redis.call('HGET', KEYS[2], 'v') or ''
local is_current = string.sub(granted, 1, #ARGV[1] + 1) == ARGV[1] .. ' '
for _, kind in ipairs({'day', 'month', 'uses', 'credits'}) do
  local kept = redis.call('HMGET', KEYS[2], kind .. '.n', kind .. '.l')
  if kept[1] then
    if is_current then
      reply[#reply + 1], reply[#reply + 2], reply[#reply + 3] = kind, kept[2], kept[1]
    end
    redis.call('HDEL', KEYS[2], kind .. '.n')
  end
end
if #ARGV > 1 then
  -- The newest first, so that those which are cut off closed long ago.
  local closed = table.concat(ARGV, ',', 2) .. ',' .. (redis.call('HGET', KEYS[2], 'c') or '')
  redis.call('HSET', KEYS[2], 'c', string.sub(closed, 1, CLOSED_MAX))
  redis.call('PEXPIRE', KEYS[2], HELD_MS)
end
return reply
