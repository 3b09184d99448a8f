package nicira

import (
	"encoding/binary"
	"net/netip"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// sample is a message, and a part of what ovs-ofctl prints of it.
type sample struct {
	m    Message
	text string
}

var (
	v10, v13 = Header{Version: openflow.Version10}, Header{Version: openflow.Version13}
	nxMatch  = oxm.Match(nil).Uint(oxm.NXEthType, 0x806).Uint(oxm.Reg(0), 5).Uint(oxm.NXARPOp, 1)
	output   = Actions(of10.Actions(nil).Output(3, 0))
	packetOf = make([]byte, 60)
	metadata = oxm.Match(nil).Uint(oxm.InPort, 7).Uint(oxm.Reg(0), 5)
	apply13  = Actions(of13.Instructions(nil).Apply(of13.Actions(nil).Output(3, 0)))
	tlvMaps  = []TLVMap{{Class: 0xffff, Type: 1, Len: 8, Index: 3}}
	tuple    = CTTuple{Src: netip.MustParseAddr("10.0.0.1"), Dst: netip.MustParseAddr("10.0.0.2"),
		SrcPort: 5, DstPort: 80}
	zone   = CTProperty{Type: CTZone, Value: []byte{0, 9, 0, 0}}
	bucket = Bucket{ID: 4, Actions: output, Properties: []BucketProperty{
		{Type: BucketWeight, Value: []byte{0, 7, 0, 0}}}}
	ipfixStat = IPFIXStats{TotalFlows: 3, CollectorSet: 2, TxErrors: 1<<64 - 1}
)

// both are the messages that every version has.
func both(h Header) []sample {
	reply := TypeStatsReply
	if h.Version == openflow.Version13 {
		reply = TypeMultipartReply
	}
	stats := Stats{Version: h.Version, Type: reply}
	return []sample{
		{&RoleRequest{h, RolePrimary}, "role=primary"},
		{&RoleReply{h, RoleOther}, "role=equal"},
		{&FlowModTableID{Header: h, Set: 1}, "enable"},
		{&SetPacketInFormat{h, PacketInNXM2}, "format=nxt_packet_in2"},
		{&FlowAge{h}, "NXT_FLOW_AGE"},
		{&SetControllerID{Header: h, ID: 5}, "id=5"},
		{&SetAsyncConfig{Header: h, PortStatus: [2]uint32{7, 1}}, "PORT_STATUS: add delete modify"},
		{&SetAsyncConfig2{h, []AsyncProperty{{Type: AsyncPacketInPrimary, Value: []byte{0, 0, 0, 2}}}}, "PACKET_IN: action"},
		{&FlowRemoved{Header: h, Cookie: 1, Reason: RemovedHardTimeout, Table: 5, Match: nxMatch}, "reason=hard table_id=4"},
		{&TLVTableMod{Header: h, Maps: tlvMaps}, "0xffff   0x1       8  tun_metadata3"},
		{&TLVTableRequest{h}, "NXT_TLV_TABLE_REQUEST"},
		{&TLVTableReply{Header: h, MaxSpace: 256, MaxFields: 64, Maps: tlvMaps}, "allocated option space=8"},
		{&CTFlushZone{Header: h, Zone: 9}, "zone_id=9"},
		{&CTFlush{Header: h, Proto: 6, Properties: []CTProperty{tuple.Property(CTOrigTuple, false), zone}},
			"zone=9 'ct_nw_src=10.0.0.1,ct_nw_dst=10.0.0.2,ct_tp_src=5,ct_tp_dst=80,ct_nw_proto=6'"},
		{&PacketInNX{Header: h, BufferID: NoBuffer, TotalLen: 60, Table: 3, Metadata: metadata, Packet: packetOf},
			"table_id=3 cookie=0x0 total_len=60 reg0=0x5,in_port=7 (via no_match) data_len=60 (unbuffered)"},
		{packetIn2(h), "cookie=0x564c000000000009 total_len=90 reg0=0x5,in_port=7 (via action) data_len=60"},
		{paused(h.Version), "continuation.stack=(top) 0x5 (bottom)"},
		{NewIPFIXBridgeRequest(h.Version), "NXST_IPFIX_BRIDGE request"},
		{&IPFIXBridgeReply{stats, ipfixStat}, "bridge ipfix: flows=3"},
		{NewIPFIXFlowRequest(h.Version), "NXST_IPFIX_FLOW request"},
		{&IPFIXFlowReply{stats, []IPFIXStats{ipfixStat}}, "id   2: flows=3"},
	}
}

// samples has every kind of message.
func samples() []sample {
	all := append(both(v10), both(v13)...)
	return append(append(all, only10...), sample{&FlowMod{Header: v13, Command: FlowModify, BufferID: NoBuffer,
		OutPort: of10.PortNone, Match: nxMatch, Actions: apply13}, "MOD priority=0,arp,reg0=0x5,arp_op=1 actions=output:3"},
		sample{unknown(v13, 1, 2, 3, 4), "decode error"},
		sample{unknown(v10), "decode error"})
}

var only10 = []sample{
	{&SetFlowFormat{Format: FlowFormatNXM}, "format=nxm"},
	{&FlowMod{Header: v10, Table: 3, Command: FlowAdd, Priority: 7, BufferID: NoBuffer, OutPort: of10.PortNone,
		Flags: FlowSendFlowRem, Match: nxMatch, Actions: output},
		"ADD table:3 priority=7,arp,reg0=0x5,arp_op=1 send_flow_rem actions=output:3"},
	{&RequestForward{Request: Encode(&GroupMod{Command: GroupDelete, Group: 3, CommandBucket: BucketAll})},
		"reason=group_mod\n DEL group_id=3,type=all"},
	{&FlowMonitorCancel{ID: 7}, "id=7"},
	{&FlowMonitorPaused{}, "NXT_FLOW_MONITOR_PAUSED"},
	{&FlowMonitorResumed{}, "NXT_FLOW_MONITOR_RESUMED"},
	{&FlowStatsRequest{OutPort: of10.PortNone, Table: 3, Match: nxMatch}, "table=3 arp,reg0=0x5,arp_op=1"},
	{&FlowStatsReply{Flows: []FlowStats{{Table: 1, Priority: 5, IdleAge: 4, Match: nxMatch, Actions: output}, {}}},
		"idle_age=3, priority=5,arp,reg0=0x5,arp_op=1 actions=output:3"},
	{&AggregateRequest{OutPort: 5, Table: 0xff, Match: nxMatch}, "out_port=5 arp"},
	{&AggregateReply{Packets: 1, Bytes: 2, Flows: 3}, "packet_count=1 byte_count=2 flow_count=3"},
	{&FlowMonitorRequest{Monitors: []FlowMonitor{{ID: 5, Flags: MonitorAdd | MonitorOwn, OutPort: of10.PortNone, Table: 3,
		Match: nxMatch}}}, "id=5 flags=add,own table=3 arp"},
	{&FlowMonitorReply{Updates: []FlowUpdate{{Event: UpdateAbbrev, Xid: 9}, {Event: UpdateAdded, Table: 4,
		MatchLen: uint16(len(nxMatch)), Body: append(pad8(nxMatch), output...)}}},
		"event=ABBREV xid=0x9\n event=ADDED table=4 cookie=0 arp,reg0=0x5,arp_op=1 actions=output:3"},
	{&GroupMod{Command: GroupInsertBucket, GroupType: GroupSelect, Group: 3, CommandBucket: BucketLast,
		Buckets: []Bucket{bucket}},
		"INSERT_BUCKET command_bucket_id:last,group_id=3,bucket=bucket_id:4,weight:7,actions=output:3"},
	{&GroupStatsRequest{Group: 4}, "group_id=4"},
	{&GroupStatsReply{Groups: []GroupStats{{Group: 4, Buckets: []BucketCounter{{1, 2}}}}},
		"bucket0:packet_count=1,byte_count=2"},
	{&GroupDescRequest{Group: 4}, "group_id=4"},
	{&GroupDescReply{Groups: []GroupDesc{{Group: 4, Type: GroupSelect, Buckets: []Bucket{bucket}}}},
		"group_id=4,type=select,bucket=bucket_id:4,weight:7,actions=output:3"},
	{&GroupFeaturesRequest{}, "NXST_GROUP_FEATURES request"},
	{&GroupFeaturesReply{Types: 2, MaxGroups: [4]uint32{1, 2, 3, 4}, Actions: [4]uint32{1, 1, 1, 1}}, "max_groups=0x2"},
	{&UnknownStats{Stats: Stats{Version: 1, Type: TypeStatsReply, Kind: StatsVendor, Vendor: vendor, Subtype: 99},
		Data: []byte{1}}, "decode error"},
}

func unknown(h Header, data ...byte) *Unknown {
	h.Type, h.Vendor, h.Subtype = TypeExperimenter, vendor, 99
	return &Unknown{h, data}
}

func pad8(b []byte) []byte {
	out := append([]byte(nil), b...)
	for len(out)%8 != 0 {
		out = append(out, 0)
	}
	return out
}

// packetIn2 is a packet-in as ovs-vswitchd sends it: one from a flow with userdata.
func packetIn2(h Header) *PacketIn2 {
	return &PacketIn2{h, []PacketInProperty{
		{Type: PacketInPacket, Value: packetOf},
		{Type: PacketInFullLen, Value: []byte{0, 0, 0, 90}},
		{Type: PacketInTable, Value: []byte{10}},
		{Type: PacketInCookie, Value: []byte{0, 0, 0, 0, 0x56, 0x4c, 0, 0, 0, 0, 0, 9}},
		{Type: PacketInReasonProp, Value: []byte{1}},
		{Type: PacketInMetadata, Value: metadata},
		{Type: PacketInUserData, Value: []byte("dhcp")},
	}}
}

// continuation has every property.
var continuation = func() (b []byte) {
	add := func(t ContinuationType, v ...byte) {
		b = binary.BigEndian.AppendUint16(b, uint16(t))
		b = append(binary.BigEndian.AppendUint16(b, uint16(propHeadLen+len(v))), v...)
		b = pad8(b)
	}
	add(ContinuationBridge, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
	add(ContinuationStack, 0, 0, 0, 5)
	add(ContinuationMirrors, 0, 0, 0, 3)
	add(ContinuationConntracked)
	add(ContinuationTable, 2)
	add(ContinuationCookie, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8)
	add(ContinuationODPPort, 0, 0, 0, 6)
	return b
}()

func paused(v openflow.Version) *Resume {
	p := PacketIn{Packet: packetOf, Cookie: 5, Reason: ReasonAction, Metadata: metadata, Continuation: continuation}
	return p.Resume(v)
}
