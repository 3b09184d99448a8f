-- ARGV: name, n, gap. Returns the last number reserved. A server that goes on where another one stopped may not know the
-- last numbers that that gave out: it leaves a gap.
local me, field = writer(), 'seqwriter:' .. ARGV[1]
local by = redis.call('HGET', KEYS[1], field)
if by ~= me then
  redis.call('HSET', KEYS[1], field, me)
  if by then
    redis.call('HINCRBY', P .. 'seq', ARGV[1], ARGV[3])
  end
end
return int(redis.call('HINCRBY', P .. 'seq', ARGV[1], ARGV[2]))
