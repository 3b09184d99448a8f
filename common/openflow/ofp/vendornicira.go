package ofp

import (
	"encoding/binary"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// nicira writes the body of a message of Nicira.
func (t *text) nicira(m nicira.Message) error {
	switch m := m.(type) {
	case *nicira.FlowAge, *nicira.TLVTableRequest, *nicira.FlowMonitorPaused, *nicira.FlowMonitorResumed:
		return nil
	case *nicira.RoleRequest:
		return t.niciraRole(m.Role)
	case *nicira.RoleReply:
		return t.niciraRole(m.Role)
	case *nicira.SetFlowFormat:
		t.s(" format=", flowFormat(m.Format))
	case *nicira.FlowModTableID:
		t.s(map[bool]string{false: " disable", true: " enable"}[m.Set != 0])
	case *nicira.SetPacketInFormat:
		return t.packetInFormat(m.Format)
	case *nicira.SetControllerID:
		t.u(" id=", uint64(m.ID))
	case *nicira.SetAsyncConfig:
		t.async13(&of13.AsyncConfig{PacketIn: m.PacketIn, PortStatus: m.PortStatus, FlowRemoved: m.FlowRemoved})
	case *nicira.SetAsyncConfig2:
		return t.async2(m.Properties)
	case *nicira.TLVTableMod:
		return t.tlvTableMod(m)
	case *nicira.TLVTableReply:
		return t.tlvTableReply(m)
	case *nicira.CTFlushZone:
		t.u(" zone_id=", uint64(m.Zone))
	case *nicira.CTFlush:
		return t.ctFlush(m)
	case *nicira.RequestForward:
		return t.requestForward(m.Request)
	case *nicira.FlowMonitorCancel:
		t.u(" id=", uint64(m.ID))
	default:
		return t.niciraFlow(m)
	}
	return nil
}

// niciraFlow writes the body of a message that is about flows, groups or packets.
func (t *text) niciraFlow(m nicira.Message) error {
	switch m := m.(type) {
	case *nicira.FlowMod:
		return t.niciraFlowMod(m)
	case *nicira.FlowRemoved:
		return t.niciraFlowRemoved(m)
	case *nicira.PacketInNX:
		return t.packetInNX(m)
	case *nicira.PacketIn2, *nicira.Resume:
		return t.packetIn2()
	case *nicira.GroupMod:
		return t.niciraGroupMod(m)
	}
	return t.niciraStats(m)
}

// niciraStats writes the body of statistics of Nicira.
func (t *text) niciraStats(m nicira.Message) error {
	if s, ok := m.(interface{ Part() *nicira.Stats }); ok {
		t.statsFlags(uint16(s.Part().Flags), s.Part().Reply() || t.v >= openflow.Version13)
	}
	switch m := m.(type) {
	case *nicira.IPFIXBridgeRequest, *nicira.IPFIXFlowRequest, *nicira.GroupFeaturesRequest:
	case *nicira.FlowStatsRequest:
		return t.niciraFlowRequest(m.Table, m.OutPort, m.Match)
	case *nicira.AggregateRequest:
		return t.niciraFlowRequest(m.Table, m.OutPort, m.Match)
	case *nicira.FlowStatsReply:
		return t.niciraFlowStats(m.Flows)
	case *nicira.AggregateReply:
		t.aggregate(m.Packets, m.Bytes, m.Flows)
	case *nicira.FlowMonitorRequest:
		return t.niciraMonitors(m.Monitors)
	case *nicira.FlowMonitorReply:
		return t.niciraUpdates(m.Updates)
	case *nicira.GroupStatsRequest:
		t.s(" group_id=", groupName(m.Group))
	case *nicira.GroupStatsReply:
		t.niciraGroupStats(m.Groups)
	case *nicira.GroupDescRequest:
		t.s(" group_id=", groupName(m.Group))
	case *nicira.GroupDescReply:
		return t.niciraGroupDesc(m.Groups)
	case *nicira.GroupFeaturesReply:
		t.niciraGroupFeatures(m)
	case *nicira.IPFIXBridgeReply:
		t.s("\n  bridge ipfix: ")
		t.ipfix(&m.IPFIX, 16)
	case *nicira.IPFIXFlowReply:
		t.f(" %d ids\n", len(m.IPFIX))
		for n := range m.IPFIX {
			t.f("  id %3d: ", m.IPFIX[n].CollectorSet)
			t.ipfix(&m.IPFIX[n], 10)
		}
	default:
		return spot{12, "Subtype"}.refuse(badSubtype, "%T: unknown kind", m)
	}
	return nil
}

// niciraRole writes a role, whose numbers are one less than in OpenFlow 1.2.
func (t *text) niciraRole(r nicira.Role) error {
	if r > nicira.RoleSecondary {
		return spot{16, "Role"}.refuse("OFPRRFC_BAD_ROLE", "%d: expected 0 to 2", r)
	}
	return t.role(spot{16, "Role"}, of13.Role(r+1), 0, true)
}

func flowFormat(f nicira.FlowFormat) string {
	switch f {
	case nicira.FlowFormatOpenFlow10:
		return "openflow10"
	case nicira.FlowFormatNXM:
		return "nxm"
	}
	return "(unknown)"
}

var packetInFormats = [3]string{"standard", "nxt_packet_in", "nxt_packet_in2"}

func (t *text) packetInFormat(f nicira.PacketInFormat) error {
	if int(f) >= len(packetInFormats) {
		return spot{16, "Format"}.refuse("OFPBRC_EPERM", "%d: expected 0 to 2", f)
	}
	t.s(" format=", packetInFormats[f])
	return nil
}

// Codes of refused properties.
const (
	badAsync       = "OFPACFC_INVALID"
	unknownAsync   = "OFPACFC_UNSUPPORTED"
	badPropExp     = "OFPBPC_BAD_EXPERIMENTER"
	unknownPropExp = "OFPBPC_BAD_EXP_TYPE"
	unknownProp    = "OFPBPC_BAD_TYPE"
	badPropValue   = "OFPBPC_BAD_VALUE"
)

// async2 writes a configuration of asynchronous messages as properties say it.
func (t *text) async2(properties []nicira.AsyncProperty) error {
	var masks [2][]uint32 // of primary and of secondary
	for n := range masks {
		masks[n] = make([]uint32, len(asyncKinds))
	}
	at := vendorHeadLen
	for n, p := range properties {
		if err := asyncProperty(&p, &masks); err != nil {
			return item(at, "Properties", n).refused(err)
		}
		at += propLen(p.Length)
	}
	t.asyncRole("primary", masks[0])
	t.asyncRole("secondary", masks[1])
	return nil
}

// asyncProperty takes the reasons of one kind of messages, for controllers of one role.
func asyncProperty(p *nicira.AsyncProperty, masks *[2][]uint32) error {
	if p.Type >= nicira.AsyncExperimenterSecondary {
		return refuseExperimenter(p.Value)
	}
	kind, role := int(p.Type/2), 1-p.Type%2
	switch {
	case kind >= len(asyncKinds):
		return spot{0, "Type"}.refuse(unknownAsync, "%d: unknown type", p.Type)
	case len(p.Value) != 4:
		return spot{2, "Length"}.refuse(badPropLen, "%d bytes of value: expected 4", len(p.Value))
	}
	v := binary.BigEndian.Uint32(p.Value)
	if v&^asyncKinds[kind].known != 0 {
		return propValue.refuse(badAsync, "reasons %#x: expected none outside of %#x", v, asyncKinds[kind].known)
	}
	masks[role][kind] = v
	return nil
}

// propValue is where a property has its value.
var propValue = spot{propHeadLen, "Value"}

// propLen is the length of a property of Nicira's with its padding.
func propLen(length uint16) int { return (int(length) + 7) &^ 7 }

// refuseExperimenter refuses a property of a vendor, of which there are none here.
func refuseExperimenter(v []byte) error {
	const idsLen = 8
	switch {
	case len(v) < idsLen:
		return spot{2, "Length"}.refuse(badPropLen, "%d bytes of value: expected vendor and type", len(v))
	case binary.BigEndian.Uint32(v) == 0:
		return propValue.refuse(badPropExp, "vendor 0")
	}
	return propValue.refuse(unknownPropExp, "vendor %#x type %d: unknown type", binary.BigEndian.Uint32(v),
		binary.BigEndian.Uint32(v[4:]))
}
