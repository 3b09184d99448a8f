package of10

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/wire"
)

func TestPacketInIsDecodedInPlace(t *testing.T) {
	raw, p := Encode(packetIn), PacketIn{Data: []byte("old")}
	want, err := Decode(raw)
	require.NoError(t, err)
	require.NoError(t, p.Decode(raw))
	require.Equal(t, want, &p)
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = p.Decode(raw) }))
	require.Error(t, p.Decode(Encode(flowMod)))
	other := append([]byte(nil), raw...)
	other[1] = byte(TypeFlowRemoved)
	require.ErrorIs(t, p.Decode(other), ErrUnknown)
	require.ErrorIs(t, p.Decode(append(raw[:len(raw):len(raw)], 0)), wire.ErrTrailing)
	for n := range raw {
		require.ErrorIs(t, p.Decode(raw[:n]), wire.ErrTruncated)
	}
}

func BenchmarkDecodePacketInInPlace(b *testing.B) {
	raw := Encode(packetIn)
	var p PacketIn
	b.ReportAllocs()
	for b.Loop() {
		_ = p.Decode(raw)
	}
}
