package ofp

import (
	"strconv"

	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Ethernet types and IP protocols that have names in text.
const (
	ethIPv4     = 0x0800
	ethARP      = 0x0806
	ethRARP     = 0x8035
	ethIPv6     = 0x86dd
	ethMPLS     = 0x8847
	ethMPLSMany = 0x8848
	ethNSH      = 0x894f

	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
	protoSCTP   = 132

	noProto = 0
)

// protocols are the names that stand for an Ethernet type and an IP protocol. Of several for the same the first is
// printed.
var protocols = []struct {
	name     string
	eth, nwp uint64
}{
	{"icmp", ethIPv4, protoICMP}, {"tcp", ethIPv4, protoTCP}, {"udp", ethIPv4, protoUDP}, {"sctp", ethIPv4, protoSCTP},
	{"icmp6", ethIPv6, protoICMPv6}, {"tcp6", ethIPv6, protoTCP}, {"udp6", ethIPv6, protoUDP},
	{"sctp6", ethIPv6, protoSCTP}, {"ip", ethIPv4, noProto}, {"ipv6", ethIPv6, noProto}, {"arp", ethARP, noProto},
	{"rarp", ethRARP, noProto}, {"mpls", ethMPLS, noProto}, {"mplsm", ethMPLSMany, noProto}, {"ipv4", ethIPv4, noProto},
	{"ip4", ethIPv4, noProto}, {"ip6", ethIPv6, noProto},
}

// protocol writes the short name of the packets, if dl_type is matched and there is one. hideProto says that it stands
// for the IP protocol too.
func (p *printer) protocol(dl uint64) (name string, hideProto bool) {
	if p.flow.Wild(dlType) {
		return "", false
	}
	nwp, m := p.flow.Uint(nwProto)
	for _, c := range protocols {
		if c.eth == dl && (c.nwp == noProto || m != 0 && c.nwp == nwp) {
			p.b = append(append(p.b, c.name...), ',')
			return c.name, c.nwp != noProto
		}
	}
	return "", false
}

func (p *printer) tunnel() {
	if !p.flow.Wild(tunFlagsInfo) {
		v, m := p.flow.Uint(tunFlagsInfo)
		p.name("tun_flags")
		p.b = append(fieldtext.AppendFlags(p.b, fieldtext.TunFlags, v, m, 0xf), ',')
	}
	for _, t := range p.flow.Tuns() {
		p.b = append(p.b, t.Field.Name()...)
		if t.Mask == nil || !fieldtext.AllBytes(t.Mask, 0) {
			p.b = fieldtext.AppendHexBytes(append(p.b, '='), t.Value)
			if t.Mask != nil && !fieldtext.AllBytes(t.Mask, 0xff) {
				p.b = fieldtext.AppendHexBytes(append(p.b, '/'), t.Mask)
			}
		}
		p.b = append(p.b, ',')
	}
}

// Parts of a VLAN tag.
const (
	vidMask  = 0x0fff
	vlanCFI  = 0x1000
	pcpMask  = 0xe000
	pcpShift = 13
)

func (p *printer) vlan() {
	v, m := p.flow.Uint(vlanTCI)
	if m == 0 {
		return
	}
	vid, pcp := m&vidMask, m&pcpMask
	whole := (vid == 0 || vid == vidMask) && (pcp == 0 || pcp == pcpMask) && vid|pcp != 0
	if m&v&vlanCFI != 0 && whole {
		if vid != 0 {
			p.b = append(strconv.AppendUint(append(p.b, "dl_vlan="...), v&vidMask, 10), ',')
		}
		if pcp != 0 {
			p.b = append(strconv.AppendUint(append(p.b, "dl_vlan_pcp="...), v>>pcpShift, 10), ',')
		}
		return
	}
	p.b = fieldtext.AppendHexWide(append(p.b, "vlan_tci="...), v, 4)
	if m != 0xffff {
		p.b = fieldtext.AppendHexWide(append(p.b, '/'), m, 4)
	}
	p.b = append(p.b, ',')
}

var (
	ipv6Lines = []line{line1("ipv6_src", oxm.IPv6Src, address), line1("ipv6_dst", oxm.IPv6Dst, address),
		line1("ipv6_label", oxm.IPv6FlowLabel, label)}
	arpLines  = []line{line1("arp_spa", oxm.ARPSPA, address), line1("arp_tpa", oxm.ARPTPA, address)}
	arpLines2 = []line{line1("arp_sha", oxm.ARPSHA, address), line1("arp_tha", oxm.ARPTHA, address)}
	ipLines   = []line{line1("nw_src", oxm.IPv4Src, address), line1("nw_dst", oxm.IPv4Dst, address)}
	nshLines  = []line{line1("nsh_flags", oxm.NSHFlags, octet), line1("nsh_ttl", oxm.NSHTTL, octet),
		line1("nsh_mdtype", oxm.NSHMDType, octet), line1("nsh_np", oxm.NSHNP, octet),
		line1("nsh_spi", oxm.NSHSPI, path), line1("nsh_si", oxm.NSHSI, octet), line1("nsh_c1", oxm.NSHC1, long32),
		line1("nsh_c2", oxm.NSHC2, long32), line1("nsh_c3", oxm.NSHC3, long32), line1("nsh_c4", oxm.NSHC4, long32)}
	lateLines = []line{line1("nw_ecn", oxm.IPECN, bare), line1("nw_ttl", oxm.IPTTL, bare),
		line1("mpls_label", oxm.MPLSLabel, bare), line1("mpls_tc", oxm.MPLSTC, bare),
		line1("mpls_ttl", oxm.MPLSTTL, bare), line1("mpls_bos", oxm.MPLSBOS, bare)}
	icmpLines = []line{line1("icmp_type", oxm.ICMPv4Type, bare), line1("icmp_code", oxm.ICMPv4Code, bare)}
	ndLines   = []line{line1("nd_target", oxm.NDTarget, address), line1("nd_sll", oxm.NDSLL, address),
		line1("nd_tll", oxm.NDTLL, address), line1("nd_reserved", oxm.NDReserved, bare),
		line1("nd_options_type", oxm.NDOptionsType, bare)}
	portLines = []line{line1("tp_src", oxm.TCPSrc, decimal), line1("tp_dst", oxm.TCPDst, decimal)}
)

func (p *printer) network(dl uint64, hideProto bool) {
	arp := dl == ethARP || dl == ethRARP
	switch {
	case dl == ethIPv6:
		p.lines(ipv6Lines)
	case arp:
		p.lines(arpLines)
	case dl == ethNSH && p.nsh != "":
		p.b = append(p.b, p.nsh...)
	case dl == ethNSH:
		p.lines(nshLines)
	default:
		p.lines(ipLines)
	}
	if !hideProto {
		name := "nw_proto"
		if arp {
			name = "arp_op"
		}
		p.line(line{name, nwProto, bare})
	}
	if arp {
		p.lines(arpLines2)
	}
	p.line(line{"nw_tos", ipDSCP, bare})
	p.lines(lateLines)
	p.b = append(p.b, p.lses...)
	if v, m := p.flow.Uint(ipFrag); m != 0 {
		p.b = append(append(append(p.b, "nw_frag="...), fieldtext.FragName(v, m)...), ',')
	}
}

func (p *printer) transport(dl uint64) {
	nwp, _ := p.flow.Uint(nwProto)
	switch {
	case dl == ethIPv4 && nwp == protoICMP:
		p.lines(icmpLines)
	case dl == ethIPv6 && nwp == protoICMPv6:
		p.lines(icmpLines)
		p.lines(ndLines)
	default:
		p.lines(portLines)
	}
	if (dl == ethIPv4 || dl == ethIPv6) && nwp == protoTCP && !p.flow.Wild(tcpFlagsIn) {
		v, m := p.flow.Uint(tcpFlagsIn)
		p.name("tcp_flags")
		p.b = append(fieldtext.AppendFlags(p.b, fieldtext.TCPFlags, v, m&fieldtext.TCPFlagsMask, fieldtext.TCPFlagsMask), ',')
	}
}
