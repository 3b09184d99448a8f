package oxm

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckSaysWhereAndWhat(t *testing.T) {
	tcp := Match(nil).Uint(EthType, 0x800).Uint(IPProto, 6)
	for want, m := range map[string]Match{
		"": Match(nil).Uint(InPort, 1).UintMasked(Reg(3), 1, 3),
		"match at offset 8: field in_port_oxm: field appears twice": Match(nil).Uint(InPort, 1).
			Uint(InPort, 1),
		"match at offset 0: field tcp_dst: what the field needs is not before it: tcp or tcp6": Match(nil).
			Uint(TCPDst, 80),
		"match at offset 11: field tcp_flags: value that the field cannot have": append(tcp[:11:11],
			Match(nil).Uint(TCPFlags, 0x1000)...),
		"match at offset 0: field reg1: value has bits outside its mask":   Match{0, 1, 3, 8, 0, 0, 0, 1, 0, 0, 0, 2},
		"match at offset 0: field ct_zone: field cannot be masked":         Match(nil).UintMasked(CTZone, 1, 3),
		"match at offset 0: field in_phy_port: unknown field":              Match(nil).Uint(InPhyPort, 1),
		"match at offset 0: field field_0x80000a0400000000: unknown field": Match{0x80, 0, 0x0a, 4, 0, 0, 8, 0},
		"match at offset 8: read field 0x80000004: truncated": Match(nil).Uint(InPort, 1).
			Uint(InPort, 1)[:14],
	} {
		if err := m.Check(); want == "" {
			require.NoError(t, err)
		} else {
			require.EqualError(t, err, want)
		}
	}
	require.ErrorIs(t, Match(nil).UintMasked(CTState, 0x21, 0x21).Uint(CTNwSrc, 1).Check(), ErrFamily)
}

func TestEveryFieldIsKnownByAllItsNames(t *testing.T) {
	for _, i := range Infos() {
		require.Len(t, i.Fields, len(i.Headers), i.Name)
		for _, f := range i.Fields {
			require.Same(t, i, f.Info(), i.Name)
		}
		for _, h := range i.Headers {
			require.Same(t, i, FieldByHeader(h))
		}
		for _, n := range append(i.Aliases, i.Name) {
			require.Same(t, i, FieldByName(n))
		}
		require.LessOrEqual(t, i.Bits, 8*i.Field.Len(), i.Name)
		require.NotEmpty(t, i.Prereq.String())
	}
	require.Nil(t, Field(0).Info(), "in_port of no length")
	require.Equal(t, "tun_metadata3", TunMetadata(3, 5).Info().Name, "of any length")
	require.Nil(t, HeaderField(TunMetadata(3, 125).Header()).Info())
}

// What is set is there again, and the same as a match; registers of every width are the same bits.
func TestFlowSaysThingsOnce(t *testing.T) {
	var w Flow
	require.NoError(t, w.Set(first(Match(nil).UintMasked(XReg(1), 0x1_0000_0002, 0xf_ffff_ffff))))
	require.Equal(t, Match(nil).UintMasked(Reg(2), 1, 0xf).Uint(Reg(3), 2), w.AppendMatch(nil))
	v, m := w.Uint(Reg(2).Info())
	require.Equal(t, [2]uint64{1, 0xf}, [2]uint64{v, m})
	require.ErrorIs(t, w.Take(first(Match(nil).Uint(XXReg(0), 1))), ErrDuplicate)
	require.NoError(t, w.Set(first(Match(nil).UintMasked(XXReg(0), 0, 0))))
	require.Empty(t, w.AppendMatch(nil), "a mask of nothing forgets")
	require.ErrorIs(t, w.Set(TLV{Field: IPDSCP, Value: []byte{64}}), ErrValue)
	require.ErrorIs(t, w.Set(TLV{Field: IPDSCP, Value: []byte{64, 1}}), ErrLength)
	require.ErrorIs(t, w.Set(TLV{Field: PBBUCA, Value: []byte{1}}), ErrField)
}

func first(m Match) TLV {
	t, _, _ := m.Next()
	return t
}

func TestExperimentersCountInTheLength(t *testing.T) {
	for _, i := range Infos() {
		for _, f := range i.Fields {
			if strings.Contains(strings.Join(i.Headers, " "), "_ET_") && f.Class() == ClassExperimenter {
				require.Positive(t, f.Len(), i.Name)
				require.Equal(t, f.Len()+4, f.wireLen())
			}
		}
	}
}
