package fieldtext

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

func TestEntriesAreNamedByTheirHeaders(t *testing.T) {
	for text, m := range map[string]oxm.Match{
		"": nil,
		"OXM_OF_IN_PORT=1,OXM_OF_ETH_TYPE=0x800,OXM_OF_IPV4_SRC=10.0.0.0/8": oxm.Match(nil).Uint(oxm.InPort, 1).
			Uint(oxm.EthType, 0x800).BytesMasked(oxm.IPv4Src, []byte{10, 0, 0, 0}, []byte{255, 0, 0, 0}),
		"NXM_OF_ETH_TYPE=0x800":       oxm.Match(nil).Uint(oxm.NXEthType, 0x800),
		"NXM_NX_CT_STATE=+est+trk":    oxm.Match(nil).UintMasked(oxm.CTState, 0x22, 0x22),
		"0x00010308=0000000100000000": {0, 1, 3, 8, 0, 0, 0, 1, 0, 0, 0, 0}, // a value outside of its mask
		"0x8000fe02=0102":             {0x80, 0, 0xfe, 2, 1, 2},
		"0xffff0006=000023200102":     {0xff, 0xff, 0, 6, 0, 0, 0x23, 0x20, 1, 2},
		"8000000400":                  {0x80, 0, 0, 4, 0}, // cut off
	} {
		require.Equal(t, text, FormatEntries(m))
		back, err := ParseEntries(text)
		require.NoError(t, err)
		require.Equal(t, string(m), string(back))
	}
	for _, text := range []string{"xyz", "NO_SUCH=1", "0x12=00", "OXM_OF_IN_PORT=x", "0x8000fe02=zz"} {
		_, err := ParseEntries(text)
		require.Error(t, err, text)
	}
}

// Whatever the bytes are, they survive.
func TestEntriesKeepEveryMatch(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	infos := oxm.Infos()
	named := 0
	for range 20000 {
		i := infos[r.IntN(len(infos))]
		f := i.Fields[r.IntN(len(i.Fields))]
		v := make([]byte, f.Len())
		for k := range v {
			v[k] = byte(r.IntN(256)) & byte(r.IntN(2)*255)
		}
		m := oxm.Match(nil).Add(oxm.TLV{Field: f, Value: v})
		if r.IntN(2) == 0 {
			m = m.BytesMasked(f, v, v)
		}
		text := FormatEntries(m)
		if text[:2] != "0x" {
			named++
		}
		back, err := ParseEntries(text)
		require.NoError(t, err, text)
		require.Equal(t, []byte(m), []byte(back), text)
	}
	require.Greater(t, named, 12000)
}
