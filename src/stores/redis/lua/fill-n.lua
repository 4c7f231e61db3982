-- Puts outcomes in the cache, each unless a newer one or a tombstone stands there, or the writer is late.
-- KEYS[1..n]  entries
-- ARGV[1]     the entries' bytes, end to end; each: version, kind, fence (20 digits), ...
-- ARGV[2]     this server's time in ms when the writer sent them, by the writer's reckoning
-- ARGV[3]     how late a writer may be, ms
-- ARGV[4]     channel for waiters, who are told the entry's name
-- ARGV[5..]   for each entry: its length in bytes, its time to live in ms
-- Output:     { entries stored, this server's time in ms }
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now - tonumber(ARGV[2]) > tonumber(ARGV[3]) then return { 0, now } end
local at, stored = 1, 0
for i, key in ipairs(KEYS) do
  local length = tonumber(ARGV[3 + 2 * i])
  local fence = string.sub(ARGV[1], at + 2, at + 21)
  local old = redis.call('GETRANGE', key, 2, 21)
  if old == '' or old < fence then
    redis.call('SET', key, string.sub(ARGV[1], at, at + length - 1), 'PX', ARGV[4 + 2 * i])
    redis.call('PUBLISH', ARGV[4], key)
    stored = stored + 1
  end
  at = at + length
end
return { stored, now }
