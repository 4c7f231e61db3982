-- Puts outcomes in the cache, each unless a newer one or a tombstone stands there, or the writer is late.
-- KEYS[1..n]  entries
-- ARGV[1]     the entries' bytes, end to end; each: version, kind, fence (20 digits), ...
-- ARGV[2]     this server's time in ms when the writer sent them, by the writer's reckoning
-- ARGV[3]     how late a writer may be, ms
-- ARGV[4]     channel for waiters, who are told the entry's name
-- ARGV[5..]   for each entry: its length in bytes, its time to live in ms when it was sent
-- Output:     { entries stored, this server's time in ms }
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- Never negative: a server clock that stepped back grants no longer life.
local late = math.max(0, now - tonumber(ARGV[2]))
if late > tonumber(ARGV[3]) then return { 0, now } end
local at, stored = 1, 0
for i, key in ipairs(KEYS) do
  local length = tonumber(ARGV[3 + 2 * i])
  local fence = string.sub(ARGV[1], at + 2, at + 21)
  local old = redis.call('GETRANGE', key, 2, 21)
  -- The time on the way counts: no entry outlives what the store had left.
  local left = tonumber(ARGV[4 + 2 * i]) - late
  if left >= 1 and (old == '' or old < fence) then
    redis.call('SET', key, string.sub(ARGV[1], at, at + length - 1), 'PX', left)
    redis.call('PUBLISH', ARGV[4], key)
    stored = stored + 1
  end
  at = at + length
end
return { stored, now }
