-- ARGV: the reader's epoch, the last commit it knows (rev and term), then scope, rev, … Returns epoch, run id, rev, term,
-- 1 when that commit is not here, base, and for each scope that has moved: its number in ARGV, its rev, 1 when whole,
-- fields and values (nil: the document is gone).
local epoch, known, knownterm = arg(), tonumber(arg()), arg()
local n, base = (#ARGV - N) / 2, N
local rev, term = tonumber(META[3]), META[4] or ''

-- compare says whether the history has lost what the reader knows, and up to where it may be older than that.
local function compare()
  if META[1] ~= epoch then
    return false, tonumber(META[7] or 0)
  end
  if known == 0 or known <= rev and knownterm == term and known >= tonumber(META[5] or 0) then
    return false, 0
  end
  local from, after, at = math.min(rev, known), false, ''
  for _, row in ipairs(redis.call('LRANGE', P .. 'terms', 0, -1)) do
    local first, name = string.match(row, '^(%d+) (.*)$')
    if after then
      from = math.min(from, first - 1)
    end
    if tonumber(first) <= known then
      at = name
    end
    after = name == knownterm
  end
  if known <= rev and at == knownterm then
    return false, 0
  end
  return true, from
end
local lost, from = compare()
local names = {}
for i = 1, n do
  names[i] = ARGV[base + 2 * i - 1]
end
local revs = fetch(P .. 'scopes', names)

-- since returns the fields changed after rev, or nil when the log cannot tell.
local function since(scope, from, to)
  local log = redis.call('XRANGE', P .. 'log:' .. scope, int(from + 1) .. '-0', '+')
  local seen, fields, prev = {}, {}, int(from)
  for _, e in ipairs(log) do
    local f = {}
    for j = 1, #e[2], 2 do
      f[e[2][j]] = e[2][j + 1]
    end
    if f.prev ~= prev then
      return nil
    end
    prev = string.match(e[1], '^%d+')
    for field in string.gmatch(f.docs, '[^\n]+') do
      if not seen[field] then
        seen[field] = true
        fields[#fields + 1] = field
      end
    end
  end
  if prev ~= to then
    return nil
  end
  return fields
end

local function change(i, from, to)
  local fields, flat = nil, {}
  if META[1] == epoch and not lost and from > 0 and from < tonumber(to) then
    fields = since(names[i], from, to)
  end
  if not fields then
    return { i, to, 1, documents(names[i]) }
  end
  local byhash = {}
  for _, field in ipairs(fields) do
    local hash = home(names[i], field)
    byhash[hash] = byhash[hash] or {}
    table.insert(byhash[hash], field)
  end
  for hash, list in pairs(byhash) do
    for j, value in ipairs(fetch(hash, list)) do
      flat[#flat + 1] = list[j]
      flat[#flat + 1] = value
    end
  end
  return { i, to, 0, flat }
end

local out = { META[1], string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or '', META[3], term,
  lost and 1 or 0, int(from) }
for i = 1, n do
  local from, to = tonumber(ARGV[base + 2 * i]), revs[i] or '0'
  if META[1] ~= epoch or lost or int(from) ~= to then
    out[#out + 1] = change(i, from, to)
  end
end
return out
