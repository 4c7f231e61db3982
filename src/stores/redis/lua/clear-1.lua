-- Replaces an outcome by a tombstone, which refuses whatever carries its fence or a smaller one.
-- KEYS[1]  entry
-- ARGV[1]  tombstone bytes: version, kind, fence (20 digits)
-- ARGV[2]  fence, 20 digits
-- ARGV[3]  time to live, ms: longer than any writer may be late
-- ARGV[4]  channel for waiters, who are told the entry's name
-- Output:  { 1 stored | 0 a newer entry stands, this server's time in ms }
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local old = redis.call('GETRANGE', KEYS[1], 2, 21)
if old ~= '' and old > ARGV[2] then return { 0, now } end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
redis.call('PUBLISH', ARGV[4], KEYS[1])
return { 1, now }
