-- Returns epoch, rev, time, the counters, then scope, fields and values, …
local out = { META[1], META[3], micros(), redis.call('HGETALL', P .. 'seq') }
for _, scope in ipairs(redis.call('HKEYS', P .. 'scopes')) do
  out[#out + 1] = scope
  out[#out + 1] = documents(scope)
end
return out
