package of13

import (
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/wire"
)

// sample is a message, and a part of what ovs-ofctl prints of it.
type sample struct {
	m    Message
	text string
}

var samples = append([]sample{
	{&Hello{Elements: []byte{0, 1, 0, 8, 0, 0, 0, 0x10}}, "OFPT_HELLO"},
	{&EchoRequest{Data: []byte("hi")}, "OFPT_ECHO_REQUEST"},
	{&EchoReply{Data: []byte("hi")}, "OFPT_ECHO_REPLY"},
	{&FeaturesRequest{}, "OFPT_FEATURES_REQUEST"},
	{&FeaturesReply{DatapathID: 0xabc, Tables: 254, Capabilities: CapFlowStats | CapPortStats}, "dpid:0000000000000abc"},
	{&GetConfigRequest{}, "OFPT_GET_CONFIG_REQUEST"},
	{&GetConfigReply{Flags: FragDrop, MissSendLen: 128}, "frags=drop miss_send_len=128"},
	{&SetConfig{Flags: FragNormal, MissSendLen: 0xffff}, "miss_send_len=65535"},
	{flowMod,
		"ADD table:30 priority=100,arp,reg0=0x5,arp_tpa=10.0.0.1,arp_op=1 cookie:0x12 actions=output:3,goto_table:40"},
	{&BarrierRequest{}, "OFPT_BARRIER_REQUEST"},
	{&BarrierReply{}, "OFPT_BARRIER_REPLY"},
	{&RoleRequest{Role: RoleMaster, GenerationID: 7}, "role=primary generation_id=7"},
	{&RoleReply{Role: RoleSlave, GenerationID: 7}, "role=secondary generation_id=7"},
	{&GetAsyncRequest{}, "OFPT_GET_ASYNC_REQUEST"},
	{&GetAsyncReply{Async: AsyncConfig{PacketIn: [2]uint32{3, 0}}}, "OFPT_GET_ASYNC_REPLY"},
	{&SetAsync{Async: AsyncConfig{PortStatus: [2]uint32{7, 1}}}, "PORT_STATUS: add delete modify"},
	{&Error{Class: ErrFlowModFailed, Code: 2, Data: []byte("x")}, "OFPFMFC_"},
	{&Experimenter{Vendor: openflow.VendorNicira, Subtype: 10, Data: []byte{0, 0, 0, 1}}, "NXT_ROLE_REQUEST"},
	{&PacketOut{BufferID: NoBuffer, InPort: PortController, Actions: Actions(nil).Output(2, 0), Data: make([]byte, 60)},
		"actions=output:2 data_len=60"},
	{packetIn, "in_port=1 (via action) data_len=60"},
	{&FlowRemoved{Cookie: 1, Priority: 5, Reason: RemovedDelete, Match: Match{Fields: arpMatch}}, "reason=delete"},
	{&PortStatus{Reason: PortAdd, Port: Port{Number: 1, Name: [16]byte{'e', 't', 'h'}}}, "ADD: 1(eth)"},
	{&PortMod{Number: 3, HWAddr: [6]byte{2, 0, 0, 0, 0, 1}, Config: PortDown, Mask: PortDown}, "addr:02:00:00:00:00:01"},
	{&TableMod{Table: 4}, "table_id=4"},
	{&GroupMod{Command: GroupAdd, Type: GroupSelect, Group: 3, Buckets: buckets}, "ADD group_id=3,type=select,bucket="},
	{&MeterMod{Command: MeterAdd, Flags: MeterKbps, Meter: 1, Bands: bands}, "ADD meter=1 kbps bands="},
	{&QueueConfigRequest{Port: 1}, "OFPT_QUEUE_GET_CONFIG_REQUEST"},
	{&QueueConfigReply{Port: 1, Queues: []Queue{{ID: 5, Port: 1, Properties: []QueueProperty{
		{Type: QueueMinRate, Data: []byte{0, 50, 0, 0, 0, 0, 0, 0}}}}}}, "min_rate:5.0%"},
	{NewBundleControl(9, BundleOpenRequest, BundleAtomic), "bundle_id=0x9 type=OPEN_REQUEST"},
	{&BundleAdd{Bundle: 9, Flags: BundleAtomic, Message: Encode(&FlowMod{Header: Header{Xid: 0x77}, BufferID: NoBuffer,
		OutPort: PortAny, OutGroup: AnyGroup})}, "bundle_id=0x9"},
	{&RoleStatus{Role: RoleSlave, Reason: RoleReasonConfig, GenerationID: 3},
		"ONFT_ROLE_STATUS (OF1.3) (xid=0x77): role=secondary generation_id=3 reason=configuration_changed"},
	{&RequestForward{Request: Encode(&GroupMod{Command: GroupDelete, Group: 3})}, "reason=group_mod\n DEL group_id=3"},
	{&FlowMonitorCancel{ID: 7}, "ONFT_FLOW_MONITOR_CANCEL (OF1.3) (xid=0x77): id=7"},
	{&FlowMonitorPaused{}, "ONFT_FLOW_MONITOR_PAUSED"},
	{&FlowMonitorResumed{}, "ONFT_FLOW_MONITOR_RESUMED"},
	{&FlowMonitorRequest{Monitors: []FlowMonitor{{ID: 5, Flags: MonitorAdd | MonitorInitial, OutPort: PortAny, Table: 3,
		Match: Match{Fields: arpMatch}}}}, "id=5 flags=initial,add table=3 arp"},
	{&FlowMonitorReply{Updates: []FlowUpdate{{Event: UpdateAbbrev, Xid: 9}, {Event: UpdateDeleted, Reason: 2, Table: 4,
		Cookie: 1, Priority: 5, MatchLen: uint16(4 + len(arpMatch)), Match: Match{Fields: arpMatch}}}},
		"event=ABBREV xid=0x9\n event=DELETED reason=delete table=4 cookie=0x1"},
}, multiparts...)

var (
	flowMod = &FlowMod{Cookie: 0x12, Table: 30, Priority: 100, BufferID: NoBuffer, OutPort: PortAny, OutGroup: AnyGroup,
		Match: Match{Fields: arpMatch}, Instructions: Instructions(nil).Apply(Actions(nil).Output(3, 0)).Goto(40)}
	packetIn = &PacketIn{BufferID: NoBuffer, TotalLen: 60, Reason: ReasonAction,
		Match: Match{Fields: oxm.Match(nil).Uint(oxm.InPort, 1)}, Data: make([]byte, 60)}
	buckets = []Bucket{{WatchPort: PortAny, WatchGroup: AnyGroup, Actions: Actions(nil).Output(1, 0)},
		{WatchPort: PortAny, WatchGroup: AnyGroup, Actions: Actions(nil).Output(2, 0)}}
	bands = []MeterBand{{Type: MeterBandDrop, Rate: 100, Extra: make([]byte, 4)}}
	table = TableFeatures{Table: 3, Name: [32]byte{'t'}, MaxEntries: 10, Properties: []TableProperty{
		{Type: TableInstructions, Data: []byte{0, 1, 0, 4, 0, 4, 0, 4}}, {Type: TableNextTables, Data: []byte{4, 5, 6}},
		{Type: TableWriteActions, Data: []byte{0, 0, 0, 4}}, {Type: TableApplyActions, Data: []byte{0, 0, 0, 4}},
		{Type: TableMatch, Data: oxm.EthType.AppendHeader(nil)}, {Type: TableWildcards, Data: oxm.EthType.AppendHeader(nil)},
		{Type: TableWriteSetField, Data: oxm.EthDst.AppendHeader(nil)},
		{Type: TableApplySetField, Data: oxm.EthDst.AppendHeader(nil)}}}
)

var multiparts = []sample{
	{&DescRequest{}, "OFPST_DESC request"},
	{&DescReply{Hardware: [256]byte{'h', 'w'}}, "Hardware: hw"},
	{&FlowStatsRequest{Table: AllTables, OutPort: PortAny, OutGroup: AnyGroup}, "OFPST_FLOW request"},
	{&FlowStatsReply{Flows: []FlowStats{{Table: 1, Priority: 9, Cookie: 5, Match: Match{Fields: arpMatch},
		Instructions: Instructions(nil).Goto(2)}}}, "cookie=0x5, duration=0s, table=1"},
	{&AggregateRequest{Table: AllTables, OutPort: PortAny, OutGroup: AnyGroup}, "OFPST_AGGREGATE request"},
	{&AggregateReply{Packets: 1, Bytes: 2, Flows: 3}, "packet_count=1 byte_count=2 flow_count=3"},
	{&TableStatsRequest{}, "OFPST_TABLE request"},
	{&TableStatsReply{Tables: []TableStats{{Table: 7, Active: 11, Lookups: 2, Matched: 1}}}, "active=11"},
	{&PortStatsRequest{Number: PortAny}, "OFPST_PORT request"},
	{&PortStatsReply{Ports: []PortStats{{Number: 3, RxPackets: 14}}}, "rx pkts=14"},
	{&QueueStatsRequest{Port: PortAny, Queue: AllQueues}, "OFPST_QUEUE request"},
	{&QueueStatsReply{Queues: []QueueStats{{Port: 2, Queue: 4, TxBytes: 77, TxPackets: 8}}}, "bytes=77, pkts=8"},
	{&GroupStatsRequest{Group: AllGroups}, "OFPST_GROUP request"},
	{&GroupStatsReply{Groups: []GroupStats{{Group: 3, Packets: 5, Buckets: []BucketCounter{{5, 6}}}}},
		"bucket0:packet_count=5"},
	{&GroupDescRequest{}, "OFPST_GROUP_DESC request"},
	{&GroupDescReply{Groups: []GroupDesc{{Type: GroupSelect, Group: 9, Buckets: buckets}}}, "group_id=9,type=select"},
	{&GroupFeaturesRequest{}, "OFPST_GROUP_FEATURES request"},
	{&GroupFeaturesReply{Types: 15, Capabilities: GroupChaining, MaxGroups: [4]uint32{1, 2, 3, 4}}, "Capabilities:  0x4"},
	{&MeterStatsRequest{Meter: AllMeters}, "OFPST_METER request (OF1.3) (xid=0x77): meter=all"},
	{&MeterStatsReply{Meters: []MeterStatsEntry{{Meter: 6, Flows: 2, Packets: 3, Bands: []BandCounter{{8, 9}}}}},
		"packet_count:8 byte_count:9"},
	{&MeterConfigRequest{Meter: 5}, "OFPST_METER_CONFIG request (OF1.3) (xid=0x77): meter=5"},
	{&MeterConfigReply{Meters: []MeterConfig{{Flags: MeterKbps, Meter: 5, Bands: bands}}}, "meter=5 kbps bands="},
	{&MeterFeaturesRequest{}, "OFPST_METER_FEATURES request"},
	{&MeterFeaturesReply{MaxMeters: 44, BandTypes: 2, Capabilities: MeterCanKbps, MaxBands: 3},
		"max_meter:44 max_bands:3"},
	{&TableFeaturesRequest{}, "OFPST_TABLE_FEATURES request"},
	{&TableFeaturesReply{Tables: []TableFeatures{table}}, "table 3"},
	{&PortDescRequest{}, "OFPST_PORT_DESC request"},
	{&PortDescReply{Ports: []Port{{Number: 4, Name: [16]byte{'p'}}}}, "4(p)"},
	{&ExperimenterRequest{Vendor: openflow.VendorNicira, Subtype: 2, Data: []byte{0, 0, 0, 0, 0, 0, 0, 0}},
		"***decode error"},
	{&ExperimenterReply{Vendor: 0x1234, Subtype: 2, Data: []byte("abcd")}, "***decode error"},
	{&UnknownMultipart{Multipart: Multipart{Header: Header{Version: openflow.Version13, Type: TypeMultipartReply},
		Kind: 77},
		Data: []byte("abcd")}, "***decode error"},
}

// TestEveryMessage: bytes to message to bytes, message to JSON to bytes, and what Open vSwitch reads out of it.
func TestEveryMessage(t *testing.T) {
	var all []byte
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
		text, err := EncodeJSON(back)
		require.NoError(t, err)
		fromText, err := DecodeJSON(text)
		require.NoError(t, err, "%s", text)
		require.Equal(t, b, Encode(fromText), "%s", text)
		require.NotEmpty(t, Dump(back))
		require.Contains(t, ovsPrint(t, b), s.text)
		all = append(all, b...)
	}
	file := filepath.Join(t.TempDir(), "all")
	require.NoError(t, os.WriteFile(file, all, 0o600))
	out, err := exec.Command("ovs-ofctl", "-O", "OpenFlow13", "ofp-parse", file).CombinedOutput()
	require.NoError(t, err, "%s", out)
	const inBundle = 1 // BundleAdd has another message in it
	require.Equal(t, len(samples)+inBundle, bytes.Count(out, []byte("(xid=0x77)"))+bytes.Count(out,
		[]byte("***decode error")))
}

// TestRefusedMessages: what Open vSwitch refuses is refused here.
func TestRefusedMessages(t *testing.T) {
	for name, text := range map[string]string{
		"longer than its structure": "0414001000000001" + "0000000000000000",
		"no such type":              "0463000800000001",
		"truncated features":        "0406001000000001" + "0000000000000000",
		"action of length 0": "040d003000000001" + "fffffffffffffffd0008000000000000" + "00000000" +
			"000000000000000000000000" + "0000000000000000",
		"queue shorter than its head": "0417001800000001" + "0000000100000000" + "0000000500000001",
		"meter stats of length 8":     "0413001800000001" + "0009000000000000" + "0000000100080000",
	} {
		b, err := hex.DecodeString(text)
		require.NoError(t, err)
		b[3] = byte(len(b))
		_, err = Decode(b)
		require.Error(t, err, name)
		require.Contains(t, ovsPrint(t, b), "decode error", name)
	}
}

func TestUnknownJSON(t *testing.T) {
	for text, want := range map[string]string{
		`{"version":4,"type":"TypeHello","x":1}`:                        `unknown field "x"`,
		`{"version":1,"type":"TypeHello"}`:                              "is not OpenFlow 1.3",
		`{"version":4,"type":99}`:                                       "unknown kind",
		`{"version":4,"type":"TypeNothing"}`:                            "neither a name nor a number",
		`{"version":4,"type":"TypePacketOut","actions":"Run"}`:          "expected the name of an action",
		`{"version":4,"type":"TypePacketOut","actions":"Run:00000000"}`: "expected the name of an action",
		`{"version":4,"type":"TypePacketOut","actions":"1:zz"}`:         "invalid byte",
		`{"version":4,"type":"TypePacketOut","actions":"1:00"}`:         wire.ErrLength.Error(),
		`{`: "read json",
	} {
		_, err := DecodeJSON([]byte(text))
		require.ErrorContains(t, err, want)
	}
}

func TestDumpShowsNames(t *testing.T) {
	m, err := Decode(Encode(flowMod))
	require.NoError(t, err)
	require.Contains(t, Dump(m), "command: FlowAdd\n")
	require.Contains(t, Dump(m), "instructions: output:3,goto_table:40\n")
}

// A message made by hand needs neither lengths nor what is zero.
func TestJSONByHand(t *testing.T) {
	m, err := DecodeJSON([]byte(`{"version":4,"type":"TypeGroupMod","xid":5,"group_type":"GroupSelect","group":1,
		"buckets":[{"actions":"ActionOutput:00000002ffff000000000000"}]}`))
	require.NoError(t, err)
	require.Equal(t, Encode(&GroupMod{Header: Header{Xid: 5}, Type: GroupSelect, Group: 1,
		Buckets: []Bucket{{Actions: Actions(nil).Output(2, 0xffff)}}}), Encode(m))
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
