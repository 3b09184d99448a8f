-- ARGV: token, 1 to keep epoch and history, epoch, schema, rev, then sections: keys to delete, keys to bring in. Those
-- are below load:TOKEN: and lose that prefix. Returns the epoch; 0 when the store is not held under this token any more.
local by, keep, epoch, schema, rev = arg(), arg() == '1', arg(), arg(), arg()
local nold, old = section(1)
local nnew, new = section(1)
local m = redis.call('HMGET', KEYS[1], 'held', 'loaded', 'epoch')
if m[2] == by then
  return m[3]
end
local until_, holder = string.match(m[1] or '', '^(%d+) (.*)$')
if holder ~= by or tonumber(until_) <= tonumber(micros()) then -- others may have committed
  return 0
end
-- Redis does not roll back: what may fail, fails here, before anything is in danger.
local trial = P .. 'load:' .. by .. ':'
redis.call('HSET', trial, 'a', '1', 'b', '1')
redis.call('HDEL', trial, 'b')
redis.call('PERSIST', trial)
redis.call('RENAME', trial, trial .. 'x')
redis.call('DEL', trial)
redis.call('UNLINK', trial .. 'x')
for i = 1, nnew do
  if redis.call('EXISTS', P .. 'load:' .. by .. ':' .. ARGV[new + i]) == 0 then
    return 0
  end
end

local seq = redis.call('HGETALL', P .. 'seq')
for i = 1, nold do
  redis.call('UNLINK', P .. ARGV[old + i])
end
for i = 1, nnew do
  redis.call('RENAME', P .. 'load:' .. by .. ':' .. ARGV[new + i], P .. ARGV[new + i])
end
for i = 1, #seq, 2 do -- a number that was given out is never given out again
  if tonumber(redis.call('HGET', P .. 'seq', seq[i]) or 0) < tonumber(seq[i + 1]) then
    redis.call('HSET', P .. 'seq', seq[i], seq[i + 1])
  end
end
if not keep then
  redis.call('DEL', KEYS[1], P .. 'terms', P .. 'ids', P .. 'idlog')
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'schema', schema, 'base', rev, 'created', micros())
end
redis.call('HSET', KEYS[1], 'rev', rev, 'loaded', by)
for _, key in ipairs({ 'meta', 'terms', 'ids', 'idlog', 'beats' }) do
  redis.call('PERSIST', P .. key)
end
redis.call('HDEL', KEYS[1], 'held')
return redis.call('HGET', KEYS[1], 'epoch')
