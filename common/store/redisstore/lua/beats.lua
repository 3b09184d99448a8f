-- Returns host, beat, …
local out = {}
for _, host in ipairs(redis.call('SMEMBERS', P .. 'beats')) do
  out[#out + 1] = host
  out[#out + 1] = redis.call('GET', P .. 'beat:' .. host) or ''
end
return out
