package packet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/vlcp-go/vlcp/common/wire"
)

// IP protocol numbers (IANA "Protocol Numbers").
const (
	ProtoICMP   = 1
	ProtoTCP    = 6
	ProtoUDP    = 17
	ProtoICMPv6 = 58
)

// IPv4Len is the length of an IPv4 header without options in bytes.
const IPv4Len = 20

const ipv4ChecksumAt = 10 // bytes from the start of the header

// Bits of the flags and fragment offset field (RFC 791 section 3.1).
const (
	flagDF     = 0x4000
	flagMF     = 0x2000
	offsetMask = 0x1fff
)

var (
	errChecksum = errors.New("wrong checksum")
	// ErrFragment is wrapped where a whole packet is needed and a fragment was given.
	ErrFragment = errors.New("packet is a fragment")
)

// IPv4 is an IPv4 packet (RFC 791).
type IPv4 struct {
	TOS uint8
	ID  uint16
	// DontFragment and MoreFragments are the flags of the header.
	DontFragment, MoreFragments bool
	// FragmentOffset is in units of 8 bytes.
	FragmentOffset uint16
	TTL            uint8
	Protocol       uint8
	Src, Dst       netip.Addr
	// Options points into the parsed packet; AppendIPv4 does not write them.
	Options []byte
	// Payload points into the parsed packet and ends where the total length says; AppendIPv4 does not write it.
	Payload []byte
}

// Fragment reports whether p is not a whole packet.
func (p *IPv4) Fragment() bool { return p.MoreFragments || p.FragmentOffset != 0 }

// ParseIPv4 decodes a packet and verifies its header checksum. Bytes after the total length are dropped, because an
// Ethernet frame shorter than 60 bytes comes padded.
func ParseIPv4(b []byte) (IPv4, error) {
	var h ipv4Header
	r := wire.NewReader(b)
	h.DecodeWire(r)
	if err := r.Err(); err != nil {
		return IPv4{}, fmt.Errorf("ipv4: %w", err)
	}
	head, total := int(h.VersionIHL&0x0f)*4, int(h.TotalLen)
	switch {
	case h.VersionIHL>>4 != 4:
		return IPv4{}, fmt.Errorf("ip version %d is not 4", h.VersionIHL>>4)
	case head < IPv4Len || total < head:
		return IPv4{}, fmt.Errorf("ipv4 header length %d, total length %d: impossible", head, total)
	case total > len(b):
		return IPv4{}, fmt.Errorf("ipv4 packet of %d bytes, %d by its header: %w", len(b), total, ErrTruncated)
	case fold(sum(0, b[:head])) != 0xffff:
		return IPv4{}, fmt.Errorf("ipv4 header: %w", errChecksum)
	}
	return IPv4{
		TOS: h.TOS, ID: h.ID,
		DontFragment: h.Fragment&flagDF != 0, MoreFragments: h.Fragment&flagMF != 0, FragmentOffset: h.Fragment & offsetMask,
		TTL: h.TTL, Protocol: h.Protocol,
		Src: netip.AddrFrom4(h.Src), Dst: netip.AddrFrom4(h.Dst),
		Options: b[IPv4Len:head], Payload: b[head:total],
	}, nil
}

// AppendIPv4 appends p's header without options, for a payload of payloadLen bytes that the caller appends.
// payloadLen must be at most 65515.
func AppendIPv4(b []byte, p *IPv4, payloadLen int) []byte {
	at := len(b)
	h := ipv4Header{VersionIHL: 0x45, TOS: p.TOS, TotalLen: uint16(IPv4Len + payloadLen), ID: p.ID,
		Fragment: p.FragmentOffset & offsetMask, TTL: p.TTL, Protocol: p.Protocol, Src: addr4(p.Src), Dst: addr4(p.Dst)}
	if p.DontFragment {
		h.Fragment |= flagDF
	}
	if p.MoreFragments {
		h.Fragment |= flagMF
	}
	b = must(h.AppendWire(b))
	binary.BigEndian.PutUint16(b[at+ipv4ChecksumAt:], ^fold(sum(0, b[at:])))
	return b
}

// sum adds the 16 bit words of b to acc, the last odd byte padded with zero (RFC 1071).
func sum(acc uint32, b []byte) uint32 {
	for ; len(b) >= 2; b = b[2:] {
		acc += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		acc += uint32(b[0]) << 8
	}
	return acc
}

// fold makes a one's complement sum of 16 bits out of acc.
func fold(acc uint32) uint16 {
	for acc > 0xffff {
		acc = acc>>16 + acc&0xffff
	}
	return uint16(acc)
}
