package security_test

import (
	"encoding/binary"
	"net/netip"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

// Frames, as a guest can make them that has raw sockets.

var (
	bcast  = packet.Broadcast
	zero   = netip.IPv4Unspecified()
	all    = addr("255.255.255.255")
	none6  = netip.IPv6Unspecified()
	nodes6 = addr("ff02::1")
	nodesM = model.MAC{0x33, 0x33, 0, 0, 0, 1}
)

func eth(src, dst model.MAC, kind uint16, payload []byte) []byte {
	b := append(packet.AppendEthernet(nil, &packet.Ethernet{Src: src, Dst: dst, Type: kind}), payload...)
	for len(b) < 60 {
		b = append(b, 0)
	}
	return b
}

// tagged puts tags in front of what a frame has.
func tagged(frame []byte, tags ...uint16) []byte {
	for _, t := range tags {
		tag := binary.BigEndian.AppendUint16([]byte{0x81, 0}, t)
		frame = append(append(append([]byte(nil), frame[:12]...), tag...), frame[12:]...)
	}
	return frame
}

// snap puts a frame's payload behind LLC and SNAP headers.
func snap(frame []byte) []byte {
	body := append([]byte{0xaa, 0xaa, 3, 0, 0, 0}, frame[12:]...)
	return append(binary.BigEndian.AppendUint16(append([]byte(nil), frame[:12]...), uint16(len(body))), body...)
}

func arpFrame(src, dst model.MAC, a packet.ARP) []byte {
	return eth(src, dst, packet.EtherTypeARP, packet.AppendARP(nil, &a))
}

// from is a datagram between two guests.
func from(src netip.Addr, srcMAC, dst model.MAC) []byte {
	return udp4(srcMAC, dst, netip.AddrPortFrom(src, 1234), netip.AddrPortFrom(ipOf(victim), 1234), nil)
}

func udp4(srcMAC, dstMAC model.MAC, src, dst netip.AddrPort, change func(*packet.IPv4)) []byte {
	seg := packet.AppendUDP(nil, &packet.UDP{SrcPort: src.Port(), DstPort: dst.Port(), Payload: make([]byte, 32)},
		src.Addr(), dst.Addr())
	ip := packet.IPv4{Src: src.Addr(), Dst: dst.Addr(), Protocol: packet.ProtoUDP, TTL: 64}
	if change != nil {
		change(&ip)
	}
	return eth(srcMAC, dstMAC, packet.EtherTypeIPv4, append(packet.AppendIPv4(nil, &ip, len(seg)), seg...))
}

func ip6(srcMAC, dstMAC model.MAC, p packet.IPv6, seg []byte) []byte {
	p.HopLimit = 255
	return eth(srcMAC, dstMAC, packet.EtherTypeIPv6, append(packet.AppendIPv6(nil, &p, len(seg)), seg...))
}

// icmp6 is a message to all nodes.
func icmp6(srcMAC model.MAC, src netip.Addr, kind, code uint8, body []byte) []byte {
	seg := packet.AppendICMPv6(nil, kind, code, body, src, nodes6)
	return ip6(srcMAC, nodesM, packet.IPv6{Src: src, Dst: nodes6, NextHeader: packet.ProtoICMPv6}, seg)
}

// nd is a neighbour solicitation or advertisement from mallory; link is the option, if any.
func nd(kind uint8, src, target netip.Addr, links ...model.MAC) []byte {
	return icmp6(macOf(mallory), src, kind, 0, ndBody(kind, target, links...))
}

func ndBody(kind uint8, target netip.Addr, links ...model.MAC) []byte {
	body := append(make([]byte, 4), target.AsSlice()...)
	for _, l := range links {
		body = append(append(body, kind-packet.ICMPv6NeighborSolicit+1, 1), l[:]...)
	}
	return body
}

// behind puts extension headers in front of an ICMPv6 message from mallory.
func behind(head []byte, first uint8, kind uint8, body []byte) []byte {
	seg := packet.AppendICMPv6(nil, kind, 0, body, llOf(mallory), nodes6)
	return ip6(macOf(mallory), nodesM, packet.IPv6{Src: llOf(mallory), Dst: nodes6, NextHeader: first},
		append(head, seg...))
}

func udp6(srcPort, dstPort uint16) []byte {
	src := llOf(mallory)
	seg := packet.AppendUDP6(nil, &packet.UDP{SrcPort: srcPort, DstPort: dstPort, Payload: make([]byte, 20)}, src, nodes6)
	return ip6(macOf(mallory), nodesM, packet.IPv6{Src: src, Dst: nodes6, NextHeader: packet.ProtoUDP}, seg)
}
