package fieldtext

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNextPair(t *testing.T) {
	var got []Pair
	text := " table=1,ct(zone=1,exec(a)),,check_pkt_larger(9)->reg0[0] flood;x"
	for rest, offset := text, 0; ; {
		p, r, o, ok := NextPair(rest, offset)
		if !ok {
			break
		}
		require.Equal(t, p.Key, text[p.Offset:p.Offset+len(p.Key)])
		require.Equal(t, p.Value, text[p.At:p.At+len(p.Value)])
		got = append(got, p)
		rest, offset = r, o
	}
	require.Equal(t, []Pair{{"table", "1", 1, 7}, {"ct", "zone=1,exec(a)", 9, 12},
		{"check_pkt_larger", "9)->reg0[0]", 29, 46}, {"flood;x", "", 58, 65}}, got)
}
