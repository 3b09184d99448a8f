package ofp

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Every field, under every header, with and without mask, alone and mixed, is printed as ovs-ofctl prints it.
func TestMatchTextIsThatOfOVS(t *testing.T) {
	matches := append(newGen(1).all(6), newGen(2).mixes(1000)...)
	texts := ovsPrints(t, matches)
	wrong := 0
	for n, m := range matches {
		if got := FormatMatch(m); got != texts[n] {
			if wrong++; wrong < 40 {
				t.Errorf("match %x\n ovs %s\n got %s", []byte(m), texts[n], got)
			}
		}
	}
	require.Zero(t, wrong, "of %d", len(matches))
	t.Logf("%d matches", len(matches))
}
