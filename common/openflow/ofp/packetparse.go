package ofp

import (
	"bytes"
	"encoding/binary"
)

// parsed is what a switch sees of a packet, zero where the packet has nothing or is cut off.
type parsed struct {
	typ            uint32 // packet_type
	src, dst       [6]byte
	tags           []uint16 // VLAN tags, the outermost first
	eth            uint16
	labels         []uint32 // of MPLS
	ip4Src, ip4Dst [4]byte
	ip6Src, ip6Dst [16]byte
	label          uint32
	tos, ttl       uint8
	proto, frag    uint8
	tpSrc, tpDst   uint16
	tcpFlags       uint16
	macSrc, macDst [6]byte // of ARP or neighbour discovery
	target         [16]byte
	nsh            nshHeader
	transport      []byte // what starts at the transport header
}

type nshHeader struct {
	flags, ttl, mdType, next uint8
	path                     uint32
	context                  [4]uint32
}

// Limits and fixed lengths of headers.
const (
	macLen     = 6
	ethLen     = 14
	tagLen     = 4
	tagsMax    = 2
	labelLen   = 4
	labelsMax  = 3
	ethTypeMin = 0x600
	notEthType = 0x5ff
	snapLen    = 8
	ip4Len     = 20
	ip6Len     = 40
	arpLen     = 28
	nshLen     = 8
	nsh1Len    = 24
	tcpLen     = 20
	udpLen     = 8
	sctpLen    = 12
	icmpLen    = 8
	icmp6Len   = 4
)

const (
	ethVLAN  = 0x8100
	ethQinQ  = 0x88a8
	mplsEnd  = 0x100
	fragAny  = 1
	fragLate = 2

	protoIGMP     = 2
	protoHopOpts  = 0
	protoRouting  = 43
	protoFragment = 44
	protoAH       = 51
	protoDestOpts = 60
)

// parse reads a packet as a switch does.
func parse(b []byte, typ uint32) parsed {
	p := parsed{typ: typ}
	if typ == 0 {
		if len(b) < ethLen {
			return p
		}
		b = p.ethernet(b)
	} else {
		p.eth = uint16(typ)
	}
	if p.eth == ethMPLS || p.eth == ethMPLSMany {
		b = p.mpls(b)
	}
	switch p.eth {
	case ethIPv4:
		b = p.ipv4(b)
	case ethIPv6:
		b = p.ipv6(b)
	case ethARP, ethRARP:
		p.arp(b)
		return p
	case ethNSH:
		p.parseNSH(b)
		return p
	default:
		return p
	}
	if p.transport = b; b != nil && p.frag&fragLate == 0 {
		p.ports(b)
	}
	return p
}

func (p *parsed) ethernet(b []byte) []byte {
	copy(p.dst[:], b)
	copy(p.src[:], b[macLen:])
	b = b[2*macLen:]
	for len(p.tags) < tagsMax && len(b) >= tagLen+2 {
		if t := binary.BigEndian.Uint16(b); t != ethVLAN && t != ethQinQ {
			break
		}
		p.tags = append(p.tags, binary.BigEndian.Uint16(b[2:])|vlanCFI)
		b = b[tagLen:]
	}
	p.eth = binary.BigEndian.Uint16(b)
	b = b[2:]
	if p.eth >= ethTypeMin {
		return b
	}
	p.eth = notEthType
	if len(b) < snapLen || !bytes.Equal(b[:6], []byte{0xaa, 0xaa, 3, 0, 0, 0}) {
		return b
	}
	if t := binary.BigEndian.Uint16(b[6:]); t >= ethTypeMin {
		p.eth = t
	}
	return b[snapLen:]
}

func (p *parsed) mpls(b []byte) []byte {
	for len(b) >= labelLen {
		l := binary.BigEndian.Uint32(b)
		b = b[labelLen:]
		if len(p.labels) < labelsMax {
			p.labels = append(p.labels, l)
		}
		if l&mplsEnd != 0 {
			break
		}
	}
	return b
}

// ipv4 returns what follows the header, without padding; nil if the header is wrong.
func (p *parsed) ipv4(b []byte) []byte {
	if len(b) < ip4Len {
		return nil
	}
	head, total := int(b[0]&0xf)*4, int(binary.BigEndian.Uint16(b[2:]))
	if head < ip4Len || len(b) < head || total > len(b) || head > total || len(b)-total > 0xffff {
		return nil
	}
	copy(p.ip4Src[:], b[12:])
	copy(p.ip4Dst[:], b[16:])
	p.tos, p.ttl, p.proto = b[1], b[8], b[9]
	const moreFragments, offset = 0x2000, 0x1fff
	if v := binary.BigEndian.Uint16(b[6:]); v&(moreFragments|offset) != 0 {
		p.frag = fragAny
		if v&offset != 0 {
			p.frag |= fragLate
		}
	}
	return b[head:total:total]
}

// ipv6 returns what follows the headers, without padding; nil if they are wrong.
func (p *parsed) ipv6(b []byte) []byte {
	if len(b) < ip6Len {
		return nil
	}
	n := int(binary.BigEndian.Uint16(b[4:]))
	if n+ip6Len > len(b) || len(b)-ip6Len-n > 0xffff {
		return nil
	}
	copy(p.ip6Src[:], b[8:])
	copy(p.ip6Dst[:], b[24:])
	word := binary.BigEndian.Uint32(b)
	proto, frag, rest := extensions(b[6], b[ip6Len:ip6Len+n:ip6Len+n])
	if p.frag = 0; rest == nil {
		return nil
	}
	p.label, p.tos, p.ttl, p.proto, p.frag = word&0xfffff, uint8(word>>20), b[7], proto, frag
	return rest
}

// extensions skips the extension headers of IPv6. The rest is nil if they do not fit.
func extensions(next uint8, b []byte) (proto, frag uint8, rest []byte) {
	const least = 8 // of any extension header
	for {
		n := 0
		switch next {
		case protoHopOpts, protoRouting, protoDestOpts, protoAH, protoFragment:
		default:
			return next, frag, b
		}
		if len(b) < least {
			return next, frag, nil
		}
		switch next {
		case protoAH:
			n = (int(b[1]) + 2) * 4
		case protoFragment:
			n = least
		default:
			n = (int(b[1]) + 1) * 8
		}
		if n > len(b) {
			return next, frag, nil
		}
		fragment, head := next == protoFragment, b
		next, b = b[0], b[n:]
		if v := binary.BigEndian.Uint16(head[2:]); fragment && v != 0 {
			frag = fragAny
			if v&0xfff8 != 0 {
				return protoFragment, fragAny | fragLate, b
			}
		}
	}
}
