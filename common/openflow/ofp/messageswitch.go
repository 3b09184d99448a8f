package ofp

import (
	"math/bits"

	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// Capabilities of a switch.
var (
	capabilities10 = names{"FLOW_STATS", "TABLE_STATS", "PORT_STATS", "STP", "", "IP_REASM", "QUEUE_STATS",
		"ARP_MATCH_IP"}
	capabilities13 = names{"FLOW_STATS", "TABLE_STATS", "PORT_STATS", "GROUP_STATS", "", "IP_REASM", "QUEUE_STATS", "",
		"PORT_BLOCKED"}
)

// known is the set of the bits that have names. Others are not printed in capabilities.
func (n names) known() uint32 {
	var out uint32
	for k, name := range n {
		if name != "" {
			out |= 1 << k
		}
	}
	return out
}

func (t *text) features10(m *of10.FeaturesReply) error {
	t.f(" dpid:%016x\nn_tables:%d, n_buffers:%d\ncapabilities: ", m.DatapathID, m.Tables, m.Buffers)
	t.capabilities(uint32(m.Capabilities), capabilities10)
	if a := m.Actions & actionNames10.known(); a != 0 {
		t.s("actions: ")
		t.actionNames(a, actionNames10)
		t.s("\n")
	}
	return t.ports10(m.Ports)
}

func (t *text) features13(m *of13.FeaturesReply) {
	t.f(" dpid:%016x\nn_tables:%d, n_buffers:%d", m.DatapathID, m.Tables, m.Buffers)
	if m.AuxiliaryID != 0 {
		t.f(", auxiliary_id:%d", m.AuxiliaryID)
	}
	t.s("\ncapabilities: ")
	t.capabilities(uint32(m.Capabilities), capabilities13)
}

// capabilities writes those that are known.
func (t *text) capabilities(v uint32, names names) {
	t.bits(v&names.known(), names)
	t.s("\n")
}

// Names of actions by their number, and the order in which Open vSwitch lists them.
var (
	actionNames10 = names{"output", "set_vlan_vid", "set_vlan_pcp", "strip_vlan", "mod_dl_src", "mod_dl_dst",
		"mod_nw_src", "mod_nw_dst", "mod_nw_tos", "mod_tp_src", "mod_tp_dst", "enqueue"}
	actionNames13 = names{0: "output", 15: "set_mpls_ttl", 16: "dec_mpls_ttl", 17: "push_vlan", 18: "strip_vlan",
		19: "push_mpls", 20: "pop_mpls", 21: "set_queue", 22: "group", 23: "mod_nw_ttl", 24: "dec_ttl", 25: "set_field"}
	actionOrder = []string{"output", "group", "enqueue", "set_field", "set_vlan_vid", "set_vlan_pcp", "strip_vlan",
		"push_vlan", "mod_dl_src", "mod_dl_dst", "mod_nw_src", "mod_nw_dst", "mod_nw_tos", "mod_nw_ttl", "mod_tp_src",
		"mod_tp_dst", "dec_ttl", "set_mpls_ttl", "dec_mpls_ttl", "push_mpls", "pop_mpls", "set_queue"}
)

// actionNames writes the actions of a set.
func (t *text) actionNames(set uint32, names names) {
	if set &= names.known(); set == 0 {
		t.s("<none>")
		return
	}
	sep := ""
	for _, name := range actionOrder {
		for n := range names {
			if names[n] == name && set>>n&1 != 0 {
				t.s(sep, name)
				sep = " "
			}
		}
	}
}

const (
	fragBits   = 3
	invalidTTL = 4 // of OpenFlow 1.0: a flag that later versions do not have
)

var fragModes = [4]string{"normal", "drop", "reassemble", "nx-match"}

// config writes the configuration of a switch; strict says that flags that are not known are refused.
func (t *text) config(flags, missSendLen, allowed uint16, strict bool) error {
	if strict && flags&^allowed != 0 {
		return spot{8, "Flags"}.refuse("OFPSCFC_BAD_FLAGS", "%#x: expected none outside of %#x", flags, allowed)
	}
	t.s(" frags=", fragModes[flags&fragBits])
	if flags&allowed&invalidTTL != 0 {
		t.s(" invalid_ttl_to_controller")
	}
	t.f(" miss_send_len=%d\n", missSendLen)
	return nil
}

// desc writes what a switch says of itself; the strings need not be terminated.
func (t *text) desc(manufacturer, hardware, software, serial, datapath []byte) {
	t.s("\nManufacturer: ", text16(manufacturer), "\nHardware: ", text16(hardware), "\nSoftware: ", text16(software),
		"\nSerial Num: ", text16(serial), "\nDP Description: ", text16(datapath), "\n")
}

var roles = [4]string{"nochange", "equal", "primary", "secondary"}

// role writes a role, which is at a spot. Without generation there is none to print.
func (t *text) role(at spot, r of13.Role, generation uint64, without bool) error {
	if r > of13.RoleSlave {
		return at.refuse("OFPRRFC_BAD_ROLE", "%d: expected 0 to 3", r)
	}
	t.s(" role=", roles[r])
	if !without && generation != unknown64 {
		t.u(" generation_id=", generation)
	}
	return nil
}

// asyncKind is a kind of asynchronous messages: its name, its reasons by number and which of them there are.
type asyncKind struct {
	name    string
	reasons names
	known   uint32
}

var asyncKinds = []asyncKind{
	{"PACKET_IN", names{"no_match", "action", "invalid_ttl", "action_set", "group", "packet_out"}, asyncPacketIn},
	{"PORT_STATUS", names{"add", "delete", "modify"}, 1<<3 - 1},
	{"FLOW_REMOVED", names{"idle", "hard", "delete", "group_delete", "meter_delete", "eviction"}, 1<<6 - 1},
	{"ROLE_STATUS", names{"primary_request", "configuration_changed", "experimenter_data_changed"}, 1<<3 - 1},
	{"TABLE_STATUS", names{3: "vacancy_down", 4: "vacancy_up"}, 1<<3 | 1<<4},
	{"REQUESTFORWARD", names{"group_mod_request", "meter_mod_request"}, 1<<2 - 1},
}

// asyncPacketIn are the reasons of packets that OpenFlow 1.3 has.
const asyncPacketIn = 1<<3 - 1

// async13 writes the configuration of OpenFlow 1.3, where unknown bits do not count.
func (t *text) async13(c *of13.AsyncConfig) {
	for n, role := range [2]string{"primary", "secondary"} {
		t.asyncRole(role, []uint32{c.PacketIn[n] & asyncPacketIn, c.PortStatus[n] & asyncKinds[1].known,
			c.FlowRemoved[n] & asyncKinds[2].known, 0, 0, 0})
	}
}

// asyncRole writes what controllers of a role get: reasons by kind of message.
func (t *text) asyncRole(role string, reasons []uint32) {
	t.s("\n ", role, ":\n")
	for n, k := range asyncKinds {
		t.f("%16s:", k.name)
		for v := reasons[n]; v != 0; v &= v - 1 {
			if bit := bits.TrailingZeros32(v); bit < len(k.reasons) && k.reasons[bit] != "" {
				t.s(" ", k.reasons[bit])
			} else {
				t.u(" ", uint64(bit))
			}
		}
		if reasons[n] == 0 {
			t.s(" (off)")
		}
		t.s("\n")
	}
}
