package oxm

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/ovstest"
)

func TestBuildAndWalk(t *testing.T) {
	m := Match(nil).Uint(InPort, 3).MAC(EthDst, [6]byte{1, 2, 3, 4, 5, 6}).UintMasked(Reg(2), 0xff, 0xf).
		IPv4(TunnelDst, netip.MustParseAddr("10.0.0.1")).Uint(TCPFlags, 2)
	var got []TLV
	for tlv := range m.All() {
		got = append(got, tlv)
	}
	require.Len(t, got, 5)
	require.Equal(t, InPort, got[0].Field)
	require.Equal(t, uint64(3), got[0].Uint())
	require.Equal(t, uint64(0xf), got[2].Uint(), "bits outside of the mask are cleared")
	require.Equal(t, uint64(0xf), got[2].MaskUint())
	require.Equal(t, Reg(2), got[2].Field)
	require.Equal(t, TCPFlags, got[4].Field, "an experimenter's field")
	var again Match
	for _, tlv := range got {
		again = again.Add(tlv)
	}
	require.Equal(t, m, again)
	v, ok := m.GetUint(NXEthDst)
	require.True(t, ok, "found under its other name")
	require.Equal(t, uint64(0x010203040506), v)
}

func TestPrefix(t *testing.T) {
	m := Match(nil).Prefix(IPv4Dst, netip.MustParsePrefix("10.1.2.3/9"))
	tlv, _ := m.Get(IPv4Dst)
	require.Equal(t, []byte{10, 0, 0, 0}, tlv.Value)
	require.Equal(t, []byte{0xff, 0x80, 0, 0}, tlv.Mask)
	tlv, _ = Match(nil).Prefix(IPv4Dst, netip.MustParsePrefix("10.1.2.3/32")).Get(IPv4Dst)
	require.Nil(t, tlv.Mask)
}

func TestCanonicalIsOneForm(t *testing.T) {
	a := Match(nil).Uint(EthType, 0x800).UintMasked(Reg(1), 5, 0xffffffff).UintMasked(Reg(3), 0, 0)
	b := Match(nil).Uint(Reg(1), 5).Uint(NXEthType, 0x800)
	require.Equal(t, a.AppendCanonical(nil), b.AppendCanonical(nil))
	c := Match(a.AppendCanonical(nil))
	require.Equal(t, []byte(c), c.AppendCanonical(nil))
}

func TestHostileBytes(t *testing.T) {
	for _, b := range []Match{{0x80}, {0x80, 0, 0, 4, 1}, {0xff, 0xff, 0, 2, 1, 2}} {
		_, _, err := b.Next()
		require.Error(t, err)
		require.Equal(t, []byte(b), b.AppendCanonical(nil), "kept as it is")
	}
}

// A value and a mask of different length are no field that there is. The bytes survive.
func TestOddLengthUnderAMask(t *testing.T) {
	m := Match{0x80, 0, 1, 3, 1, 2, 3}
	tlv, rest, err := m.Next()
	require.NoError(t, err)
	require.Empty(t, rest)
	require.Nil(t, tlv.Field.Info())
	require.Equal(t, m, Match(nil).Add(tlv))
	require.Equal(t, []byte(m), m.AppendCanonical(nil))
	require.ErrorIs(t, m.Check(), ErrMask)
}

// Of another the last byte does not count, wherever it is read.
func TestAByteTooManyUnderAMask(t *testing.T) {
	m := oddEthDst()
	require.NoError(t, m.Check())
	tlv, _, err := m.Next()
	require.NoError(t, err)
	var w Flow
	require.NoError(t, w.Set(tlv))
	bit := []byte{1, 0, 0, 0, 0, 0}
	require.Equal(t, Match(nil).BytesMasked(EthDst, bit, bit), w.AppendMatch(nil))
}

// oddEthDst is a masked eth_dst with a byte too many.
func oddEthDst() Match { return Match{0x80, 0, 3<<1 | 1, 13, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 7} }

func FuzzMatch(f *testing.F) {
	f.Add([]byte(oddEthDst()))
	f.Add([]byte(Match(nil).Uint(InPort, 3).UintMasked(Reg(2), 1, 1)))
	f.Add([]byte(Match(nil).Uint(EthType, 0x86dd).UintMasked(IPv6FlowLabel, 1, 3)))
	matches, _ := ovstest.CapturedFlows(f, 4)
	for _, b := range matches {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		checked := Match(b).Check() == nil
		var w Flow
		c := Match(b).AppendCanonical(nil)
		require.Equal(t, c, Match(c).AppendCanonical(nil))
		for tlv := range Match(b).All() {
			_, _ = tlv.Uint(), tlv.MaskUint()
			err := w.Set(tlv)
			require.True(t, err == nil || !checked, "%v", err)
		}
		_ = w.AppendMatch(nil)
	})
}
