-- ARGV: token, milliseconds, and what: begin, go on or end. Returns 1, or 0 when somebody else holds the store, or when
-- it was not held for a while by who goes on: then others may have committed. A load has ended it, too.
local token, what = ARGV[1], ARGV[3]
local now = tonumber(micros())
local m = redis.call('HMGET', KEYS[1], 'held', 'loaded')
local until_, by = string.match(m[1] or '', '^(%d+) (.*)$')
local held = until_ and tonumber(until_) > now
if what == 'end' or what == 'go on' and m[2] == token then
  if by == token then
    local r = redis.pcall('HDEL', KEYS[1], 'held')
    if type(r) == 'table' and r.err then
      redis.call('HSET', KEYS[1], 'held', '0 ')
    end
  end
  return 1
end
if held and by ~= token or what == 'go on' and not held then
  return 0
end
redis.call('HSET', KEYS[1], 'held', int(now + ARGV[2] * 1000) .. ' ' .. token)
return 1
