-- ARGV: a key below the prefix. Returns the whole hash.
return redis.call('HGETALL', P .. ARGV[1])
