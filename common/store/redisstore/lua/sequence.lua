-- ARGV: name, n. Returns the last number reserved.
return int(redis.call('HINCRBY', P .. 'seq', ARGV[1], ARGV[2]))
