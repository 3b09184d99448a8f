package ofp

import "encoding/binary"

// packet is a packet as a switch may see it: of many protocols, often cut off or broken in a byte.
func (g gen) packet() []byte {
	var b []byte
	for range 12 {
		b = append(b, byte(g.IntN(256)))
	}
	for range pick(g, 0, 0, 0, 1, 2, 3) {
		b = binary.BigEndian.AppendUint16(b, pick[uint16](g, ethVLAN, ethQinQ))
		b = binary.BigEndian.AppendUint16(b, uint16(g.Uint32()))
	}
	eth := pick[uint16](g, ethIPv4, ethIPv4, ethIPv4, ethIPv6, ethIPv6, ethIPv6, ethARP, ethRARP, ethMPLS, ethMPLSMany,
		ethNSH, uint16(g.Uint32()), uint16(g.IntN(1500)))
	b = binary.BigEndian.AppendUint16(b, eth)
	switch eth {
	case ethIPv4:
		b = append(b, g.ipv4()...)
	case ethIPv6:
		b = append(b, g.ipv6()...)
	case ethARP, ethRARP:
		b = append(append(b, 0, 1, 8, 0, 6, 4, byte(pick(g, 0, 0, 0, 1)), byte(g.IntN(5))), g.rnd(20)...)
	case ethMPLS, ethMPLSMany:
		for range g.IntN(5) {
			b = append(b, g.rnd(4)...)
		}
		b = append(b, g.rnd(g.IntN(10))...)
	case ethNSH:
		b = append(append(b, byte(g.IntN(4)<<4|g.IntN(16)), byte(g.IntN(4)<<6|6), 1, byte(g.IntN(4))), g.rnd(20)...)
	default:
		b = append(b, pick(g, nil, []byte{0xaa, 0xaa, 3, 0, 0, 0, 8, byte(g.IntN(3))}, g.rnd(10))...)
	}
	b = append(b, make([]byte, pick(g, 0, 0, g.IntN(20)))...) // padding
	switch g.IntN(10) {
	case 0:
		b = b[:g.IntN(len(b)+1)]
	case 1:
		b[g.IntN(len(b))] ^= 1 << g.IntN(8)
	}
	return b
}

func (g gen) rnd(n int) []byte {
	b := make([]byte, n)
	for k := range b {
		b[k] = byte(g.IntN(256))
	}
	return b
}

func (g gen) ipv4() []byte {
	proto, body := g.transport(protoICMP)
	options := 4 * pick(g, 0, 0, 1, 3)
	b := []byte{byte(0x45 + options/4), byte(g.IntN(256)), 0, 0, 1, 2, 0, 0, byte(g.IntN(256)), proto, 0, 0}
	binary.BigEndian.PutUint16(b[2:], uint16(20+options+len(body)))
	binary.BigEndian.PutUint16(b[6:], pick[uint16](g, 0, 0, 0, 0x4000, 0x2000, 0x2001, 7))
	return append(append(b, g.rnd(8+options)...), body...)
}

func (g gen) ipv6() []byte {
	proto, body := g.transport(protoICMPv6)
	for range pick(g, 0, 0, 0, 1, 2) {
		next := pick[byte](g, protoHopOpts, protoRouting, protoDestOpts, protoAH, protoFragment)
		n := 8 * (1 + g.IntN(2))
		head := g.rnd(n)
		head[0], head[1] = proto, byte(n/8-1)
		switch next {
		case protoAH:
			head[1] = byte(n/4 - 2)
		case protoFragment:
			head = head[:8]
			binary.BigEndian.PutUint16(head[2:], pick[uint16](g, 0, 1, 8, 9))
		}
		proto, body = next, append(head, body...)
	}
	b := []byte{byte(0x60 | g.IntN(16)), byte(g.IntN(256)), byte(g.IntN(256)), byte(g.IntN(256)), 0, 0, proto,
		byte(g.IntN(256))}
	binary.BigEndian.PutUint16(b[4:], uint16(len(body)))
	return append(append(b, g.rnd(32)...), body...)
}

// transport is a header of a transport protocol and something after it.
func (g gen) transport(icmp byte) (proto byte, b []byte) {
	proto = pick[byte](g, protoTCP, protoTCP, protoUDP, protoSCTP, icmp, icmp, icmp, protoICMP, protoIGMP, protoICMPv6, 99)
	b = g.rnd(pick(g, 4, 8, 12, 20, 28, 40))
	switch {
	case proto == protoTCP && len(b) >= 20:
		b[12] = byte(pick(g, 5, 5, 5, 6, 4)<<4 | g.IntN(16))
	case proto == protoICMPv6 && g.IntN(3) > 0:
		b = append([]byte{byte(135 + g.IntN(2)), byte(pick(g, 0, 0, 0, 1))}, g.rnd(6+16)...)
		for range g.IntN(4) {
			n := 1 + g.IntN(2)
			opt := g.rnd(8 * n)
			opt[0], opt[1] = byte(1+g.IntN(3)), byte(pick(g, n, n, n, 0))
			b = append(b, opt...)
		}
	}
	return proto, b
}
