-- The atomic step of a verify: versions compared, every limit decided, all of it taken or nothing,
-- the event written. The twin of `domain/metering.py`; see there for what the rules mean.
--
-- KEYS, six for each subject: epoch, version of the key, version of the tenant, state, leases, stream.
-- ARGV: the time in microseconds ('' for the server's own), then nine for each subject: epoch,
-- version of the key, version of the tenant, limits (JSON or ''), cost, lease id, lease in
-- microseconds, mode ('take', 'dry', or an outcome that was decided before), event ('' for none).
--
-- Fields of the state: u and t of a bucket, n, l, f, x, r, a, k of a quota (see `grant.lua`), v the
-- version of what was granted, c the closed lots, w since when somebody asks the ledger for units.

local EXHAUSTION_US, LEASING_US = 1000000, 1000000
local BACKLOG_MAX, IDLE_MS, HELD_MS = 1000000, 120000, 172800000
local NEVER_US, LEASES_MAX = 4503599627370496, 10000

local now
if ARGV[1] == '' then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
else
  now = tonumber(ARGV[1])
end

local function needed(kind, cost) return kind == 'uses' and 1 or cost end

local function written(stream, event, outcome, lots)
  if event == '' then return '' end
  return redis.call('XADD', stream, '*', 'e', event, 'o', outcome, 'l', lots or '')
end

local function read_state(limits, key)
  local state = {}
  if #limits.fields > 0 then
    local values = redis.call('HMGET', key, unpack(limits.fields))
    for i, name in ipairs(limits.fields) do state[name] = values[i] end
  end
  return state
end

local function levels_of(limits, state, key)
  local levels = {}
  for i, bucket in ipairs(limits.buckets) do
    local limit, window, tick = bucket[2], bucket[3], bucket[4]
    local full, at = limit * window, math.floor(now / tick)
    local level = tonumber(state[bucket[1] .. '.u'] or nil)
    if level then
      local since = tonumber(state[bucket[1] .. '.t'])
      -- The clock was set back: it refills nothing, and is believed from now on.
      if since > at then redis.call('HSET', key, bucket[1] .. '.t', at) end
      level = math.min(full, level + math.max(0, at - since) * limit)
    else
      level = full
    end
    levels[i] = level
  end
  return levels
end

local function balances_of(limits, state, epoch, version)
  local held, leftover = {}, false
  -- What is left of another epoch is void: the server may have gone back to an older state of it.
  if string.sub(state['v'] or '', 1, #epoch + 1) ~= epoch .. ' ' then return held, leftover end
  for _, kind in ipairs(limits.quotas) do
    local left = tonumber(state[kind .. '.n'] or nil)
    if left then
      local from, till = tonumber(state[kind .. '.f']), tonumber(state[kind .. '.x'])
      local good = from <= now and now < till
      if state['v'] == version then
        held[kind] = {left = left, lot = state[kind .. '.l'], till = till, good = good,
          rest = tonumber(state[kind .. '.r']), asked = tonumber(state[kind .. '.a']),
          limit = tonumber(state[kind .. '.k'])}
      end
      leftover = leftover or not good or state['v'] ~= version
    end
  end
  return held, leftover
end

local function wants(balance, units)
  if not balance or not balance.good then return true end
  if balance.left >= units then return false end
  local age = math.abs(now - balance.asked)
  return not (balance.left + balance.rest < units and age < EXHAUSTION_US)
end

local function told(reply, limits, held, levels, running)
  for i, bucket in ipairs(limits.buckets) do
    local limit, window, tick = bucket[2], bucket[3], bucket[4]
    local missing = limit > 0 and math.ceil((limit * window - levels[i]) / limit) or window
    reply[#reply + 1] = limit
    reply[#reply + 1] = math.floor(levels[i] / window)
    reply[#reply + 1] = now + missing * tick
  end
  for _, kind in ipairs(limits.quotas) do
    local it = held[kind]
    if it and it.good then
      reply[#reply + 1], reply[#reply + 2], reply[#reply + 3] = it.limit, it.left + it.rest, it.till
    else
      reply[#reply + 1], reply[#reply + 2], reply[#reply + 3] = -1, -1, -1
    end
  end
  if limits.concurrent then
    reply[#reply + 1] = limits.concurrent
    reply[#reply + 1] = math.max(0, limits.concurrent - running.count)
    reply[#reply + 1] = running.last
  end
  return reply
end

local function leases_of(key)
  local running = string.format('(%.0f', now)
  local count = redis.call('ZCOUNT', key, running, '+inf')
  local first, last = now, now
  if count > 0 then
    local soonest = redis.call('ZRANGEBYSCORE', key, running, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    first = tonumber(soonest[2])
    last = tonumber(redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2])
  end
  return {count = count, first = first, last = last}
end

local function refusal_of(limits, held, wanting, levels, cost, running)
  local wait
  for i, bucket in ipairs(limits.buckets) do
    local limit, window, tick = bucket[2], bucket[3], bucket[4]
    local one
    if limit == 0 then
      one = window * tick
    else
      one = math.max(0, math.ceil((window - levels[i]) / limit)) * tick
    end
    if one > 0 then wait = math.max(wait or 0, one) end
  end
  if wait then return 'rate_limited', wait end
  local function until_reset(kind)
    return held[kind].till >= NEVER_US and -1 or held[kind].till - now
  end
  local ledger, short_credits = false, false
  for _, kind in ipairs(limits.quotas) do
    if wanting[kind] then
      ledger = ledger or kind ~= 'credits'
    elseif held[kind].left < needed(kind, cost) then
      if kind ~= 'credits' then return 'quota_exceeded', until_reset(kind) end
      short_credits = true
    end
  end
  if ledger then return nil end
  if running.cap and running.count >= running.cap then
    return 'concurrency_exceeded', running.first - now
  end
  if short_credits then return 'credits_exhausted', until_reset('credits') end
  return nil
end

local function take(k, a)
  local seen = redis.call('MGET', KEYS[k], KEYS[k + 1], KEYS[k + 2])
  if seen[1] ~= ARGV[a] then return {'lost'} end
  if (seen[2] and tonumber(seen[2]) > tonumber(ARGV[a + 1]))
    or (seen[3] and tonumber(seen[3]) > tonumber(ARGV[a + 2])) then
    return {'stale'}
  end
  local mode, event, stream = ARGV[a + 7], ARGV[a + 8], KEYS[k + 5]
  if mode ~= 'take' and mode ~= 'dry' then
    -- Junk of strangers must not fill the memory while nobody reads the stream.
    local position = redis.call('XLEN', stream) <= BACKLOG_MAX / 2 and written(stream, event, mode)
    return {mode, now, -1, position or ''}
  end
  if redis.call('XLEN', stream) > BACKLOG_MAX then return {'full'} end
  local lease, cost = ARGV[a + 5], tonumber(ARGV[a + 4])
  if ARGV[a + 3] == '' and lease == '' then
    return {'valid', now, -1, mode == 'take' and written(stream, event, 'valid') or ''}
  end

  local limits = {fields = {}, buckets = {}, quotas = {}}
  if ARGV[a + 3] ~= '' then limits = cjson.decode(ARGV[a + 3]) end
  local version = ARGV[a] .. ' ' .. ARGV[a + 1] .. '.' .. ARGV[a + 2]
  local state = read_state(limits, KEYS[k + 3])
  local levels = levels_of(limits, state, KEYS[k + 3])
  local held, leftover = balances_of(limits, state, ARGV[a], version)
  local wanting, wanted = {}, {}
  for _, kind in ipairs(limits.quotas) do
    if wants(held[kind], needed(kind, cost)) then
      wanting[kind] = true
      wanted[#wanted + 1] = kind
    end
  end
  local running = {count = 0, first = now, last = now}
  if limits.concurrent or lease ~= '' then running = leases_of(KEYS[k + 4]) end
  running.cap = limits.concurrent or (lease ~= '' and LEASES_MAX)

  local refusal, wait = refusal_of(limits, held, wanting, levels, cost, running)
  if refusal then
    local position = mode == 'take' and written(stream, event, refusal) or ''
    return told({refusal, now, wait, position}, limits, held, levels, running)
  end
  if #wanted > 0 then
    local since = now - tonumber(state['w'] or 0)
    if 0 <= since and since < LEASING_US then return {'leasing'} end
    redis.call('HSET', KEYS[k + 3], 'w', now)
    redis.call('PEXPIRE', KEYS[k + 3], HELD_MS)
    return {'wanting', now, table.concat(wanted, ','), leftover and 1 or 0}
  end
  if mode == 'dry' then return told({'valid', now, -1, ''}, limits, held, levels, running) end

  local changes, lots = {}, {}
  for i, bucket in ipairs(limits.buckets) do
    levels[i] = levels[i] - bucket[3]
    changes[#changes + 1] = bucket[1] .. '.u'
    changes[#changes + 1] = levels[i]
    changes[#changes + 1] = bucket[1] .. '.t'
    changes[#changes + 1] = math.floor(now / bucket[4])
  end
  for _, kind in ipairs(limits.quotas) do
    local units = needed(kind, cost)
    held[kind].left = held[kind].left - units
    changes[#changes + 1] = kind .. '.n'
    changes[#changes + 1] = held[kind].left
    lots[#lots + 1] = kind .. ':' .. held[kind].lot .. ':' .. string.format('%.0f', units)
  end
  if #changes > 0 then
    redis.call('HSET', KEYS[k + 3], unpack(changes))
    redis.call('PEXPIRE', KEYS[k + 3], #limits.quotas > 0 and HELD_MS or math.max(IDLE_MS, limits.idle))
  end
  if lease ~= '' then
    local ends = now + tonumber(ARGV[a + 6])
    redis.call('ZREMRANGEBYSCORE', KEYS[k + 4], '-inf', now)
    redis.call('ZADD', KEYS[k + 4], ends, lease)
    redis.call('PEXPIREAT', KEYS[k + 4], math.ceil(math.max(ends, running.last) / 1000) + IDLE_MS)
    running = {count = running.count + 1, first = running.first, last = math.max(ends, running.last)}
  end
  local position = written(stream, event, 'valid', table.concat(lots, ','))
  return told({'valid', now, -1, position}, limits, held, levels, running)
end

local replies = {}
for subject = 0, #KEYS / 6 - 1 do
  local reply = take(subject * 6 + 1, subject * 9 + 2)
  replies[#replies + 1] = reply
  if reply[1] ~= 'valid' then break end
end
return replies
