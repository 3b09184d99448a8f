-- ARGV: id, author, note, log limit, id limit, bits per chunk, owners in a conflict, term limit, 1 for a new term, then
-- sections:
-- scopes, indexes, checks (scope, field, rev), releases (index, key, owner), claims (index, key, owner, token),
-- empty (index), deletes (scope, field), puts (scope, field, value). Scopes and indexes are given by number.
-- Returns ok, rev, time, term or what conflicts. Everything is checked before the first write: Redis does not roll back.
local id, author, note = arg(), arg(), arg()
local limit, idlimit, bits, some = arg(), tonumber(arg()), tonumber(arg()), tonumber(arg())
local termlimit, anew = tonumber(arg()), arg() == '1'
if id ~= '' then
  local done = redis.call('HGET', P .. 'ids', id)
  if done then
    redis.call('HSET', P .. 'ids', id, done) -- so that WAIT on this connection waits for the commit
    local rev, at, term = string.match(done, '^(%d+) (%d+) ?(.*)$')
    return { 'ok', rev, at, term }
  end
end
local held = string.match(META[8] or '', '^%d+')
if held and tonumber(held) > tonumber(micros()) then
  return redis.error_reply('TRYAGAIN the store is being restored or repaired')
end
local _, scopes = section(1)
local nindexes, indexes = section(1)
local nchecks, checks = section(3)
local nreleases, releases = section(3)
local nclaims, claims = section(4)
local nempty, empty = section(1)
local ndeletes, deletes = section(2)
local nputs, puts = section(3)

local function scope(i)
  return ARGV[scopes + i]
end
local function index(i)
  return ARGV[indexes + i]
end

-- An index entry is "TOKEN OWNER"; the token is the bit in the pool or "-", and "w" when watched.
local function token(entry)
  return string.sub(entry, 1, string.find(entry, ' ', 1, true) - 1)
end
local function owner(entry)
  return string.sub(entry, string.find(entry, ' ', 1, true) + 1)
end

-- gather reads once, in bulk, the fields that rows name: result[number][field]. key gives the hash of each.
local function gather(key, rows)
  local wanted, out = {}, {}
  for _, r in ipairs(rows) do
    for i = 1, r.n do
      local at = r.base + (i - 1) * r.width
      local k, field = tonumber(ARGV[at + 1]), ARGV[at + 2]
      local hash = key(k, field)
      wanted[hash] = wanted[hash] or { k = k }
      table.insert(wanted[hash], field)
    end
  end
  for hash, fields in pairs(wanted) do
    out[fields.k] = out[fields.k] or {}
    for j, v in ipairs(fetch(hash, fields)) do
      out[fields.k][fields[j]] = v
    end
  end
  return out
end

local function document(s, field)
  return home(scope(s), field)
end
local stored = gather(document, { { n = nchecks, base = checks, width = 3 } })
for i = 1, nchecks do
  local at = checks + (i - 1) * 3
  local value, want = stored[tonumber(ARGV[at + 1])][ARGV[at + 2]], ARGV[at + 3]
  if want == '0' then
    if value then
      return { 'exists', i }
    end
  elseif not value then
    return { 'missing', i }
  elseif want ~= '-1' and string.sub(value, 1, string.find(value, '\n', 1, true) - 1) ~= want then
    return { 'changed', i }
  end
end

-- held is the indexes as they will be; dropped and made are what has to be written to get there.
local held = gather(function(ix) return P .. 'idx:' .. index(ix) end,
  { { n = nreleases, base = releases, width = 3 }, { n = nclaims, base = claims, width = 4 } })
local dropped, made, delta = {}, {}, {}
for i = 1, nindexes do
  dropped[i], made[i], delta[i] = {}, {}, 0
end
for i = 1, nreleases do
  local at = releases + (i - 1) * 3
  local ix, key, by = tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3]
  local entry = held[ix][key]
  if entry then
    if by ~= '' and by ~= owner(entry) then
      return { 'release', i, owner(entry) }
    end
    table.insert(dropped[ix], { key, token(entry) })
    held[ix][key], delta[ix] = false, delta[ix] - 1
  end
end
for i = 1, nclaims do
  local at = claims + (i - 1) * 4
  local ix, key = tonumber(ARGV[at + 1]), ARGV[at + 2]
  if held[ix][key] then
    return { 'claim', i, owner(held[ix][key]) }
  end
  table.insert(made[ix], { key, ARGV[at + 4], ARGV[at + 3] })
  held[ix][key], delta[ix] = ARGV[at + 4] .. ' ' .. ARGV[at + 3], delta[ix] + 1
end

local function owners(ix)
  local out, seen, cursor = {}, {}, '0'
  for key, entry in pairs(held[ix] or {}) do
    seen[key] = true
    if entry then
      out[#out + 1] = owner(entry)
    end
  end
  repeat
    local page = redis.call('HSCAN', P .. 'idx:' .. index(ix), cursor, 'COUNT', 100)
    cursor = page[1]
    for j = 1, #page[2], 2 do
      if not seen[page[2][j]] then
        seen[page[2][j]] = true
        out[#out + 1] = owner(page[2][j + 1])
      end
    end
  until cursor == '0' or #out >= some
  table.sort(out)
  while #out > some do
    table.remove(out)
  end
  return out
end
for i = 1, nempty do
  local ix = tonumber(ARGV[empty + i])
  local count = redis.call('HLEN', P .. 'idx:' .. index(ix)) + delta[ix]
  if count > 0 then
    return { 'in use', i, count, owners(ix) }
  end
end

-- From here on only writes.
local rev, at, term = META[3], micros(), META[4] or ''

if nreleases + nclaims + ndeletes + nputs > 0 then
  rev = int(redis.call('HINCRBY', KEYS[1], 'rev', 1))
  local me = writer()
  if anew or META[6] ~= me then
    term = rev .. '-' .. at .. '-' .. string.sub(me, 1, 8)
    redis.call('HSET', KEYS[1], 'writer', me, 'term', term, 'termfrom', rev)
    if redis.call('RPUSH', P .. 'terms', rev .. ' ' .. term) > termlimit then
      redis.call('LPOP', P .. 'terms')
    end
  end
end

local function bell(ix, key)
  local name = string.gsub(string.gsub(index(ix), '%%', '%%25'), '/', '%%2F')
  return P .. 'at:' .. name .. '/' .. key
end

-- mark sets a number of a pool, and returns the key of the chunk.
local function mark(ix, tok, value)
  local bit = tonumber(string.match(tok, '^%d+'))
  if not bit then
    return nil
  end
  local chunk = math.floor(bit / bits)
  local key = P .. 'pool:' .. index(ix) .. ':' .. int(chunk)
  redis.call('SETBIT', key, bit - chunk * bits, value)
  return key
end

local function drop(ix)
  local keys, touched = {}, {}
  for j, d in ipairs(dropped[ix]) do
    keys[j] = d[1]
    local key = mark(ix, d[2], 0)
    if key then
      touched[key] = true
    end
    if string.sub(d[2], -1) == 'w' then
      redis.call('DEL', bell(ix, d[1]))
    end
  end
  bulk('HDEL', P .. 'idx:' .. index(ix), keys)
  return touched
end

local function make(ix)
  local flat = {}
  for j, m in ipairs(made[ix]) do
    flat[2 * j - 1], flat[2 * j] = m[1], m[2] .. ' ' .. m[3]
    mark(ix, m[2], 1)
    if string.sub(m[2], -1) == 'w' then
      redis.call('SET', bell(ix, m[1]), m[3])
    end
  end
  bulk('HSET', P .. 'idx:' .. index(ix), flat)
end

for ix = 1, nindexes do
  local touched = drop(ix)
  make(ix)
  for key in pairs(touched) do
    if redis.call('BITCOUNT', key) == 0 then
      redis.call('DEL', key)
    end
  end
end

local changed, order = {}, {} -- by scope: the fields to log
local function note_change(s, field)
  if not changed[s] then
    changed[s] = { seen = {} }
    order[#order + 1] = s
  end
  if not changed[s].seen[field] then
    changed[s].seen[field] = true
    table.insert(changed[s], field)
  end
end
for i = 1, ndeletes do
  local s, field = tonumber(ARGV[deletes + 2 * i - 1]), ARGV[deletes + 2 * i]
  if redis.call('HDEL', document(s, field), field) == 1 then
    note_change(s, field)
  end
end
local flat = {}
for i = 1, nputs do
  local p = puts + (i - 1) * 3
  local s, field = tonumber(ARGV[p + 1]), ARGV[p + 2]
  local hash = document(s, field)
  flat[hash] = flat[hash] or {}
  table.insert(flat[hash], field)
  table.insert(flat[hash], rev .. '\n' .. ARGV[p + 3])
  note_change(s, field)
end
for hash, list in pairs(flat) do
  bulk('HSET', hash, list)
end

for _, s in ipairs(order) do
  local log, prev = P .. 'log:' .. scope(s), redis.call('HGET', P .. 'scopes', scope(s)) or '0'
  local function add()
    return redis.pcall('XADD', log, 'MAXLEN', '~', limit, rev .. '-0', 'prev', prev,
      'docs', table.concat(changed[s], '\n'), 'at', at, 'author', author, 'note', note)
  end
  local r = add()
  if type(r) == 'table' and r.err then -- a log from another life, ahead of us: readers see the break and read all
    redis.call('DEL', log)
    add()
  end
  if redis.call('EXISTS', P .. 'doc:' .. scope(s), P .. 'bnd:' .. scope(s)) == 0 then
    redis.call('XTRIM', log, 'MAXLEN', 1)
  end
  redis.call('HSET', P .. 'scopes', scope(s), rev)
end

if id ~= '' then
  redis.call('HSET', P .. 'ids', id, rev .. ' ' .. at .. ' ' .. term)
  if redis.call('RPUSH', P .. 'idlog', id) > idlimit then
    redis.call('HDEL', P .. 'ids', redis.call('LPOP', P .. 'idlog'))
  end
end
return { 'ok', rev, at, term }
