-- ARGV: scope, field, … Returns the values in that order.
local out = {}
for i = 1, #ARGV, 2 do
  out[#out + 1] = redis.call('HGET', home(ARGV[i], ARGV[i + 1]), ARGV[i + 1])
end
return out
