-- ARGV: host, value.
redis.call('SET', P .. 'beat:' .. ARGV[1], micros() .. '\n' .. ARGV[2])
redis.call('SADD', P .. 'beats', ARGV[1])
return 1
