-- For the scripts that need an initialised store.
local META = redis.call('HMGET', KEYS[1], 'epoch', 'schema', 'rev', 'term', 'termfrom', 'writer', 'base', 'held')
if not META[1] then
  return redis.error_reply('NOTINIT the store is not initialised')
end
if META[2] ~= '1' then
  return redis.error_reply('SCHEMA ' .. tostring(META[2]))
end
