package oxm

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// What is taken for canonical is what sorting makes of it, and what sorting makes is taken for canonical.
func TestCanonicalIsSorted(t *testing.T) {
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		fields := rapid.SampledFrom([]Field{InPort, EthDst, EthType, IPv4Src, ARPOp, NXNDTarget, NDTarget, TunnelID, TCPFlags,
			TCPFlags15})
		some := rapid.SampledFrom([]byte{0, 1, 0xff})
		var m Match
		for range rapid.IntRange(0, 4).Draw(t, "fields") {
			n := rapid.IntRange(0, 8).Draw(t, "length")
			bytes := rapid.SliceOfN(some, n, n)
			tlv := TLV{Field: fields.Draw(t, "field"), Value: bytes.Draw(t, "value")}
			if rapid.Bool().Draw(t, "masked") {
				tlv.Mask = bytes.Draw(t, "mask")
			}
			m = m.Add(tlv)
		}
		sorted := Match(m.appendSorted(nil))
		if m.isCanonical() {
			taken++
			require.Equal(t, []byte(m), []byte(sorted))
		}
		require.Equal(t, []byte(sorted), m.AppendCanonical(nil))
	})
	require.Positive(t, taken)
}
