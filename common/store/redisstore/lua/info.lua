-- Returns epoch, schema, rev (nil before init), the server's time and its INFO.
local m = redis.call('HMGET', KEYS[1], 'epoch', 'schema', 'rev')
return { m[1] or '', m[2] or '0', m[3] or '0', micros(), redis.call('INFO', 'server') }
