package vswitch

import (
	"encoding/binary"
	"slices"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// What can be written of IPv6: addresses, hop limit, traffic class, and a message of neighbour discovery, which a flow
// may turn round into the answer. The order, and which option is written, are those of odp_execute.

// writable reports whether the model writes a field back into the frame.
func writable(f oxm.Field) bool {
	switch f.Canonical() {
	case oxm.IPv6Src, oxm.IPv6Dst, oxm.ICMPv6Type, oxm.ICMPv6Code, oxm.NDTarget, oxm.NDSLL, oxm.NDTLL, oxm.NDReserved,
		oxm.NDOptionsType:
		return true
	}
	switch f.Info().Prereq {
	case oxm.NeedIPv6, oxm.NeedICMPv6, oxm.NeedND, oxm.NeedNDSolicit, oxm.NeedNDAdvert:
		return false
	}
	return true
}

// renderIPv6 writes back what can be changed.
func (p *packet) renderIPv6(b []byte) {
	ip := b[p.l3:]
	class := uint32(p.fields.Value(oxm.NXIPTOS)[0]&0xfc | p.fields.Value(oxm.IPECN)[0]&3)
	binary.BigEndian.PutUint32(ip, binary.BigEndian.Uint32(ip)&^(0xff<<20)|class<<20)
	ip[7] = p.fields.Value(oxm.IPTTL)[0]
	if p.l4 == 0 { // cut short, or a later fragment: without a checksum
		if p.proto != 0 { // nothing is written behind extension headers that are wrong
			copy(ip[8:24], p.fields.Value(oxm.IPv6Src))
			copy(ip[24:40], p.fields.Value(oxm.IPv6Dst))
		}
		return
	}
	seg := b[p.l4 : p.l3+ipv6Len+int(u16(ip[4:]))]
	before := sumIPv6(ip, seg, p.proto, len(seg))
	copy(ip[8:24], p.fields.Value(oxm.IPv6Src))
	copy(ip[24:40], p.fields.Value(oxm.IPv6Dst))
	if !addressesSummed(ip, p.l4-p.l3) {
		before = sumIPv6(ip, seg, p.proto, len(seg))
	}
	anew := false
	if p.proto == protoICMPv6 {
		anew = p.renderND(b, seg)
		seg[0], seg[1] = p.fields.Value(oxm.ICMPv6Type)[0], p.fields.Value(oxm.ICMPv6Code)[0]
	}
	p.resumIPv6(ip, seg, before, anew)
}

// addressesSummed reports whether a checksum is corrected by what changes of the addresses. It is not behind a routing
// header that has segments left, since the destination there is not the last one (RFC 8200 section 8.1), nor for what a
// fragment header says is whole, which Open vSwitch does not take for a first fragment.
func addressesSummed(ip []byte, l4 int) bool {
	summed, n := true, 0
	for next, b := ip[6], ip[ipv6Len:l4]; len(b) >= 8; next, b = b[0], b[n:] {
		n = (int(b[1]) + 1) * 8
		switch next {
		case headRouting:
			if b[3] > 0 {
				return false
			}
		case headAuth:
			n = (int(b[1]) + 2) * 4
		case headFragment:
			n, summed = 8, u16(b[2:])&moreOffsets == 1
		}
	}
	return summed
}

// checksumAt is where the checksum of a segment is, by its protocol.
var checksumAt = map[uint8]int{protoICMPv6: 2, protoUDP: 6, protoTCP: 16}

// sumIPv6 is the sum of a segment and its pseudo-header (RFC 8200 section 8.1), which has the length and the protocol,
// without the checksum itself.
func sumIPv6(ip, seg []byte, proto uint8, length int) uint16 {
	b := append(slices.Clone(ip[8:40]), 0, 0, byte(length>>8), byte(length), 0, 0, 0, proto)
	at := len(b) + checksumAt[proto]
	b = append(b, seg...)
	b[at], b[at+1] = 0, 0
	return ^checksum(0, b)
}

// resumIPv6 corrects the checksum of a segment by what has changed (RFC 1624), or makes it anew: so one that was wrong
// stays wrong in the first case, as in Open vSwitch.
func (p *packet) resumIPv6(ip, seg []byte, before uint16, anew bool) {
	sum := seg[checksumAt[p.proto]:]
	after := sumIPv6(ip, seg, p.proto, len(seg))
	switch {
	case anew: // as if there were no extension headers
		if after = sumIPv6(ip, seg, protoICMPv6, int(u16(ip[4:]))); ip[6] != protoICMPv6 {
			after = ^checksum(uint32(after)+uint32(^uint16(protoICMPv6))+uint32(ip[6]), nil)
		}
		binary.BigEndian.PutUint16(sum, ^after)
	case after == before || p.proto == protoUDP && u16(sum) == 0:
	default:
		binary.BigEndian.PutUint16(sum, checksum(uint32(^uint16(u16(sum)))+uint32(^before)+uint32(after), nil))
		if p.proto == protoUDP && u16(sum) == 0 { // which says that there is none
			binary.BigEndian.PutUint16(sum, 0xffff)
		}
	}
}

// renderND writes the message of neighbour discovery, and reports whether the checksum is made anew.
func (p *packet) renderND(b, seg []byte) (anew bool) {
	if p.read == nil || len(seg) < ndFixedLen {
		return false
	}
	changed := func(f oxm.Field) bool { return string(p.fields.Value(f)) != string(p.read.Value(f)) }
	if changed(oxm.NDReserved) || changed(oxm.NDOptionsType) {
		copy(seg[4:8], p.fields.Value(oxm.NDReserved))
		if at := p.l4 + ndFixedLen; at < len(b) && changed(oxm.NDOptionsType) { // of the first, whether there is one or not
			b[at] = p.fields.Value(oxm.NDOptionsType)[0]
		}
		anew = true
	}
	if changed(oxm.NDTarget) {
		copy(seg[8:24], p.fields.Value(oxm.NDTarget))
	}
	if changed(oxm.NDSLL) || changed(oxm.NDTLL) {
		p.renderLinks(b, seg, changed)
	}
	return anew
}

// linkField is the field of an option that has a link-layer address, by its type.
var linkField = map[byte]oxm.Field{ndSourceLL: oxm.NDSLL, ndTargetLL: oxm.NDTLL}

// renderLinks writes the first option that has a link-layer address; another one of the same type stays as it is. What
// is left behind an option is counted with the length of the next one, which may be padding behind the segment.
func (p *packet) renderLinks(b, seg []byte, changed func(oxm.Field) bool) {
	o := b[p.l4+ndFixedLen:]
	for left := len(seg) - ndFixedLen; left >= 8 && len(o) >= 8 && o[1] != 0; left -= int(o[1]) * 8 {
		if f, ok := linkField[o[0]]; ok && o[1] == 1 {
			if changed(f) {
				copy(o[2:8], p.fields.Value(f))
			}
			return
		}
		if o = o[min(len(o), int(o[1])*8):]; len(o) < 2 {
			return
		}
	}
}
