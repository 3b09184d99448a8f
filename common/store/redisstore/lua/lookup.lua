-- ARGV: index, keys… Returns the entries in that order.
local keys = {}
for i = 2, #ARGV do
  keys[i - 1] = ARGV[i]
end
return fetch(P .. 'idx:' .. ARGV[1], keys)
