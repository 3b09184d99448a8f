package vswitch

import (
	"encoding/binary"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Next headers of IPv6 (IANA "Protocol Numbers") that flow_extract steps over.
const (
	headHopByHop = 0
	headRouting  = 43
	headFragment = 44
	headAuth     = 51
	headOptions  = 60
	protoICMPv6  = 58

	ipv6Len     = 40
	ndSolicit   = 135 // RFC 4861 section 4.3
	ndAdvert    = 136
	ndFixedLen  = 24 // ICMPv6 head, reserved, target
	ndSourceLL  = 1  // options
	ndTargetLL  = 2
	moreOffsets = 0xfff9 // of the fragment header: offset and the flag for more
)

// parseIPv6 takes a packet apart (RFC 8200). What ndwrite.go does not write can be matched and copied only.
func (p *packet) parseIPv6(b []byte) {
	if len(b) < ipv6Len || b[0]>>4 != 6 || int(u16(b[4:])) > len(b)-ipv6Len {
		p.l3 = 0
		return
	}
	word := binary.BigEndian.Uint32(b)
	p.set(oxm.IPv6FlowLabel, binary.BigEndian.AppendUint32(nil, word&0xfffff))
	class := byte(word >> 20)
	p.set(oxm.NXIPTOS, []byte{class & 0xfc})
	p.set(oxm.IPECN, []byte{class & 3})
	p.set(oxm.IPTTL, b[7:8])
	p.set(oxm.IPv6Src, b[8:24])
	p.set(oxm.IPv6Dst, b[24:40])
	next, seg, ok := p.skipHeaders(b[6], b[ipv6Len:ipv6Len+int(u16(b[4:]))])
	if !ok {
		return
	}
	p.proto = next
	p.set(oxm.IPProto, []byte{next})
	if p.fields.Value(oxm.IPFrag)[0]&2 != 0 {
		return
	}
	switch p.l4 = p.l3 + ipv6Len + int(u16(b[4:])) - len(seg); {
	case next == protoICMPv6 && len(seg) >= 8:
		p.set(oxm.ICMPv6Type, seg[0:1])
		p.set(oxm.ICMPv6Code, seg[1:2])
		p.parseND(seg)
		p.remember()
	case next == protoUDP && len(seg) >= 8:
		p.set(oxm.UDPSrc, seg[0:2])
		p.set(oxm.UDPDst, seg[2:4])
	case next == protoTCP && len(seg) >= 20:
		p.set(oxm.TCPSrc, seg[0:2])
		p.set(oxm.TCPDst, seg[2:4])
		p.set(oxm.TCPFlags, []byte{seg[12] & 0x0f, seg[13]})
	default:
		p.l4 = 0
	}
}

// skipHeaders steps over extension headers, as parse_ipv6_ext_hdrs does.
func (p *packet) skipHeaders(next byte, b []byte) (byte, []byte, bool) {
	for {
		n := 0
		switch next {
		case headHopByHop, headRouting, headOptions, headAuth, headFragment:
			if len(b) < 8 {
				return 0, nil, false
			}
		}
		switch next {
		case headHopByHop, headRouting, headOptions:
			n = (int(b[1]) + 1) * 8
		case headAuth:
			n = (int(b[1]) + 2) * 4
		case headFragment:
			if at := u16(b[2:]) & moreOffsets; at >= 8 {
				p.set(oxm.IPFrag, []byte{3})
				return headFragment, nil, true
			} else if at != 0 {
				p.set(oxm.IPFrag, []byte{1})
			}
			n = 8
		default:
			return next, b, true
		}
		if n > len(b) {
			return 0, nil, false
		}
		next, b = b[0], b[n:]
	}
}

// parseND takes a neighbour solicitation or advertisement apart (RFC 4861 section 4). One that has the option
// twice has neither target nor addresses.
func (p *packet) parseND(b []byte) {
	if b[1] != 0 || b[0] != ndSolicit && b[0] != ndAdvert {
		return
	}
	p.set(oxm.NDReserved, b[4:8])
	if len(b) < ndFixedLen {
		return
	}
	link, first, twice := map[byte][]byte{}, byte(0), false
	for o := b[ndFixedLen:]; len(o) >= 8 && !twice; {
		n := int(o[1]) * 8
		if n == 0 || n > len(o) {
			break // what came before counts
		}
		if (o[0] == ndSourceLL || o[0] == ndTargetLL) && n == 8 {
			old := link[o[0]]
			twice = old != nil && !zero(old)
			if link[o[0]] = o[2:8]; first == 0 {
				first = o[0]
			}
		}
		o = o[n:]
	}
	p.set(oxm.NDOptionsType, []byte{first})
	if twice {
		return
	}
	p.set(oxm.NDTarget, b[8:24])
	for t, mac := range link { // whatever the message is: a flow may make it the other one
		p.set(linkField[t], mac)
	}
}

// neighbour reports whether the packet has the fields of neighbour discovery.
func (p *packet) neighbour(need oxm.Prereq) bool {
	if !p.has(oxm.ICMPv6Type) || p.fields.Value(oxm.ICMPv6Code)[0] != 0 {
		return false
	}
	switch p.fields.Value(oxm.ICMPv6Type)[0] {
	case ndSolicit:
		return need != oxm.NeedNDAdvert
	case ndAdvert:
		return need != oxm.NeedNDSolicit
	}
	return false
}

// remember keeps what the fields of a message of ICMPv6 are in the frame: which of them are written depends on what
// has changed.
func (p *packet) remember() {
	if p.l4 != 0 && p.proto == protoICMPv6 {
		fields := p.fields
		p.read = &fields
	}
}
