-- Common to every script. KEYS[1] is the deployment's meta hash; all other keys have its prefix and its slot.
local P = string.sub(KEYS[1], 1, -5)
local STEP = 1000 -- arguments per call: Lua's C stack holds about 8000
local N = 0

local function arg()
  N = N + 1
  return ARGV[N]
end

-- section reads the number of rows of width arguments that follow, and passes over them.
local function section(width)
  local n = tonumber(arg())
  local base = N
  N = N + n * width
  return n, base
end

local function int(x)
  return string.format('%.0f', x)
end

local function micros()
  local t = redis.call('TIME')
  return int(t[1] * 1000000 + t[2])
end

-- bulk calls cmd key list…, as often as needed.
local function bulk(cmd, key, list)
  for i = 1, #list, STEP do
    redis.call(cmd, key, unpack(list, i, math.min(i + STEP - 1, #list)))
  end
end

-- home is the hash that a document is in: what agents write has one of its own, so that an ACL can keep them from
-- writing definitions.
local function home(scope, field)
  return P .. (string.sub(field, 1, 8) == 'binding/' and 'bnd:' or 'doc:') .. scope
end

-- fetch is HMGET of any number of fields, in their order.
local function fetch(key, fields)
  local out = {}
  for i = 1, #fields, STEP do
    local r = redis.call('HMGET', key, unpack(fields, i, math.min(i + STEP - 1, #fields)))
    for j = 1, #r do
      out[i + j - 1] = r[j]
    end
  end
  return out
end

-- documents is all of a scope.
local function documents(scope)
  local all = redis.call('HGETALL', P .. 'doc:' .. scope)
  for _, x in ipairs(redis.call('HGETALL', P .. 'bnd:' .. scope)) do
    all[#all + 1] = x
  end
  return all
end

-- writer changes when a server is started again, promoted, or gets its data from elsewhere.
local function writer()
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
  local replid = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)') or ''
  return string.sub(run, 1, 20) .. string.sub(replid, 1, 20)
end
