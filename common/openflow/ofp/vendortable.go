package ofp

import (
	"net/netip"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
)

// Limits of options of tunnels.
const (
	tlvLenMax = 124 // bytes
	tlvFields = 64
)

var tlvCommands = [3]string{"ADD", "DEL", "CLEAR"}

func (t *text) tlvTableMod(m *nicira.TLVTableMod) error {
	if int(m.Command) >= len(tlvCommands) {
		return spot{16, "Command"}.refuse("NXTTMFC_BAD_COMMAND", "%d: expected 0 to 2", m.Command)
	}
	if err := checkMaps(24, m.Maps, tlvFields); err != nil {
		return err
	}
	t.s("\n ", tlvCommands[m.Command])
	if m.Command != nicira.TLVClear {
		t.tlvMaps(m.Maps)
	}
	return nil
}

// checkMaps checks maps, which begin at an offset.
func checkMaps(at int, maps []nicira.TLVMap, fields uint16) error {
	const mapLen = 8
	for n, m := range maps {
		here := item(at+n*mapLen, "Maps", n)
		switch {
		case m.Len%4 != 0 || m.Len > tlvLenMax:
			return here.refused(spot{3, "Len"}.refuse("NXTTMFC_BAD_OPT_LEN", "%d: expected a multiple of 4 up to %d", m.Len,
				tlvLenMax))
		case m.Index >= fields:
			return here.refused(spot{4, "Index"}.refuse("NXTTMFC_BAD_FIELD_IDX", "%d: expected less than %d", m.Index, fields))
		}
	}
	return nil
}

func (t *text) tlvTableReply(m *nicira.TLVTableReply) error {
	if err := checkMaps(32, m.Maps, m.MaxFields); err != nil {
		return err
	}
	space := 0
	for _, e := range m.Maps {
		space += int(e.Len)
	}
	t.f("\n max option space=%d max fields=%d\n allocated option space=%d\n\n", m.MaxSpace, m.MaxFields, space)
	t.tlvMaps(m.Maps)
	return nil
}

func (t *text) tlvMaps(maps []nicira.TLVMap) {
	t.s(" mapping table:\n  class  type  length  match field\n ------  ----  ------  --------------")
	for _, m := range maps {
		t.f("\n %6s  %4s  %6d  tun_metadata%d", hexNumberText(uint64(m.Class)), hexNumberText(uint64(m.Type)), m.Len, m.Index)
	}
}

func (t *text) ctFlush(m *nicira.CTFlush) error {
	if !fieldtext.AllBytes(m.Zero[:], 0) {
		return spot{17, "Zero"}.refuse(mustBeZero, "%x: expected zeros", m.Zero)
	}
	c, err := m.Match()
	if err != nil {
		return spot{24, ""}.refused(err)
	}
	t.f(" zone=%d '", c.Zone)
	t.ctTuple(c, &c.Orig)
	t.f(",ct_nw_proto=%d' '", c.Proto)
	t.ctTuple(c, &c.Reply)
	t.s("'")
	return nil
}

func (t *text) ctTuple(m *nicira.CTMatch, p *nicira.CTTuple) {
	net := "ct_ipv6"
	if m.IPv4 {
		net = "ct_nw"
	}
	t.s(net, "_src=", mappedText(p.Src), ",", net, "_dst=", mappedText(p.Dst))
	if m.ICMP() {
		t.f(",icmp_id=%d,icmp_type=%d,icmp_code=%d", p.ICMPID, p.ICMPType, p.ICMPCode)
		return
	}
	t.f(",ct_tp_src=%d,ct_tp_dst=%d", p.SrcPort, p.DstPort)
}

// mappedText is an address of IPv6, or the one of IPv4 that is mapped to it.
func mappedText(a netip.Addr) string {
	if !a.IsValid() {
		a = netip.IPv6Unspecified()
	}
	if a.Is4In6() {
		return a.Unmap().String()
	}
	b := a.As16()
	return string(fieldtext.AppendIP(nil, b[:], nil))
}

// ipfix writes the counters of an exporter, the second line indented.
func (t *text) ipfix(s *nicira.IPFIXStats, indent int) {
	t.counter("flows=", s.TotalFlows, ", ")
	t.counter("current flows=", s.CurrentFlows, ", ")
	t.counter("sampled pkts=", s.Packets, ", ")
	t.counter("ipv4 ok=", s.IPv4Packets, ", ")
	t.counter("ipv6 ok=", s.IPv6Packets, ", ")
	t.counter("tx pkts=", s.TxPackets, "\n")
	t.s(strings.Repeat(" ", indent))
	t.counter("pkts errs=", s.ErrorPackets, ", ")
	t.counter("ipv4 errs=", s.IPv4Errors, ", ")
	t.counter("ipv6 errs=", s.IPv6Errors, ", ")
	t.counter("tx errs=", s.TxErrors, "\n")
}
