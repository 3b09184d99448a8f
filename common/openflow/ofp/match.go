package ofp

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// form is how a field's value is written.
type form uint8

const (
	formDecimal form = iota
	formHex
	formMAC
	formIP
	formPort
)

type field struct {
	name string
	form form
}

var fields = map[oxm.Field]field{
	oxm.InPort: {"in_port", formPort}, oxm.Metadata: {"metadata", formHex}, oxm.EthDst: {"dl_dst", formMAC},
	oxm.EthSrc: {"dl_src", formMAC}, oxm.EthType: {"dl_type", formHex}, oxm.VLANVID: {"vlan_vid", formHex},
	oxm.VLANPCP: {"vlan_pcp", formDecimal}, oxm.IPDSCP: {"ip_dscp", formDecimal}, oxm.IPECN: {"nw_ecn", formDecimal},
	oxm.IPProto: {"nw_proto", formDecimal}, oxm.IPv4Src: {"nw_src", formIP}, oxm.IPv4Dst: {"nw_dst", formIP},
	oxm.TCPSrc: {"tp_src", formDecimal}, oxm.TCPDst: {"tp_dst", formDecimal}, oxm.UDPSrc: {"tp_src", formDecimal},
	oxm.UDPDst: {"tp_dst", formDecimal}, oxm.ARPOp: {"arp_op", formDecimal}, oxm.ARPSPA: {"arp_spa", formIP},
	oxm.ARPTPA: {"arp_tpa", formIP}, oxm.ARPSHA: {"arp_sha", formMAC}, oxm.ARPTHA: {"arp_tha", formMAC},
	oxm.IPv6Src: {"ipv6_src", formIP}, oxm.IPv6Dst: {"ipv6_dst", formIP}, oxm.TunnelID: {"tun_id", formHex},
	oxm.TunnelSrc: {"tun_src", formIP}, oxm.TunnelDst: {"tun_dst", formIP}, oxm.PktMark: {"pkt_mark", formHex},
}

// describe names a field.
func describe(f oxm.Field) field {
	f = f.Canonical()
	if d, ok := fields[f]; ok {
		return d
	}
	for n := range oxm.RegCount {
		if f == oxm.Reg(n) {
			return field{"reg" + strconv.Itoa(n), formHex}
		}
	}
	return field{f.String(), formHex}
}

// protocols are the names that stand for an Ethernet type and an IP protocol.
var protocols = []struct {
	name    string
	ethType uint64
	ipProto uint64
}{
	{"tcp", 0x0800, 6}, {"udp", 0x0800, 17}, {"icmp", 0x0800, 1}, {"tcp6", 0x86dd, 6}, {"udp6", 0x86dd, 17},
	{"icmp6", 0x86dd, 58},
}

var ethTypes = map[uint64]string{0x0800: "ip", 0x0806: "arp", 0x86dd: "ipv6"}

// FormatMatch writes a match; "" matches everything.
func FormatMatch(m oxm.Match) string {
	var parts []string
	name, hidden := protocol(m)
	if name != "" {
		parts = append(parts, name)
	}
	for t := range m.All() {
		if f := t.Field.Canonical(); t.Mask == nil && hidden[f] {
			continue
		}
		d := describe(t.Field)
		text := d.name + "=" + formatValue(d.form, t.Value)
		if t.Mask != nil {
			text += "/" + formatMask(d.form, t.Mask)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ",")
}

// protocol is the short name of what a match is about, and the fields that it stands for.
func protocol(m oxm.Match) (string, map[oxm.Field]bool) {
	eth, ok := m.GetUint(oxm.EthType)
	if !ok {
		return "", nil
	}
	if proto, ok := m.GetUint(oxm.IPProto); ok {
		for _, p := range protocols {
			if p.ethType == eth && p.ipProto == proto {
				return p.name, map[oxm.Field]bool{oxm.EthType: true, oxm.IPProto: true}
			}
		}
	}
	if name := ethTypes[eth]; name != "" {
		return name, map[oxm.Field]bool{oxm.EthType: true}
	}
	return "", nil
}

func formatValue(f form, v []byte) string {
	switch {
	case f == formMAC && len(v) == 6:
		return net.HardwareAddr(v).String()
	case f == formIP:
		if a, ok := netip.AddrFromSlice(v); ok {
			return a.String()
		}
	case f == formPort && len(v) == 4:
		return FormatPort(binary.BigEndian.Uint32(v))
	case len(v) <= 8 && f == formDecimal:
		return strconv.FormatUint(number(v), 10)
	case len(v) <= 8:
		return fmt.Sprintf("%#x", number(v))
	}
	return fmt.Sprintf("0x%x", v)
}

// formatMask writes the mask of an address as ovs-ofctl does, others in hexadecimal.
func formatMask(f form, mask []byte) string {
	if f == formIP {
		ones, bits := net.IPMask(mask).Size()
		if bits > 0 {
			return strconv.Itoa(ones)
		}
	}
	if f == formDecimal || f == formPort {
		f = formHex
	}
	return formatValue(f, mask)
}

func number(b []byte) uint64 {
	var n uint64
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

var reserved = map[uint32]string{
	0xfffffff7: "UNSET", 0xfffffff8: "IN_PORT", 0xfffffff9: "TABLE", 0xfffffffa: "NORMAL", 0xfffffffb: "FLOOD",
	0xfffffffc: "ALL",
	0xfffffffd: "CONTROLLER", 0xfffffffe: "LOCAL", 0xffffffff: "ANY",
}

// FormatPort writes the number of a port, or the name of a reserved one.
func FormatPort(p uint32) string {
	if name, ok := reserved[p]; ok {
		return name
	}
	return strconv.FormatUint(uint64(p), 10)
}
