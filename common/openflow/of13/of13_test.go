package of13

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/ovstest"
	"github.com/vlcp-go/vlcp/common/wire"
)

var arpMatch = oxm.Match(nil).Uint(oxm.Reg(0), 5).Uint(oxm.EthType, 0x806).Uint(oxm.ARPOp, 1).
	IPv4(oxm.ARPTPA, netip.MustParseAddr("10.0.0.1"))

// ovsPrint is what ovs-ofctl makes of a message.
func ovsPrint(t *testing.T, msg []byte) string {
	t.Helper()
	out, err := exec.Command("ovs-ofctl", "-O", "OpenFlow13", "--no-names", "ofp-print",
		hex.EncodeToString(msg)).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

func TestHostileMessages(t *testing.T) {
	good := Encode(flowMod)
	for at := range good {
		for _, v := range []byte{0, 1, 0x7f, 0xff} {
			b := bytes.Clone(good)
			b[at] = v
			_, _ = Decode(b) // must not panic
		}
		_, err := Decode(good[:at])
		require.Error(t, err)
	}
	bad := bytes.Clone(good)
	bad[3] += 8 // the length says more than there is
	_, err := Decode(bad)
	require.ErrorIs(t, err, wire.ErrTruncated)
	require.ErrorContains(t, err, "offset 4: FlowMod.Length")
	_, err = Decode(append(bytes.Clone(good), 0))
	require.ErrorIs(t, err, wire.ErrTrailing)
}

func TestFlowKeyIsTheSameForTheSameMatch(t *testing.T) {
	a := oxm.Match(nil).Uint(oxm.EthType, 0x800).UintMasked(oxm.Reg(1), 1, 0xffffffff).UintMasked(oxm.Reg(2), 0, 0).
		Uint(oxm.NXTunnelID, 7)
	b := oxm.Match(nil).Uint(oxm.TunnelID, 7).Uint(oxm.Reg(1), 1).Uint(oxm.NXEthType, 0x800)
	require.Equal(t, FlowKey(1, 2, a), FlowKey(1, 2, b))
	require.NotEqual(t, FlowKey(1, 2, a), FlowKey(1, 3, a))
	table, prio, _ := SplitFlowKey(FlowKey(30, 1000, a))
	require.Equal(t, uint8(30), table)
	require.Equal(t, uint16(1000), prio)
}

func TestAppendFlowIsAFlowMod(t *testing.T) {
	i := Instructions(nil).Apply(Actions(nil).Output(3, 0))
	b := AppendFlow(nil, 5, &FlowSend{Command: FlowDeleteStrict, Key: FlowKey(3, 4, arpMatch), Instructions: string(i),
		Cookie: 9})
	m, err := Decode(b)
	require.NoError(t, err)
	f := m.(*FlowMod)
	require.Equal(t, FlowDeleteStrict, f.Command)
	require.Equal(t, uint16(4), f.Priority)
	require.Equal(t, FlowKey(3, 4, arpMatch), FlowKey(f.Table, f.Priority, f.Match.Fields))
	require.Equal(t, i, f.Instructions)
}

func FuzzDecode(f *testing.F) {
	for _, s := range samples {
		f.Add(Encode(s.m))
	}
	for _, b := range ovstest.Captured(f, 4) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if err != nil {
			return
		}
		again, err := Append(nil, m)
		require.NoError(t, err)
		text, err := EncodeJSON(m)
		require.NoError(t, err)
		back, err := DecodeJSON(text)
		require.NoError(t, err)
		require.IsType(t, m, back)
		require.Equal(t, again, Encode(back))
	})
}

func BenchmarkAppendFlow(b *testing.B) {
	f := &FlowSend{Key: FlowKey(30, 100, arpMatch), Instructions: string(Instructions(nil).Apply(Actions(nil).Output(3,
		0)))}
	buf := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendFlow(buf[:0], 1, f)
	}
}

func BenchmarkDecodeFlowStats(b *testing.B) {
	m := &FlowStatsReply{}
	for range 300 {
		m.Flows = append(m.Flows, FlowStats{Match: Match{Fields: arpMatch}, Instructions: Instructions(nil).Goto(2)})
	}
	raw := Encode(m)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Decode(raw)
	}
}
