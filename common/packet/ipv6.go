package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/vlcp-go/vlcp/common/wire"
)

// IPv6Len is the length of an IPv6 header without extensions in bytes.
const IPv6Len = 40

// Types of ICMPv6 messages of neighbour discovery (RFC 4861 section 4).
const (
	ICMPv6RouterSolicit   = 133
	ICMPv6RouterAdvert    = 134
	ICMPv6NeighborSolicit = 135
	ICMPv6NeighborAdvert  = 136
	ICMPv6Redirect        = 137
)

const (
	icmpLen        = 4
	icmpChecksumAt = 2
)

// IPv6 is an IPv6 packet (RFC 8200).
type IPv6 struct {
	TrafficClass uint8
	// NextHeader is the number of the first extension header, or of what Payload is.
	NextHeader uint8
	HopLimit   uint8
	Src, Dst   netip.Addr
	// Payload points into the parsed packet and ends where the payload length says, extension headers included;
	// AppendIPv6 does not write it.
	Payload []byte
}

// ParseIPv6 decodes the header of a packet. Bytes after the payload are dropped, as an Ethernet frame may be padded.
func ParseIPv6(b []byte) (IPv6, error) {
	var h ipv6Header
	r := wire.NewReader(b)
	h.DecodeWire(r)
	if err := r.Err(); err != nil {
		return IPv6{}, fmt.Errorf("ipv6: %w", err)
	}
	total := IPv6Len + int(h.PayloadLen)
	switch {
	case h.VersionClassLabel>>28 != 6:
		return IPv6{}, fmt.Errorf("ip version %d is not 6", h.VersionClassLabel>>28)
	case total > len(b):
		return IPv6{}, fmt.Errorf("ipv6 packet of %d bytes, %d by its header: %w", len(b), total, ErrTruncated)
	}
	return IPv6{TrafficClass: uint8(h.VersionClassLabel >> 20), NextHeader: h.NextHeader, HopLimit: h.HopLimit,
		Src: netip.AddrFrom16(h.Src), Dst: netip.AddrFrom16(h.Dst), Payload: b[IPv6Len:total]}, nil
}

// AppendIPv6 appends p's header, for a payload of payloadLen bytes that the caller appends, at most 65535. Addresses of
// IPv4 are written in their mapped form.
func AppendIPv6(b []byte, p *IPv6, payloadLen int) []byte {
	h := ipv6Header{VersionClassLabel: 6<<28 | uint32(p.TrafficClass)<<20, PayloadLen: uint16(payloadLen),
		NextHeader: p.NextHeader, HopLimit: p.HopLimit, Src: p.Src.As16(), Dst: p.Dst.As16()}
	return must(h.AppendWire(b))
}

// AppendICMPv6 appends a message with its checksum for these addresses (RFC 4443 section 2.3). body is what follows the
// checksum.
func AppendICMPv6(b []byte, kind, code uint8, body []byte, src, dst netip.Addr) []byte {
	at := len(b)
	h := icmpHeader{Type: kind, Code: code}
	b = must(h.AppendWire(b))
	b = append(b, body...)
	check := ^fold(sum(pseudo6(src, dst, ProtoICMPv6, icmpLen+len(body)), b[at:]))
	binary.BigEndian.PutUint16(b[at+icmpChecksumAt:], check)
	return b
}

// AppendUDP6 is AppendUDP over IPv6.
func AppendUDP6(b []byte, u *UDP, src, dst netip.Addr) []byte {
	at, n := len(b), UDPLen+len(u.Payload)
	h := udpHeader{SrcPort: u.SrcPort, DstPort: u.DstPort, Length: uint16(n)}
	b = must(h.AppendWire(b))
	b = append(b, u.Payload...)
	check := ^fold(sum(pseudo6(src, dst, ProtoUDP, n), b[at:]))
	if check == 0 {
		check = 0xffff
	}
	binary.BigEndian.PutUint16(b[at+udpChecksumAt:], check)
	return b
}

// pseudo6 is the sum of the pseudo header of RFC 8200 section 8.1.
func pseudo6(src, dst netip.Addr, proto uint32, n int) uint32 {
	s, d := src.As16(), dst.As16()
	return sum(sum(proto+uint32(n), s[:]), d[:])
}
