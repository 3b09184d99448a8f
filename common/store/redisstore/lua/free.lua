-- ARGV: index, lo, hi, bits per chunk, window in bytes. Returns start, bytes, next: what is known of the numbers from
-- start up to (not including) next; those beyond bytes are free.
local ix, lo, hi, bits, window = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
while lo <= hi do
  local chunk = math.floor(lo / bits)
  local base, after = chunk * bits, (chunk + 1) * bits
  local key = P .. 'pool:' .. ix .. ':' .. int(chunk)
  local first, len = math.floor((lo - base) / 8), redis.call('STRLEN', key)
  if first >= len then
    return { int(lo), '', int(after) }
  end
  local at = math.floor(redis.call('BITPOS', key, 0, first) / 8)
  if at < len then
    local start = base + at * 8
    return { int(start), redis.call('GETRANGE', key, at, at + window - 1), int(math.min(start + window * 8, after)) }
  end
  if len * 8 < bits then
    return { int(base + len * 8), '', int(after) }
  end
  lo = after
end
return { int(lo), '', int(lo) }
