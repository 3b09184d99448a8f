package of13

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/wire"
)

var arpMatch = oxm.Match(nil).Uint(oxm.Reg(0), 5).Uint(oxm.EthType, 0x806).Uint(oxm.ARPOp, 1).
	IPv4(oxm.ARPTPA, netip.MustParseAddr("10.0.0.1"))

// samples is a message of every kind that has content, with what ovs-ofctl prints of it.
var samples = []struct {
	m    Message
	text string
}{
	{&Hello{Elements: []byte{0, 1, 0, 8, 0, 0, 0, 0x10}}, "OFPT_HELLO"},
	{&EchoRequest{Data: []byte("hi")}, "OFPT_ECHO_REQUEST"},
	{&FeaturesReply{DatapathID: 0xabc, Tables: 254, Capabilities: CapFlowStats | CapPortStats}, "dpid:0000000000000abc"},
	{&SetConfig{Flags: FragNormal, MissSendLen: 0xffff}, "miss_send_len=65535"},
	{&BarrierRequest{}, "OFPT_BARRIER_REQUEST"},
	{&RoleRequest{Role: RoleMaster, GenerationID: 7}, "role=primary generation_id=7"},
	{&Error{Class: ErrFlowModFailed, Code: 2, Data: []byte("x")}, "OFPFMFC_"},
	{&FlowMod{Cookie: 0x12, Table: 30, Priority: 100, BufferID: NoBuffer, OutPort: PortAny, OutGroup: AnyGroup,
		Match: Match{arpMatch}, Instructions: Instructions(nil).Apply(Actions(nil).Output(3, 0)).Goto(40)},
		"ADD table:30 priority=100,arp,reg0=0x5,arp_tpa=10.0.0.1,arp_op=1 cookie:0x12 actions=output:3,goto_table:40"},
	{&PacketOut{BufferID: NoBuffer, InPort: PortController, Actions: Actions(nil).Output(2, 0), Data: make([]byte, 60)},
		"actions=output:2 data_len=60"},
	{&PacketIn{BufferID: NoBuffer, TotalLen: 60, Reason: ReasonAction, Match: Match{oxm.Match(nil).Uint(oxm.InPort, 1)},
		Data: make([]byte, 60)}, "in_port=1 (via action) data_len=60"},
	{&FlowRemoved{Cookie: 1, Priority: 5, Reason: RemovedDelete, Match: Match{arpMatch}}, "reason=delete"},
	{&PortStatus{Reason: PortAdd, Port: Port{Number: 1, Name: [16]byte{'e', 't', 'h'}}}, "ADD: 1(eth)"},
	{&GroupMod{Command: GroupAdd, Type: GroupSelect, Group: 3, Buckets: []Bucket{
		{WatchPort: PortAny, WatchGroup: AnyGroup, Actions: Actions(nil).Output(1, 0)},
		{WatchPort: PortAny, WatchGroup: AnyGroup, Actions: Actions(nil).Output(2, 0)}}},
		"ADD group_id=3,type=select,bucket="},
	{&MeterMod{Command: MeterAdd, Flags: MeterKbps, Meter: 1, Bands: []MeterBand{
		{Type: MeterBandDrop, Rate: 100, Extra: make([]byte, 4)}}}, "ADD meter=1 kbps bands="},
	{&DescRequest{}, "OFPST_DESC request"},
	{&FlowStatsRequest{Table: AllTables, OutPort: PortAny, OutGroup: AnyGroup}, "OFPST_FLOW request"},
	{&FlowStatsReply{Flows: []FlowStats{{Table: 1, Priority: 9, Cookie: 5, Match: Match{arpMatch},
		Instructions: Instructions(nil).Goto(2)}}}, "cookie=0x5, duration=0s, table=1"},
	{&AggregateReply{Packets: 1, Bytes: 2, Flows: 3}, "packet_count=1 byte_count=2 flow_count=3"},
	{&PortDescReply{Ports: []Port{{Number: 4, Name: [16]byte{'p'}}}}, "4(p)"},
	{NewBundleControl(9, BundleOpenRequest, BundleAtomic), "bundle_id=0x9 type=OPEN_REQUEST"},
}

func TestEveryMessageRoundTripsAndReadsRightForOVS(t *testing.T) {
	for _, s := range samples {
		s.m.SetXid(0x77)
		b, err := Append(nil, s.m)
		require.NoError(t, err)
		n, err := openflow.Frame(b)
		require.NoError(t, err)
		require.Equal(t, len(b), n)
		back, err := Decode(b)
		require.NoError(t, err, "%T", s.m)
		require.IsType(t, s.m, back)
		again, err := Append(nil, back)
		require.NoError(t, err)
		require.Equal(t, b, again)
		require.Contains(t, ovsPrint(t, b), s.text)
	}
}

// ovsPrint is what ovs-ofctl makes of a message.
func ovsPrint(t *testing.T, msg []byte) string {
	t.Helper()
	out, err := exec.Command("ovs-ofctl", "-O", "OpenFlow13", "--no-names", "ofp-print",
		hex.EncodeToString(msg)).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

func TestHostileMessages(t *testing.T) {
	good := Encode(samples[7].m)
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
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if err != nil {
			return
		}
		again, err := Append(nil, m)
		require.NoError(t, err)
		back, err := Decode(again)
		require.NoError(t, err)
		require.IsType(t, m, back)
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
		m.Flows = append(m.Flows, FlowStats{Match: Match{arpMatch}, Instructions: Instructions(nil).Goto(2)})
	}
	raw := Encode(m)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Decode(raw)
	}
}
