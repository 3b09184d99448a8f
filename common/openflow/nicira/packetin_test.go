package nicira

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

func TestPacketIn(t *testing.T) {
	for _, h := range []Header{v10, v13} {
		var p PacketIn
		require.NoError(t, p.Decode(Encode(packetIn2(h))))
		require.Equal(t, uint32(7), p.InPort())
		require.Equal(t, "dhcp", string(p.UserData))
		require.Equal(t, uint64(0x564c000000000009), p.Cookie)
		require.Equal(t, uint8(10), p.Table)
		require.Equal(t, ReasonAction, p.Reason)
		require.Len(t, p.Packet, 60)
		require.Equal(t, uint32(90), p.FullLen)
		require.Equal(t, NoBuffer, p.BufferID)
		require.Nil(t, p.Continuation)
	}
	for _, m := range []openflow.Message{For13(packetIn2(v13)), For10(packetIn2(v10))} {
		p, err := DecodePacketIn(m)
		require.NoError(t, err)
		require.Equal(t, uint32(7), p.InPort())
	}
	for _, m := range []openflow.Message{For13(&FlowAge{}), For10(&FlowAge{}), &of10.Vendor{Vendor: vendor},
		&of13.Hello{}} {
		_, err := DecodePacketIn(m)
		require.ErrorIs(t, err, of13.ErrUnknown)
	}
}

func TestResumeTakesTheContinuationBack(t *testing.T) {
	var p, back PacketIn
	require.NoError(t, p.Decode(Encode(&PacketIn2{v13, append(packetIn2(v13).Properties,
		PacketInProperty{Type: PacketInContinuation, Value: append(make([]byte, 4), continuation...)})})))
	require.Equal(t, continuation, p.Continuation)
	require.NoError(t, back.Decode(Encode(p.Resume(openflow.Version13))))
	p.UserData, p.FullLen = nil, 60 // these two do not go back
	require.Equal(t, p, back)
	c, err := ParseContinuation(p.Continuation)
	require.NoError(t, err)
	require.Equal(t, &Continuation{Bridge: [16]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
		Stack: [][]byte{{0, 0, 0, 5}}, Mirrors: 3, Conntracked: true, ODPPort: 6}, c)
}

func TestMalformedPacketIns(t *testing.T) {
	packet := PacketInProperty{Type: PacketInPacket, Value: packetOf}
	for name, l := range map[string][]PacketInProperty{
		"no packet":          {{Type: PacketInTable, Value: []byte{1}}},
		"longer than itself": {packet, {Type: PacketInFullLen, Value: []byte{0, 0, 0, 59}}},
		"short number":       {packet, {Type: PacketInFullLen, Value: []byte{0, 0, 0}}},
		"long number":        {packet, {Type: PacketInBufferID, Value: []byte{0, 0, 0, 0, 0}}},
		"no table":           {packet, {Type: PacketInTable}},
		"cookie":             {packet, {Type: PacketInCookie, Value: make([]byte, 8)}},
		"metadata":           {packet, {Type: PacketInMetadata, Value: metadata[:len(metadata)-1]}},
		"continuation":       {packet, {Type: PacketInContinuation, Value: []byte{0, 0, 0}}},
		"experimenter 0":     {packet, {Type: propExperimenter, Value: make([]byte, 8)}},
	} {
		b := Encode(&PacketIn2{v13, l})
		var p PacketIn
		require.Error(t, p.Decode(b), name)
		require.Contains(t, ovsPrint(t, b), "decode error", name)
	}
	var p PacketIn
	unknown := &PacketIn2{v13, []PacketInProperty{packet, {Type: 77}}}
	require.NoError(t, p.Decode(Encode(unknown)), "an unknown one is passed over")
}

func FuzzPacketIn(f *testing.F) {
	f.Add(Encode(packetIn2(v13)))
	f.Add(Encode(paused(openflow.Version10)))
	for _, b := range append(ovstest.Captured(f, 1), ovstest.Captured(f, 4)...) {
		if new(PacketIn).Decode(b) == nil {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var p PacketIn
		if p.Decode(b) != nil {
			return
		}
		p.InPort()
		if c, err := ParseContinuation(p.Continuation); err == nil {
			require.LessOrEqual(t, len(c.Stack), len(b))
		}
		if len(b) > 50000 {
			return
		}
		var back PacketIn
		require.NoError(t, back.Decode(Encode(p.Resume(openflow.Version13))))
		require.Equal(t, p.Packet, back.Packet)
	})
}

// BenchmarkPacketIn is a packet-in of a typical flow of layer 2: 250 ns and no allocation are the bound.
func BenchmarkPacketIn(b *testing.B) {
	msg := Encode(packetIn2(v13))
	var p PacketIn
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Decode(msg); err != nil || p.InPort() != 7 {
			b.Fatal(err)
		}
	}
}

// BenchmarkPacketInMessage is the same with a structure for every property.
func BenchmarkPacketInMessage(b *testing.B) {
	msg := Encode(packetIn2(v13))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(msg); err != nil {
			b.Fatal(err)
		}
	}
}

func TestPacketInDoesNotAllocate(t *testing.T) {
	msg := Encode(packetIn2(v13))
	var p PacketIn
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if p.Decode(msg) != nil || len(p.Metadata) != len(metadata) {
			panic("not decoded")
		}
	}))
}
