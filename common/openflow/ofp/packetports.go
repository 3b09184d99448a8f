package ofp

import (
	"encoding/binary"

	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
)

func (p *parsed) arp(b []byte) {
	const etherIPv4 = 0x0001_0800_0604_0000 // hardware and protocol, their address lengths
	if len(b) < arpLen || binary.BigEndian.Uint64(b)&^0xffff != etherIPv4 {
		return
	}
	if op := binary.BigEndian.Uint16(b[6:]); op <= 0xff {
		p.proto = uint8(op)
	}
	copy(p.macSrc[:], b[8:])
	copy(p.ip4Src[:], b[14:])
	copy(p.macDst[:], b[18:])
	copy(p.ip4Dst[:], b[24:])
}

// parseNSH reads a network service header (RFC 8300).
func (p *parsed) parseNSH(b []byte) {
	if len(b) < nshLen {
		return
	}
	word := binary.BigEndian.Uint16(b)
	n := int(word&0x3f) * 4
	if word>>14 != 0 || n > len(b) || n < nshLen || b[2] == 1 && n != nsh1Len {
		return
	}
	p.nsh = nshHeader{flags: uint8(word >> 12 & 3), ttl: uint8(word >> 6 & 0x3f), mdType: b[2], next: b[3],
		path: binary.BigEndian.Uint32(b[4:])}
	if b[2] == 1 {
		for k := range p.nsh.context {
			p.nsh.context[k] = binary.BigEndian.Uint32(b[nshLen+4*k:])
		}
	}
}

// ports reads the transport header.
func (p *parsed) ports(b []byte) {
	switch p.proto {
	case protoTCP:
		if n := headLen(b); n >= tcpLen && n <= len(b) {
			p.tpSrc, p.tpDst = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
			p.tcpFlags = binary.BigEndian.Uint16(b[12:]) & fieldtext.TCPFlagsMask
		}
	case protoUDP:
		if len(b) >= udpLen {
			p.tpSrc, p.tpDst = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
		}
	case protoSCTP:
		if len(b) >= sctpLen {
			p.tpSrc, p.tpDst = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
		}
	case protoICMP, protoIGMP, protoICMPv6:
		if len(b) >= icmpLen {
			p.tpSrc, p.tpDst = uint16(b[0]), uint16(b[1])
		}
		if p.neighbour() && len(b) >= icmpLen {
			p.discovery(b[icmpLen:])
		}
	}
}

// headLen is the length of the header of TCP.
func headLen(b []byte) int {
	if len(b) < tcpLen {
		return 0
	}
	return int(b[12]>>4) * 4
}

// neighbour says whether the packet is neighbour discovery.
func (p *parsed) neighbour() bool {
	const solicit, advert = 135, 136
	return p.proto == protoICMPv6 && p.tpDst == 0 && (p.tpSrc == solicit || p.tpSrc == advert)
}

// discovery reads the target and the addresses of neighbour discovery (RFC 4861, 4.3). An address that is there twice
// makes all of it count for nothing.
func (p *parsed) discovery(b []byte) {
	const optLen, sourceAddr, targetAddr = 8, 1, 2
	if len(b) < len(p.target) {
		return
	}
	copy(p.target[:], b)
	for b = b[len(p.target):]; len(b) >= optLen; {
		n := int(b[1]) * optLen
		if n == 0 || n > len(b) {
			return
		}
		if n == optLen && (b[0] == sourceAddr || b[0] == targetAddr) {
			to := &p.macSrc
			if b[0] == targetAddr {
				to = &p.macDst
			}
			if *to != [6]byte{} {
				p.target, p.macSrc, p.macDst = [16]byte{}, [6]byte{}, [6]byte{}
				return
			}
			copy(to[:], b[2:])
		}
		b = b[n:]
	}
}
