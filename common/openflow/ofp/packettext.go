package ofp

import (
	"encoding/binary"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// packet writes a packet on a line: what a switch would match of it, and its checksum.
func (t *text) packet(b []byte, typ uint32) {
	p := parse(b, typ)
	q := printer{b: t.b, flow: *p.flow(), tags: p.tagText(), lses: p.labelText(), nsh: p.nsh.text()}
	start := len(q.b)
	q.match()
	if t.b = q.b; len(t.b) > start {
		t.chomp(',')
	}
	t.checksum(&p)
	t.s("\n")
}

// checksum writes the checksum of the transport header.
func (t *text) checksum(p *parsed) {
	b := p.transport
	half := func(at int) uint16 { return binary.BigEndian.Uint16(b[at:]) }
	switch {
	case p.proto == protoTCP && len(b) >= tcpLen:
		t.f(" tcp_csum:%x", half(16))
	case p.proto == protoUDP && len(b) >= udpLen:
		t.f(" udp_csum:%x", half(6))
	case p.proto == protoSCTP && len(b) >= sctpLen:
		t.f(" sctp_csum:%x", binary.BigEndian.Uint32(b[8:]))
	case p.proto == protoICMP && len(b) >= icmpLen:
		t.f(" icmp_csum:%x", half(2))
	case p.proto == protoICMPv6 && len(b) >= icmp6Len:
		t.f(" icmp6_csum:%x", half(2))
	}
}

// tagText is what follows the outermost VLAN tag: the inner one, or that there is none.
func (p *parsed) tagText() string {
	switch len(p.tags) {
	case 0:
		return ""
	case 1:
		return "vlan_tci1=0x0000,"
	}
	return fmt.Sprintf("dl_vlan1=%d,dl_vlan_pcp1=%d,", p.tags[1]&vidMask, p.tags[1]>>pcpShift)
}

// labelText is what follows the first label of MPLS.
func (p *parsed) labelText() string {
	if p.eth != ethMPLS && p.eth != ethMPLSMany {
		return ""
	}
	out := ""
	for n := range labelsMax {
		l := p.lse(n)
		if n > 0 {
			out += fmt.Sprintf("mpls_lse%d=%d,", n, l)
		}
		if l&mplsEnd != 0 {
			break
		}
	}
	return out
}

func (p *parsed) lse(n int) uint32 {
	if n < len(p.labels) {
		return p.labels[n]
	}
	return 0
}

// flow is the match of exactly this packet.
func (p *parsed) flow() *oxm.Flow {
	var w oxm.Flow
	set := setter{&w}
	if set.uint(oxm.PacketType, uint64(p.typ)); p.typ == 0 {
		set.bytes(oxm.EthSrc, p.src[:])
		set.bytes(oxm.EthDst, p.dst[:])
		set.uint(oxm.EthType, uint64(p.eth))
		tag := uint16(0)
		if len(p.tags) > 0 {
			tag = p.tags[0]
		}
		set.uint(oxm.NXVLANTCI, uint64(tag))
	}
	switch p.eth {
	case ethIPv4:
		set.bytes(oxm.IPv4Src, p.ip4Src[:])
		set.bytes(oxm.IPv4Dst, p.ip4Dst[:])
	case ethIPv6:
		set.bytes(oxm.IPv6Src, p.ip6Src[:])
		set.bytes(oxm.IPv6Dst, p.ip6Dst[:])
		set.uint(oxm.IPv6FlowLabel, uint64(p.label))
		if p.neighbour() {
			set.bytes(oxm.NDTarget, p.target[:])
			set.bytes(oxm.NDSLL, p.macSrc[:])
			set.bytes(oxm.NDTLL, p.macDst[:])
		}
	case ethARP, ethRARP:
		set.bytes(oxm.ARPSPA, p.ip4Src[:])
		set.bytes(oxm.ARPTPA, p.ip4Dst[:])
		set.uint(oxm.ARPOp, uint64(p.proto))
		set.bytes(oxm.ARPSHA, p.macSrc[:])
		set.bytes(oxm.ARPTHA, p.macDst[:])
		return &w
	case ethMPLS, ethMPLSMany:
		set.labels(p.lse(0))
		return &w
	case ethNSH:
	default:
		return &w
	}
	set.network(p)
	return &w
}

// setter fills a flow. Its values fit, so nothing is refused.
type setter struct{ w *oxm.Flow }

func (s setter) bytes(f oxm.Field, v []byte) { _ = s.w.Set(oxm.TLV{Field: f, Value: v}) }

func (s setter) uint(f oxm.Field, v uint64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], v)
	s.bytes(f, b[8-f.Len():])
}

func (s setter) labels(l uint32) {
	s.uint(oxm.MPLSLabel, uint64(l>>12))
	s.uint(oxm.MPLSTC, uint64(l>>9&7))
	s.uint(oxm.MPLSBOS, uint64(l>>8&1))
	s.uint(oxm.MPLSTTL, uint64(l&0xff))
}

// text is what is printed of a network service header.
func (h *nshHeader) text() string {
	const withContext = 1 // metadata type
	out := fmt.Sprintf("nsh_flags=%d,nsh_ttl=%d,nsh_mdtype=%d,nsh_np=%d,nsh_spi=0x%x,nsh_si=%d,", h.flags, h.ttl, h.mdType,
		h.next, h.path>>8, h.path&0xff)
	if h.mdType == withContext {
		for n, c := range h.context {
			out += fmt.Sprintf("nsh_c%d=0x%x,", n+1, c)
		}
	}
	return out
}

func (s setter) network(p *parsed) {
	s.uint(oxm.IPFrag, uint64(p.frag))
	s.uint(oxm.NXIPTOS, uint64(p.tos&dscpMask))
	s.uint(oxm.IPECN, uint64(p.tos&^dscpMask))
	s.uint(oxm.IPTTL, uint64(p.ttl))
	s.uint(oxm.IPProto, uint64(p.proto))
	if p.frag&fragLate != 0 {
		return
	}
	switch p.proto {
	case protoTCP:
		s.uint(oxm.TCPFlags, uint64(p.tcpFlags))
	case protoUDP, protoSCTP, protoICMP, protoICMPv6, protoIGMP:
	default:
		return
	}
	s.uint(oxm.TCPSrc, uint64(p.tpSrc))
	s.uint(oxm.TCPDst, uint64(p.tpDst))
}
