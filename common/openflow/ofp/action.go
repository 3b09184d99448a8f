package ofp

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// FormatInstructions writes what a flow does; "drop" when it does nothing.
func FormatInstructions(i of13.Instructions) string {
	var parts []string
	for e := range i.All() {
		parts = append(parts, formatInstruction(e)...)
	}
	if len(parts) == 0 {
		return "drop"
	}
	return strings.Join(parts, ",")
}

func formatInstruction(e of13.Raw) []string {
	body := e.Body
	switch t := of13.InstructionType(e.Type); {
	case t == of13.InstructionGotoTable && len(body) >= 1:
		return []string{"goto_table:" + strconv.Itoa(int(body[0]))}
	case t == of13.InstructionApplyActions && len(body) >= 4:
		return actions(of13.Actions(body[4:]))
	case t == of13.InstructionWriteActions && len(body) >= 4:
		return []string{"write_actions(" + strings.Join(actions(of13.Actions(body[4:])), ",") + ")"}
	case t == of13.InstructionClearActions:
		return []string{"clear_actions"}
	case t == of13.InstructionMeter && len(body) >= 4:
		return []string{"meter:" + strconv.FormatUint(uint64(binary.BigEndian.Uint32(body)), 10)}
	}
	return []string{fmt.Sprintf("instruction_%d(%x)", e.Type, body)}
}

// FormatActions writes a list of actions.
func FormatActions(a of13.Actions) string { return strings.Join(actions(a), ",") }

func actions(a of13.Actions) []string {
	var out []string
	for e := range a.All() {
		out = append(out, formatAction(e))
	}
	return out
}

func formatAction(e of13.Raw) string {
	body := e.Body
	switch t := of13.ActionType(e.Type); {
	case t == of13.ActionOutput && len(body) >= 6:
		port := binary.BigEndian.Uint32(body)
		switch {
		case port == of13.PortController:
			return "CONTROLLER:" + strconv.Itoa(int(binary.BigEndian.Uint16(body[4:])))
		case port > of13.PortMax:
			return fieldtext.FormatPort(port)
		}
		return "output:" + fieldtext.FormatPort(port)
	case t == of13.ActionGroup && len(body) >= 4:
		return "group:" + strconv.FormatUint(uint64(binary.BigEndian.Uint32(body)), 10)
	case t == of13.ActionSetField:
		return formatSetField(body)
	case t == of13.ActionPopVLAN:
		return "pop_vlan"
	case t == of13.ActionPushVLAN && len(body) >= 2:
		return fmt.Sprintf("push_vlan:%#04x", binary.BigEndian.Uint16(body))
	case t == of13.ActionDecNwTTL:
		return "dec_ttl"
	case t == of13.ActionExperimenter && len(body) >= 6 && binary.BigEndian.Uint32(body) == openflow.VendorNicira:
		if s := formatNicira(binary.BigEndian.Uint16(body[4:]), body[6:]); s != "" {
			return s
		}
	}
	return fmt.Sprintf("action_%d(%x)", e.Type, body)
}

func formatSetField(body []byte) string {
	t, _, err := oxm.Match(body).Next()
	if err != nil {
		return fmt.Sprintf("set_field(%x)", body)
	}
	d := describe(t.Field)
	name := map[string]string{"dl_src": "eth_src", "dl_dst": "eth_dst", "nw_src": "ip_src", "nw_dst": "ip_dst"}[d.name]
	if name == "" {
		name = d.name
	}
	return "set_field:" + formatValue(d.form, t.Value) + "->" + name
}

// formatNicira writes the actions of Nicira that we use, "" for the others.
func formatNicira(subtype uint16, b []byte) string {
	switch {
	case subtype == nicira.ActionRegMove && len(b) >= 14:
		src := oxm.HeaderField(binary.BigEndian.Uint32(b[6:]))
		dst := oxm.HeaderField(binary.BigEndian.Uint32(b[10:]))
		bits := int(binary.BigEndian.Uint16(b))
		return "move:" + bitsOf(src, int(binary.BigEndian.Uint16(b[2:])), bits) + "->" +
			bitsOf(dst, int(binary.BigEndian.Uint16(b[4:])), bits)
	case subtype == nicira.ActionRegLoad && len(b) >= 14:
		ofs, n := int(binary.BigEndian.Uint16(b)>>6), int(binary.BigEndian.Uint16(b)&0x3f)+1
		dst := oxm.HeaderField(binary.BigEndian.Uint32(b[2:]))
		return fmt.Sprintf("load:%#x->%s", binary.BigEndian.Uint64(b[6:]), bitsOf(dst, ofs, n))
	case subtype == nicira.ActionResubmit && len(b) >= 3 && binary.BigEndian.Uint16(b) == resubmitInPort:
		return fmt.Sprintf("resubmit(,%d)", b[2])
	case subtype == nicira.ActionController2 && len(b) >= 6:
		return formatController(b[6:])
	}
	return ""
}

func bitsOf(f oxm.Field, ofs, n int) string {
	name := nxmName(f)
	switch {
	case ofs == 0 && n == f.Len()*8:
		return name + "[]"
	case n == 1:
		return fmt.Sprintf("%s[%d]", name, ofs)
	}
	return fmt.Sprintf("%s[%d..%d]", name, ofs, ofs+n-1)
}

// nxmName is the name under which ovs-ofctl prints a field inside of move and load.
func nxmName(f oxm.Field) string {
	names := map[oxm.Field]string{oxm.EthSrc: "NXM_OF_ETH_SRC", oxm.EthDst: "NXM_OF_ETH_DST", oxm.ARPSHA: "NXM_NX_ARP_SHA",
		oxm.ARPTHA: "NXM_NX_ARP_THA", oxm.ARPSPA: "NXM_OF_ARP_SPA", oxm.ARPTPA: "NXM_OF_ARP_TPA",
		oxm.TunnelID: "NXM_NX_TUN_ID"}
	if n, ok := names[f.Canonical()]; ok {
		return n
	}
	for n := range oxm.RegCount {
		if f == oxm.Reg(n) {
			return "NXM_NX_REG" + strconv.Itoa(n)
		}
	}
	return f.String()
}

const resubmitInPort = 0xfff8 // OFPP_IN_PORT of OpenFlow 1.0

const propUserData = 3 // NXAC2PT_USERDATA

func formatController(b []byte) string {
	if len(b) < 4 || binary.BigEndian.Uint16(b) != propUserData {
		return ""
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	if n < 4 || n > len(b) {
		return ""
	}
	var bytes []string
	for _, c := range b[4:n] {
		bytes = append(bytes, fmt.Sprintf("%02x", c))
	}
	return "controller(userdata=" + strings.Join(bytes, ".") + ")"
}
