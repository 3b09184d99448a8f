-- ARGV: epoch, schema. Returns 1 when this call (or the one that it repeats) has initialised the store.
if redis.call('HSETNX', KEYS[1], 'epoch', ARGV[1]) == 1 then
  redis.call('HSET', KEYS[1], 'schema', ARGV[2], 'rev', '0', 'created', micros())
  return 1
end
if redis.call('HGET', KEYS[1], 'epoch') == ARGV[1] then
  return 1
end
return 0
