package ofp

import (
	"strconv"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// bits adds some bits of a field: reg0[0..7]=3, NXM_NX_REG0[4]=1, reg0[]=5.
func (p *MatchParser) bits(pair fieldtext.Pair) error {
	name, span, _ := strings.Cut(pair.Key, "[")
	i := oxm.FieldByName(name)
	if i == nil {
		i = oxm.FieldByHeader(name)
	}
	if i == nil || i.Foreign || i.Variable {
		return pairErrorf(pair, "expected the name of a field of fixed length before [")
	}
	first, last, ok := parseSpan(span, i.Bits)
	if !ok {
		return pairErrorf(pair, "expected [], [bit] or [first..last] within %d bits", i.Bits)
	}
	n := i.Field.Len()
	bits := make([]byte, n)
	if err := fieldtext.ParseInt(pair.Value, bits); err != nil {
		return pairErrorf(pair, "%w", err)
	}
	value, mask := p.current(i)
	for k := range 8 * n {
		on := bits[n-1-k/8]>>(k%8)&1 != 0
		at := first + k
		if at > last {
			if on {
				return pairErrorf(pair, "value %s: expected no more than %d bits", pair.Value, last-first+1)
			}
			continue
		}
		bit := byte(1) << (at % 8)
		value[n-1-at/8] &^= bit
		if on {
			value[n-1-at/8] |= bit
		}
		mask[n-1-at/8] |= bit
	}
	return p.set(i, pair, value, mask)
}

// current is what is matched of a field up to now.
func (p *MatchParser) current(i *oxm.Info) (value, mask []byte) {
	n := i.Field.Len()
	value, mask = make([]byte, n), make([]byte, n)
	if n > 8 {
		v, m := p.flow.Bytes(i)
		copy(value, v)
		copy(mask, m)
		return value, mask
	}
	v, m := p.flow.Uint(i)
	fieldtext.PutUint(value, v)
	fieldtext.PutUint(mask, m)
	return value, mask
}

func parseSpan(s string, bits int) (first, last int, ok bool) {
	s, closed := strings.CutSuffix(s, "]")
	if !closed {
		return 0, 0, false
	}
	if s == "" {
		return 0, bits - 1, true
	}
	from, to, isRange := strings.Cut(s, "..")
	if !isRange {
		to = from
	}
	first, err := strconv.Atoi(from)
	last, err2 := strconv.Atoi(to)
	return first, last, err == nil && err2 == nil && first >= 0 && first <= last && last < bits
}
