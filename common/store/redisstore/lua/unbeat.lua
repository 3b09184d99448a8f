-- ARGV: host.
redis.call('SREM', P .. 'beats', ARGV[1])
return redis.call('DEL', P .. 'beat:' .. ARGV[1])
