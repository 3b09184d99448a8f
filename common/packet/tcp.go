package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/vlcp-go/vlcp/common/wire"
)

// TCPLen is the length of a TCP header without options in bytes.
const TCPLen = 20

const tcpChecksumAt = 16 // bytes from the start of the header

// TCPFlags are the control bits of a segment (RFC 9293 section 3.1).
type TCPFlags uint8

// The control bits.
const (
	TCPFin TCPFlags = 1 << iota
	TCPSyn
	TCPRst
	TCPPsh
	TCPAck
	TCPUrg
)

// TCP is the start of a TCP segment (RFC 9293).
type TCP struct {
	SrcPort, DstPort uint16
	Seq, Ack         uint32
	Flags            TCPFlags
	Window           uint16
	// Options and Payload point into the parsed packet. AppendTCP writes no options.
	Options, Payload []byte
}

// Opens reports whether the segment asks for a new connection: SYN without ACK.
func (t *TCP) Opens() bool { return t.Flags&(TCPSyn|TCPAck) == TCPSyn }

// ParseTCP decodes the first segment that p carries. The checksum is not looked at: a guest may leave it to its network
// card, which a virtual one does not do, and a switch may have sent the start of the packet only.
func ParseTCP(p *IPv4) (TCP, error) {
	b := p.Payload
	if p.Protocol != ProtoTCP {
		return TCP{}, fmt.Errorf("ip protocol %d is not tcp", p.Protocol)
	}
	if p.FragmentOffset != 0 {
		return TCP{}, fmt.Errorf("tcp segment: %w", ErrFragment)
	}
	var h tcpHeader
	r := wire.NewReader(b)
	h.DecodeWire(r)
	if err := r.Err(); err != nil {
		return TCP{}, fmt.Errorf("tcp: %w", err)
	}
	n := int(h.OffsetFlags>>12) * 4
	switch {
	case n < TCPLen:
		return TCP{}, fmt.Errorf("tcp header of %d bytes: impossible", n)
	case n > len(b):
		return TCP{}, fmt.Errorf("tcp segment of %d bytes, its header alone has %d: %w", len(b), n, ErrTruncated)
	}
	return TCP{SrcPort: h.SrcPort, DstPort: h.DstPort, Seq: h.Seq, Ack: h.Ack, Flags: TCPFlags(h.OffsetFlags & 0x3f),
		Window: h.Window, Options: b[TCPLen:n], Payload: b[n:]}, nil
}

// AppendTCP appends t, payload included, with its checksum for these IP addresses.
func AppendTCP(b []byte, t *TCP, src, dst netip.Addr) []byte {
	at, n := len(b), TCPLen+len(t.Payload)
	h := tcpHeader{SrcPort: t.SrcPort, DstPort: t.DstPort, Seq: t.Seq, Ack: t.Ack,
		OffsetFlags: TCPLen/4<<12 | uint16(t.Flags), Window: t.Window}
	b = append(must(h.AppendWire(b)), t.Payload...)
	binary.BigEndian.PutUint16(b[at+tcpChecksumAt:], ^fold(sum(pseudo(ProtoTCP, src, dst, n), b[at:])))
	return b
}
