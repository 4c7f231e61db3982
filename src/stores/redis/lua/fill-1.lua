-- Puts an outcome in the cache, unless a newer one or a tombstone stands there, or the writer is late.
-- KEYS[1]  entry
-- ARGV[1]  entry bytes: version, kind, fence (20 digits), ...
-- ARGV[2]  fence, 20 digits
-- ARGV[3]  time to live, ms
-- ARGV[4]  this server's time in ms when the writer sent it, by the writer's reckoning
-- ARGV[5]  how late a writer may be, ms
-- ARGV[6]  channel for waiters
-- ARGV[7]  what to tell them
-- Output:  { 1 stored | 0 refused, this server's time in ms }
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now - tonumber(ARGV[4]) > tonumber(ARGV[5]) then return { 0, now } end
local old = redis.call('GETRANGE', KEYS[1], 2, 21)
if old ~= '' and old >= ARGV[2] then return { 0, now } end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
redis.call('PUBLISH', ARGV[6], ARGV[7])
return { 1, now }
