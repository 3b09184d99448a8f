package ofp

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/of14"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

var unknownField = oxm.Match{0x80, 0, 0xfe, 4, 0, 0, 0, 0}

// wrong13 are messages of OpenFlow 1.3 with one fault, by how they are refused.
func wrong13() map[string]of13.Message {
	flow := of13.FlowMod{BufferID: of13.NoBuffer, OutPort: of13.PortAny, OutGroup: of13.AnyGroup}
	badMatch, badAction, badPort := flow, flow, flow
	inPort := oxm.Match(nil).Uint(oxm.InPort, 1)
	badMatch.Match.Fields = append(inPort[:len(inPort):len(inPort)], unknownField...)
	unknown := of13.Actions{0, 99, 0, 8, 0, 0, 0, 0}
	badAction.Instructions = of13.Instructions(nil).Apply(of13.Actions(nil).Group(1)).Apply(of13.Actions(nil).Group(1))
	badPort.Instructions = of13.Instructions(nil).Apply(append(of13.Actions(nil).Group(1), unknown...))
	fine := of13.Bucket{WatchPort: of13.PortAny, WatchGroup: of13.AnyGroup, Actions: of13.Actions(nil).Output(1, 0)}
	heavy, acting := fine, fine
	heavy.Weight, acting.Actions = 1, append(fine.Actions[:16:16], unknown...)
	drop := of13.MeterBand{Type: of13.MeterBandDrop, Extra: make([]byte, 4)}
	return map[string]of13.Message{
		"offset 60: OFPT_FLOW_MOD.Match.field_0x8000fe0400000000: unknown field ":               &badMatch,
		"offset 72: OFPT_FLOW_MOD.Instructions.ApplyActions: instruction that is there already": &badAction,
		"offset 72: OFPT_FLOW_MOD.Instructions.Unknown13: unknown type of action":               &badPort,
		"offset 8: OFPT_PORT_MOD.Number: port 66000: ":                                          &of13.PortMod{Number: 66000},
		"offset 50: OFPT_GROUP_MOD.Buckets[1].Weight: only buckets of": &of13.GroupMod{
			Buckets: []of13.Bucket{fine, heavy}},
		"offset 64: OFPST_GROUP_DESC reply.Groups[1].Buckets[0].Actions.Unknown13: unknown type": &of13.GroupDescReply{
			Groups: []of13.GroupDesc{{}, {Buckets: []of13.Bucket{acting}}}},
		"offset 64: OFPST_METER_CONFIG reply.Meters[1].Bands[1].Type: 9: unknown type (OFPMMFC_BAD_BAND)": &of13.
			MeterConfigReply{Meters: []of13.MeterConfig{{Bands: []of13.MeterBand{drop}},
			{Bands: []of13.MeterBand{drop, {Type: 9, Extra: make([]byte, 4)}}}}},
		"offset 90: OFPST_FLOW reply.Flows[1].Flags: 0x8000: ": &of13.FlowStatsReply{
			Flows: []of13.FlowStats{{}, {Flags: 0x8000}}},
		"offset 80: OFPST_PORT_DESC reply.Ports[1].Number: port 66000": &of13.PortDescReply{
			Ports: []of13.Port{{}, {Number: 66000}}},
		"offset 96: ONFT_BUNDLE_ADD_MESSAGE.Message.OFPT_FLOW_MOD.Instructions.Unknown13: ": &of13.BundleAdd{
			Message: of13.Encode(&badPort)},
	}
}

// What is refused is said with its place.
func TestRefusalsSayWhere(t *testing.T) {
	for want, m := range wrong13() {
		_, err := FormatMessage(of13.Encode(m))
		require.ErrorContains(t, err, want)
	}
	inner, err := of14.Append(nil, &of14.BundleControl{})
	require.NoError(t, err)
	add, err := of14.Append(nil, &of14.BundleAdd{Message: inner})
	require.NoError(t, err)
	_, err = FormatMessage(add)
	require.ErrorContains(t, err, "offset 17: OFPT_BUNDLE_ADD_MESSAGE.Message.Type: OFPT_BUNDLE_CONTROL: not for bundles")
	list := of10.FlowStatsReply{Flows: []of10.FlowStats{{Actions: of10.Actions(nil).StripVLAN()},
		{Actions: of10.Actions{0, 99, 0, 8, 0, 0, 0, 0}}}}
	_, err = FormatMessage(of10.Encode(&list))
	require.ErrorContains(t, err, "offset 196: OFPST_FLOW reply.Flows[1].Actions.Unknown10: unknown type of action")
}

func TestRefusalsOfNiciraSayWhere(t *testing.T) {
	head := nicira.Header{Version: 1}
	cookie := oxm.Match(nil).Uint(oxm.Cookie, 1)
	bad := nicira.Actions{0, 99, 0, 8, 0, 0, 0, 0}
	for want, m := range map[string]nicira.Message{
		"offset 60: NXT_FLOW_MOD.Match.field_0x8000fe0400000000: unknown field": &nicira.FlowMod{Header: head,
			Command: nicira.FlowDelete, Match: append(cookie[:len(cookie):len(cookie)], unknownField...)},
		"offset 64: NXT_FLOW_MOD.Actions.Unknown10: unknown type of action": &nicira.FlowMod{Header: head,
			Match: oxm.Match(nil).Uint(oxm.NXInPort, 1).Uint(oxm.NXEthType, 1), Actions: bad},
		"offset 36: NXT_TLV_TABLE_MOD.Maps[1].Index: 64: ": &nicira.TLVTableMod{Header: head,
			Maps: []nicira.TLVMap{{}, {Index: 64}}},
		"offset 24: NXT_SET_ASYNC_CONFIG2.Properties[1].Type: 12: ": &nicira.SetAsyncConfig2{Header: head,
			Properties: []nicira.AsyncProperty{{Value: make([]byte, 4)}, {Type: 12}}},
		"offset 32: NXT_CT_FLUSH.CTZone: malformed property": &nicira.CTFlush{Header: head,
			Properties: []nicira.CTProperty{{Type: nicira.CTZone, Value: make([]byte, 2)}, {Type: nicira.CTZone}}},
		"offset 24: NXT_PACKET_IN2.PacketInTable: malformed property": &nicira.PacketIn2{Header: head,
			Properties: []nicira.PacketInProperty{{Type: nicira.PacketInPacket, Value: make([]byte, 4)},
				{Type: nicira.PacketInTable}}},
		"offset 40: NXT_PACKET_IN2.PacketInContinuation.ContinuationActions.Unknown10": &nicira.PacketIn2{Header: head,
			Properties: []nicira.PacketInProperty{{Type: nicira.PacketInPacket, Value: make([]byte, 4)},
				{Type: nicira.PacketInContinuation, Value: append([]byte{0, 0, 0, 0, 0x80, 6, 0, 16, 0, 0, 0, 0}, bad...)}}},
		"offset 50: NXT_GROUP_MOD.Buckets[0].Properties[0].Length: 1 bytes of value: ": &nicira.GroupMod{Header: head,
			CommandBucket: nicira.BucketAll, Buckets: []nicira.Bucket{{Actions: nicira.Actions{0, 3, 0, 8, 0, 0, 0, 0},
				Properties: []nicira.BucketProperty{{Type: nicira.BucketWeight, Value: []byte{1}}}}}},
		"offset 34: NXST_FLOW_MONITOR reply.Updates[1].Event: 9: unknown event": &nicira.FlowMonitorReply{
			Stats: nicira.Stats{Version: 1}, Updates: []nicira.FlowUpdate{{Event: nicira.UpdateAbbrev}, {Event: 9}}},
	} {
		b, err := nicira.Append(nil, m)
		require.NoError(t, err)
		_, err = FormatMessage(b)
		require.ErrorContains(t, err, want)
	}
}

// Whatever is wrong with a message is at a place that it has, and has a name.
func TestEveryRefusalIsWithinTheMessage(t *testing.T) {
	g := newGen(43)
	refused := 0
	for _, b := range append(g.everyMessage(30), g.vendorMessages(30)...) {
		if len(b) <= 8 || len(b) > 60000 {
			continue
		}
		b = g.damaged(b)
		_, err := FormatMessage(b)
		if err == nil {
			continue
		}
		refused++
		var r *Refused
		require.True(t, errors.As(err, &r), "%x: %v", b, err)
		require.NotEmpty(t, r.Field, "%x: %v", b, err)
		require.NotEmpty(t, r.Name, "%x: %v", b, err)
		require.LessOrEqual(t, r.Offset, len(b), "%x: %v", b, err)
	}
	require.Greater(t, refused, 1000)
}
