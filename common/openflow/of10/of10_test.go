package of10

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/ovstest"
	"github.com/vlcp-go/vlcp/common/wire"
)

var (
	mac      = [6]byte{2, 0, 0, 0, 0, 1}
	tcpMatch = func() Match {
		m := MatchAll()
		m.SetInPort(3)
		m.SetDLType(0x800)
		m.SetNwProto(6)
		m.SetTpDst(80)
		_ = m.SetNwSrc(netip.MustParsePrefix("10.1.2.3/16"))
		return m
	}()
	flowMod = &FlowMod{Match: tcpMatch, Cookie: 0x12, Priority: 100, BufferID: NoBuffer, OutPort: PortNone,
		Actions: Actions(nil).SetVLANVID(7).Output(2, 0)}
	packetIn = &PacketIn{BufferID: NoBuffer, TotalLen: 60, InPort: 1, Reason: ReasonAction, Data: make([]byte, 60)}
	everyAct = Actions(nil).SetVLANVID(5).SetVLANPCP(3).StripVLAN().SetDLSrc(mac).SetDLDst(mac).SetNwSrc([4]byte{1, 2,
		3, 4}).
		SetNwDst([4]byte{5, 6, 7, 8}).SetNwTOS(32).SetTpSrc(90).SetTpDst(91).Enqueue(2, 9).Output(PortController, 128)
	port = Port{Number: 4, HWAddr: mac, Name: [16]byte{'p'}, Config: PortDown, State: PortLinkDown, Current: Port1GbFull}
)

// samples is a message of every kind, with a part of what ovs-ofctl prints of it.
var samples = []struct {
	m    Message
	text string
}{
	{&Hello{}, "OFPT_HELLO"},
	{&Error{Class: ErrFlowModFailed, Code: 0, Data: []byte("x")}, "OFPFMFC_"},
	{&EchoRequest{Data: []byte("hi")}, "OFPT_ECHO_REQUEST"},
	{&EchoReply{Data: []byte("hi")}, "OFPT_ECHO_REPLY"},
	{&Vendor{Vendor: openflow.VendorNicira, Data: []byte{0, 0, 0, 10, 0, 0, 0, 1}}, "NXT_ROLE_REQUEST"},
	{&FeaturesRequest{}, "OFPT_FEATURES_REQUEST"},
	{&FeaturesReply{DatapathID: 0xabc, Tables: 1, Capabilities: CapFlowStats, Ports: []Port{port}},
		"dpid:0000000000000abc"},
	{&GetConfigRequest{}, "OFPT_GET_CONFIG_REQUEST"},
	{&GetConfigReply{Flags: FragDrop, MissSendLen: 128}, "frags=drop miss_send_len=128"},
	{&SetConfig{MissSendLen: 0xffff}, "miss_send_len=65535"},
	{packetIn, "in_port=1 (via action) data_len=60"},
	{&FlowRemoved{Match: tcpMatch, Cookie: 1, Priority: 5, Reason: RemovedDelete}, "reason=delete"},
	{&PortStatus{Reason: PortAdd, Port: port}, "ADD: 4(p): addr:02:00:00:00:00:01"},
	{&PacketOut{BufferID: NoBuffer, InPort: PortNone, Actions: Actions(nil).Output(2, 0), Data: make([]byte, 60)},
		"actions=output:2 data_len=60"},
	{&PacketOut{BufferID: NoBuffer, InPort: PortNone, Actions: everyAct, Data: make([]byte, 60)},
		"mod_vlan_vid:5,mod_vlan_pcp:3,strip_vlan,mod_dl_src:02:00:00:00:00:01,mod_dl_dst:02:00:00:00:00:01," +
			"mod_nw_src:1.2.3.4,mod_nw_dst:5.6.7.8,mod_nw_tos:32,mod_tp_src:90,mod_tp_dst:91,enqueue:2:9,CONTROLLER:128"},
	{&PacketOut{BufferID: NoBuffer, InPort: PortNone, Actions: Actions(nil).Vendor(openflow.VendorNicira,
		[]byte{0, 18}), Data: make([]byte, 60)}, "actions=dec_ttl"},
	{flowMod, "ADD priority=100,tcp,in_port=3,nw_src=10.1.0.0/16,tp_dst=80 cookie:0x12 actions=mod_vlan_vid:7,output:2"},
	{&PortMod{Number: 3, HWAddr: mac, Config: PortDown, Mask: PortDown}, "addr:02:00:00:00:00:01"},
	{&BarrierRequest{}, "OFPT_BARRIER_REQUEST"},
	{&BarrierReply{}, "OFPT_BARRIER_REPLY"},
	{&QueueConfigRequest{Port: 1}, "OFPT_QUEUE_GET_CONFIG_REQUEST"},
	{&QueueConfigReply{Port: 1, Queues: []Queue{{ID: 5, Properties: []QueueProperty{
		{Type: QueueMinRate, Data: []byte{0, 50, 0, 0, 0, 0, 0, 0}}}}}}, "min_rate:5.0%"},
	{&DescRequest{}, "OFPST_DESC request"},
	{&DescReply{Hardware: [256]byte{'h', 'w'}}, "Hardware: hw"},
	{&FlowStatsRequest{Match: MatchAll(), Table: AllTables, OutPort: PortNone}, "OFPST_FLOW request"},
	{&FlowStatsReply{Flows: []FlowStats{{Table: 1, Match: tcpMatch, Priority: 9, Cookie: 5,
		Actions: Actions(nil).Output(2, 0)}}}, "cookie=0x5, duration=0s, table=1"},
	{&AggregateRequest{Match: MatchAll(), Table: AllTables, OutPort: PortNone}, "OFPST_AGGREGATE request"},
	{&AggregateReply{Packets: 1, Bytes: 2, Flows: 3}, "packet_count=1 byte_count=2 flow_count=3"},
	{&TableStatsRequest{}, "OFPST_TABLE request"},
	{&TableStatsReply{Tables: []TableStats{{Table: 7, Name: [32]byte{'t'}, Active: 11}}}, "active=11"},
	{&PortStatsRequest{Number: PortNone}, "OFPST_PORT request"},
	{&PortStatsReply{Ports: []PortStats{{Number: 3, RxPackets: 14}}}, "rx pkts=14"},
	{&QueueStatsRequest{Port: PortAll, Queue: AllQueues}, "OFPST_QUEUE request"},
	{&QueueStatsReply{Queues: []QueueStats{{Port: 2, Queue: 4, TxBytes: 77, TxPackets: 8}}}, "bytes=77, pkts=8"},
	{&VendorStatsRequest{Vendor: 0x1234, Data: []byte("abcd")}, "decode error"},
	{&VendorStatsReply{Vendor: 0x1234, Data: []byte("abcd")}, "decode error"},
	{&UnknownStats{Stats: Stats{Header: Header{Version: openflow.Version10, Type: TypeStatsReply}, Kind: 77},
		Data: []byte("abcd")}, "decode error"},
}

func TestEveryMessage(t *testing.T) {
	for _, s := range samples {
		s.m.SetXid(0x77)
		b, err := Append(nil, s.m)
		require.NoError(t, err)
		back, err := Decode(b)
		require.NoError(t, err, "%T", s.m)
		require.IsType(t, s.m, back)
		require.Equal(t, b, Encode(back))
		text, err := EncodeJSON(back)
		require.NoError(t, err)
		fromText, err := DecodeJSON(text)
		require.NoError(t, err, "%s", text)
		require.Equal(t, b, Encode(fromText), "%s", text)
		require.NotEmpty(t, Dump(back))
		require.Contains(t, ovsPrint(t, b), s.text)
	}
}

// ovsPrint is what ovs-ofctl makes of a message.
func ovsPrint(t *testing.T, msg []byte) string {
	t.Helper()
	out, err := exec.Command("ovs-ofctl", "-O", "OpenFlow10", "--no-names", "ofp-print",
		hex.EncodeToString(msg)).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// TestRefusedMessages: what Open vSwitch refuses is refused here.
func TestRefusedMessages(t *testing.T) {
	for name, text := range map[string]string{
		"longer than its structure":   "0112000000000001" + "0000000000000000",
		"no such type":                "0163000000000001",
		"truncated features":          "0106000000000001" + "0000000000000000",
		"action of length 0":          "010d000000000001" + "ffffffffffff0008" + "0000000000000000",
		"action of length 4":          "010d000000000001" + "ffffffffffff0008" + "0000000400000000",
		"queue shorter than its head": "0115000000000001" + "0001000000000000" + "0000000500010000",
	} {
		b, err := hex.DecodeString(text)
		require.NoError(t, err)
		b[3] = byte(len(b))
		_, err = Decode(b)
		require.Error(t, err, name)
		require.Contains(t, ovsPrint(t, b), "decode error", name)
	}
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
	_, err := Decode(append(bytes.Clone(good), 0))
	require.ErrorIs(t, err, wire.ErrTrailing)
	good[0] = 4
	_, err = Decode(good)
	require.ErrorContains(t, err, "is not OpenFlow 1.0")
}

func TestMatchNetworks(t *testing.T) {
	m := MatchAll()
	require.Equal(t, netip.MustParsePrefix("0.0.0.0/0"), m.NwSrcPrefix())
	for _, p := range []string{"10.1.2.3/32", "10.1.0.0/16", "0.0.0.0/0"} {
		require.NoError(t, m.SetNwDst(netip.MustParsePrefix(p)))
		require.Equal(t, p, m.NwDstPrefix().String())
	}
	m.SetDLSrc(mac)
	m.SetDLDst(mac)
	m.SetVLAN(VLANNone)
	m.SetVLANPCP(1)
	m.SetNwTOS(4)
	m.SetTpSrc(1)
	require.Equal(t, WildInPort|WildDLType|WildNwProto|WildTpDst|0x3f<<8|32<<14, m.Wildcards)
	require.ErrorContains(t, m.SetNwSrc(netip.MustParsePrefix("fe80::/10")), "not of IPv4")
}

func TestActionsAreWalked(t *testing.T) {
	var types []ActionType
	for e := range everyAct.All() {
		types = append(types, ActionType(e.Type))
	}
	require.Equal(t, []ActionType{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0}, types)
	m, err := DecodeJSON([]byte(`{"version":1,"type":"TypePacketOut","actions":"ActionOutput:00020000"}`))
	require.NoError(t, err)
	require.Equal(t, Actions(nil).Output(2, 0), m.(*PacketOut).Actions)
	for text, want := range map[string]string{
		`{"version":4,"type":"TypeHello"}`:                     "is not OpenFlow 1.0",
		`{"version":1,"type":99}`:                              "unknown kind",
		`{"version":1,"type":"TypePacketOut","actions":"1:0"}`: "odd length",
	} {
		_, err := DecodeJSON([]byte(text))
		require.ErrorContains(t, err, want)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range samples {
		f.Add(Encode(s.m))
	}
	for _, b := range ovstest.Captured(f, 1) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if err != nil {
			return
		}
		again := Encode(m)
		text, err := EncodeJSON(m)
		require.NoError(t, err)
		back, err := DecodeJSON(text)
		require.NoError(t, err)
		require.Equal(t, again, Encode(back))
	})
}

func BenchmarkAppendFlowMod(b *testing.B) {
	buf := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = Append(buf[:0], flowMod)
	}
}

func BenchmarkDecodePacketIn(b *testing.B) {
	raw := Encode(packetIn)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Decode(raw)
	}
}
