package vswitch

import (
	"bytes"
	"encoding/binary"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Ethernet types and protocols that are parsed.
const (
	ethIPv4 = 0x0800
	ethARP  = 0x0806
	ethVLAN = 0x8100
	ethQinQ = 0x88a8
	ethIPv6 = 0x86dd

	protoICMP = 1
	protoTCP  = 6
	protoUDP  = 17
)

// packet is a frame on its way through the tables: its bytes, and what flows match and change. What changes in fields
// is written back into the bytes when the frame leaves.
type packet struct {
	frame  []byte
	fields oxm.Flow
	read   *oxm.Flow // see remember

	vlan  int // offset of the TCI, 0 without a tag
	l3    int // offset of ARP or IP, 0 for neither
	l4    int // offset behind the IP header, 0 when it is not parsed
	eth   uint16
	proto uint8
}

func u16(b []byte) uint64 { return uint64(binary.BigEndian.Uint16(b)) }

// parse takes a frame apart, as flow_extract does: what is cut short is not there.
func parse(frame []byte) *packet {
	p := &packet{frame: append(make([]byte, 0, len(frame)+8), frame...)}
	p.parse()
	return p
}

func (p *packet) set(f oxm.Field, v []byte) { _ = p.fields.Set(oxm.TLV{Field: f, Value: v}) } // a value of its length

func (p *packet) parse() {
	p.vlan, p.l3, p.l4, p.eth, p.proto = 0, 0, 0, 0, 0
	b := p.frame
	if len(b) < 14 {
		return
	}
	p.set(oxm.EthDst, b[0:6])
	p.set(oxm.EthSrc, b[6:12])
	at := 12
	if p.takeTag(); p.vlan != 0 {
		at += 4
	}
	p.eth, p.l3 = binary.BigEndian.Uint16(b[at:]), at+2
	if p.eth < ethMin {
		p.parseLLC(b[p.l3:])
	}
	p.set(oxm.EthType, binary.BigEndian.AppendUint16(nil, p.eth))
	switch p.eth {
	case ethARP:
		p.parseARP(b[p.l3:])
	case ethIPv4:
		p.parseIPv4(b[p.l3:])
	case ethIPv6:
		p.parseIPv6(b[p.l3:])
	default:
		p.l3 = 0
	}
}

// parseLLC finds the type behind LLC and SNAP (IEEE 802.2), where the field of the type is a length. A frame without
// has the type that Open vSwitch gives it.
func (p *packet) parseLLC(b []byte) {
	if p.eth = ethNone; len(b) >= snapLen && bytes.HasPrefix(b, []byte{0xaa, 0xaa, 3, 0, 0, 0}) && u16(b[6:]) >= ethMin {
		p.eth = uint16(u16(b[6:]))
		p.l3 += snapLen
	}
}

const (
	ethMin  = 0x600 // below this it is a length
	ethNone = 0x5ff
	snapLen = 8
)

const arpLen = 28

// arpFields are the fields of an ARP packet by their offset.
var arpFields = map[int]oxm.Field{6: oxm.ARPOp, 8: oxm.ARPSHA, 14: oxm.ARPSPA, 18: oxm.ARPTHA, 24: oxm.ARPTPA}

func (p *packet) parseARP(b []byte) {
	if len(b) < arpLen || u16(b) != 1 || u16(b[2:]) != ethIPv4 || b[4] != 6 || b[5] != 4 {
		p.l3 = 0
		return
	}
	for at, f := range arpFields {
		p.set(f, b[at:at+f.Len()])
	}
}

func (p *packet) parseIPv4(b []byte) {
	if len(b) < 20 || b[0]>>4 != 4 || b[0]&15 < 5 || len(b) < int(b[0]&15)*4 || int(u16(b[2:])) > len(b) {
		p.l3 = 0
		return
	}
	p.proto = b[9]
	p.set(oxm.IPProto, b[9:10])
	p.set(oxm.NXIPTOS, []byte{b[1] & 0xfc})
	p.set(oxm.IPECN, []byte{b[1] & 3})
	p.set(oxm.IPTTL, b[8:9])
	p.set(oxm.IPv4Src, b[12:16])
	p.set(oxm.IPv4Dst, b[16:20])
	fragment := u16(b[6:]) & 0x3fff
	switch {
	case fragment&0x1fff != 0:
		p.set(oxm.IPFrag, []byte{3})
		return
	case fragment != 0:
		p.set(oxm.IPFrag, []byte{1})
	}
	p.l4 = p.l3 + int(b[0]&15)*4
	p.parseL4(p.frame[p.l4 : p.l3+int(u16(b[2:]))])
}

func (p *packet) parseL4(b []byte) {
	switch {
	case p.proto == protoUDP && len(b) >= 8:
		p.set(oxm.UDPSrc, b[0:2])
		p.set(oxm.UDPDst, b[2:4])
	case p.proto == protoTCP && len(b) >= 20:
		p.set(oxm.TCPSrc, b[0:2])
		p.set(oxm.TCPDst, b[2:4])
		p.set(oxm.TCPFlags, []byte{b[12] & 0x0f, b[13]})
	case p.proto == protoICMP && len(b) >= 8:
		p.set(oxm.ICMPv4Type, b[0:1])
		p.set(oxm.ICMPv4Code, b[1:2])
	default:
		p.l4 = 0
	}
}

// has reports whether the packet has the field. A match that allowed an action may not hold any more when it is done,
// as a resubmit can have changed the packet: then the action is nothing.
func (p *packet) has(f oxm.Field) bool {
	ip, ip6 := p.l3 != 0 && p.eth == ethIPv4, p.l3 != 0 && p.eth == ethIPv6
	switch f.Info().Prereq {
	case oxm.NeedVLAN:
		return p.vlan != 0
	case oxm.NeedARP:
		return p.l3 != 0 && p.eth == ethARP
	case oxm.NeedIPv4:
		return ip
	case oxm.NeedIP:
		return ip || ip6
	case oxm.NeedIPv6:
		return ip6
	case oxm.NeedICMPv6:
		return ip6 && p.l4 != 0 && p.proto == protoICMPv6
	case oxm.NeedND, oxm.NeedNDSolicit, oxm.NeedNDAdvert:
		return p.neighbour(f.Info().Prereq)
	case oxm.NeedTCP:
		return ip && p.l4 != 0 && p.proto == protoTCP
	case oxm.NeedUDP:
		return ip && p.l4 != 0 && p.proto == protoUDP
	case oxm.NeedICMPv4:
		return p.l4 != 0 && p.proto == protoICMP
	case oxm.NeedNothing, oxm.NeedEthernet:
		return true
	}
	return false
}

// clone copies a packet, so that what is done to the copy leaves the original as it is.
func (p *packet) clone() *packet {
	c := *p
	c.frame = append(make([]byte, 0, len(p.frame)+8), p.frame...)
	return &c
}

// render returns the frame with what the fields say now.
func (p *packet) render() []byte {
	b := append([]byte(nil), p.frame...)
	if len(b) < 14 {
		return b
	}
	copy(b[0:6], p.fields.Value(oxm.EthDst))
	copy(b[6:12], p.fields.Value(oxm.EthSrc))
	if p.vlan != 0 {
		tci := binary.BigEndian.Uint16(p.fields.Value(oxm.NXVLANTCI))
		binary.BigEndian.PutUint16(b[p.vlan:], tci&^0x1000)
	}
	switch {
	case p.l3 != 0 && p.eth == ethARP:
		for at, f := range arpFields {
			copy(b[p.l3+at:], p.fields.Value(f))
		}
	case p.l3 != 0 && p.eth == ethIPv4:
		p.renderIPv4(b)
	case p.l3 != 0 && p.eth == ethIPv6:
		p.renderIPv6(b)
		if p.read != nil { // what is written once is not again: which checksums follow depends on the order
			p.frame = append(p.frame[:0:0], b...)
			p.remember()
		}
	}
	return b
}

func (p *packet) renderIPv4(b []byte) {
	ip := b[p.l3:]
	ip[1] = p.fields.Value(oxm.NXIPTOS)[0]&0xfc | p.fields.Value(oxm.IPECN)[0]&3
	ip[8] = p.fields.Value(oxm.IPTTL)[0]
	copy(ip[12:16], p.fields.Value(oxm.IPv4Src))
	copy(ip[16:20], p.fields.Value(oxm.IPv4Dst))
	head := int(ip[0]&15) * 4
	ip[10], ip[11] = 0, 0
	binary.BigEndian.PutUint16(ip[10:], checksum(0, ip[:head]))
	if p.l4 == 0 {
		return
	}
	seg := ip[head:u16(ip[2:])]
	switch p.proto {
	case protoUDP:
		copy(seg[0:2], p.fields.Value(oxm.UDPSrc))
		copy(seg[2:4], p.fields.Value(oxm.UDPDst))
		if u16(seg[6:]) != 0 {
			p.sumL4(ip, seg, 6)
		}
	case protoTCP:
		copy(seg[0:2], p.fields.Value(oxm.TCPSrc))
		copy(seg[2:4], p.fields.Value(oxm.TCPDst))
		p.sumL4(ip, seg, 16)
	}
}

// sumL4 writes the checksum of TCP or UDP over IPv4, which is at an offset of the segment.
func (p *packet) sumL4(ip, seg []byte, at int) {
	seg[at], seg[at+1] = 0, 0
	pseudo := append(append([]byte(nil), ip[12:20]...), 0, p.proto)
	pseudo = binary.BigEndian.AppendUint16(pseudo, uint16(len(seg)))
	sum := checksum(uint32(^checksum(0, pseudo)), seg)
	if sum == 0 && p.proto == protoUDP {
		sum = 0xffff
	}
	binary.BigEndian.PutUint16(seg[at:], sum)
}

// checksum is the Internet checksum (RFC 1071), begun with acc.
func checksum(acc uint32, b []byte) uint16 {
	for i := 0; i+1 < len(b); i += 2 {
		acc += uint32(b[i])<<8 | uint32(b[i+1])
	}
	if len(b)%2 == 1 {
		acc += uint32(b[len(b)-1]) << 8
	}
	for acc > 0xffff {
		acc = acc>>16 + acc&0xffff
	}
	return ^uint16(acc)
}

// pushVLAN adds a tag with an Ethernet type. Its id and priority are 0, whatever tag is there already.
func (p *packet) pushVLAN(eth uint16) {
	b := p.render()
	tag := binary.BigEndian.AppendUint16(nil, eth)
	p.frame = append(append(append([]byte(nil), b[:12]...), append(tag, 0, 0)...), b[12:]...)
	p.shift(4)
}

// popVLAN takes the outermost tag off, if there is one.
func (p *packet) popVLAN() {
	if p.vlan != 0 {
		b := p.render()
		p.frame = append(b[:12:12], b[16:]...)
		p.shift(-4)
	}
}

// shift moves what is behind the tags, and takes the tag that is outermost now. What was found in the frame stays
// known, however many tags are put in front of it.
func (p *packet) shift(n int) {
	if p.l3 != 0 {
		p.l3 += n
	}
	if p.l4 != 0 {
		p.l4 += n
	}
	p.takeTag()
	p.remember()
}

// takeTag sets the field of the outermost tag.
func (p *packet) takeTag() {
	p.vlan = 0
	tci := uint16(0)
	if t := binary.BigEndian.Uint16(p.frame[12:]); (t == ethVLAN || t == ethQinQ) && len(p.frame) >= 18 {
		p.vlan = 14
		tci = binary.BigEndian.Uint16(p.frame[p.vlan:]) | 0x1000
	}
	p.set(oxm.NXVLANTCI, binary.BigEndian.AppendUint16(nil, tci))
}
