-- The clock of the server that has a key, wherever in a cluster that is.
-- KEYS[1]  entry
-- Output:  as of TIME: { seconds, microseconds }
return redis.call('TIME')
