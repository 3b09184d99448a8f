-- ARGV: token, milliseconds (0 ends it). Returns 1, or 0 when somebody else holds the store.
local now = tonumber(micros())
local until_, by = string.match(redis.call('HGET', KEYS[1], 'held') or '', '^(%d+) (.*)$')
if until_ and by ~= ARGV[1] and tonumber(until_) > now then
  return 0
end
if ARGV[2] == '0' then
  local r = redis.pcall('HDEL', KEYS[1], 'held')
  if type(r) == 'table' and r.err then
    redis.call('HSET', KEYS[1], 'held', '0 ')
  end
else
  redis.call('HSET', KEYS[1], 'held', int(now + ARGV[2] * 1000) .. ' ' .. ARGV[1])
end
return 1
