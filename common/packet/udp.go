package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/vlcp-go/vlcp/common/wire"
)

// UDPLen is the length of a UDP header in bytes.
const UDPLen = 8

const udpChecksumAt = 6 // bytes from the start of the header

// UDP is a UDP datagram (RFC 768).
type UDP struct {
	SrcPort, DstPort uint16
	// Payload points into the parsed packet.
	Payload []byte
}

// ParseUDP decodes the datagram that p carries whole; its checksum is verified unless it is 0, which means none.
func ParseUDP(p *IPv4) (UDP, error) {
	b := p.Payload
	if p.Protocol != ProtoUDP {
		return UDP{}, fmt.Errorf("ip protocol %d is not udp", p.Protocol)
	}
	if p.Fragment() {
		return UDP{}, fmt.Errorf("udp datagram: %w", ErrFragment)
	}
	var h udpHeader
	r := wire.NewReader(b)
	h.DecodeWire(r)
	if err := r.Err(); err != nil {
		return UDP{}, fmt.Errorf("udp: %w", err)
	}
	n := int(h.Length)
	switch {
	case n < UDPLen:
		return UDP{}, fmt.Errorf("udp length %d: impossible", n)
	case n > len(b):
		return UDP{}, fmt.Errorf("udp datagram of %d bytes, %d by its header: %w", len(b), n, ErrTruncated)
	case h.Checksum != 0 && fold(sum(pseudo(ProtoUDP, p.Src, p.Dst, n), b[:n])) != 0xffff:
		return UDP{}, fmt.Errorf("udp datagram: %w", errChecksum)
	}
	return UDP{SrcPort: h.SrcPort, DstPort: h.DstPort, Payload: b[UDPLen:n]}, nil
}

// AppendUDP appends u, payload included, with its checksum for these IP addresses. The payload may be where it will
// end up already, that is at b[len(b)+UDPLen:]. It must be at most 65507 bytes.
func AppendUDP(b []byte, u *UDP, src, dst netip.Addr) []byte {
	at, n := len(b), UDPLen+len(u.Payload)
	h := udpHeader{SrcPort: u.SrcPort, DstPort: u.DstPort, Length: uint16(n)}
	b = must(h.AppendWire(b))
	b = append(b, u.Payload...)
	check := ^fold(sum(pseudo(ProtoUDP, src, dst, n), b[at:]))
	if check == 0 {
		check = 0xffff // 0 means "none"; both are zero in one's complement
	}
	binary.BigEndian.PutUint16(b[at+udpChecksumAt:], check)
	return b
}

// pseudo is the sum of the pseudo header of RFC 768, which TCP has too.
func pseudo(protocol uint32, src, dst netip.Addr, n int) uint32 {
	s, d := addr4(src), addr4(dst)
	return sum(sum(protocol+uint32(n), s[:]), d[:])
}
