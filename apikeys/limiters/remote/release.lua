-- Frees the slot of a lease. KEYS: leases. ARGV: the lease. Gives 1, or 0 when it was not held, which
-- one that has ended is not, though it may still be listed.
local ends = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not ends then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
local time = redis.call('TIME')
return tonumber(ends) > time[1] * 1000000 + time[2] and 1 or 0
