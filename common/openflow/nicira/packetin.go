package nicira

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Subtypes of Nicira messages.
const (
	SubtypeFlowModTableID    uint32 = 15
	SubtypeSetPacketInFormat uint32 = 16
	SubtypePacketIn2         uint32 = 30
)

// Formats of packet-ins for SetPacketInFormat.
const (
	PacketInStandard uint32 = 0
	PacketInNXM      uint32 = 1
	PacketInNXM2     uint32 = 2
)

// Properties of NXT_PACKET_IN2.
const (
	pktPacket   uint16 = 0
	pktFullLen  uint16 = 1
	pktBufferID uint16 = 2
	pktTable    uint16 = 3
	pktCookie   uint16 = 4
	pktReason   uint16 = 5
	pktMetadata uint16 = 6
	pktUserData uint16 = 7
)

const propHeadLen = 4

// ErrProperty is wrapped by errors about the properties of a message.
var ErrProperty = errors.New("malformed property")

// SetPacketInFormat chooses how the switch sends packets to this connection.
func SetPacketInFormat(format uint32) *of13.Experimenter {
	return &of13.Experimenter{Vendor: openflow.VendorNicira, Subtype: SubtypeSetPacketInFormat,
		Data: binary.BigEndian.AppendUint32(nil, format)}
}

// PacketIn is a packet that came to the controller as NXT_PACKET_IN2. Slices are parts of the message.
type PacketIn struct {
	Packet   []byte
	FullLen  uint32 // of the packet in bytes, 0 when Packet is whole
	Table    uint8
	Cookie   uint64
	Reason   of13.PacketInReason
	Metadata oxm.Match // in_port and registers
	UserData []byte    // of the controller action
}

// InPort is the OpenFlow port that the packet came in by, 0 when unknown.
func (p *PacketIn) InPort() uint32 {
	n, _ := p.Metadata.GetUint(oxm.InPort)
	return uint32(n)
}

// DecodePacketIn reads NXT_PACKET_IN2. Properties that it does not know are passed over.
func DecodePacketIn(e *of13.Experimenter) (*PacketIn, error) {
	if e.Vendor != openflow.VendorNicira || e.Subtype != SubtypePacketIn2 {
		return nil, fmt.Errorf("decode packet-in: vendor %#x subtype %d: %w", e.Vendor, e.Subtype, of13.ErrUnknown)
	}
	p := &PacketIn{}
	for b := e.Data; len(b) > 0; {
		if len(b) < propHeadLen {
			return nil, fmt.Errorf("decode packet-in: %d bytes at the end: %w", len(b), ErrProperty)
		}
		typ, n := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		if n < propHeadLen || n > len(b) {
			return nil, fmt.Errorf("decode packet-in: property %d of %d bytes: %w", typ, n, ErrProperty)
		}
		if err := p.property(typ, b[propHeadLen:n:n]); err != nil {
			return nil, fmt.Errorf("decode packet-in: property %d: %w", typ, err)
		}
		b = b[min((n+7)&^7, len(b)):]
	}
	return p, nil
}

func (p *PacketIn) property(typ uint16, v []byte) error {
	need := map[uint16]int{pktFullLen: 4, pktTable: 1, pktCookie: 12, pktReason: 1}[typ]
	if len(v) < need {
		return ErrProperty
	}
	switch typ {
	case pktPacket:
		p.Packet = v
	case pktFullLen:
		p.FullLen = binary.BigEndian.Uint32(v)
	case pktTable:
		p.Table = v[0]
	case pktCookie:
		p.Cookie = binary.BigEndian.Uint64(v[4:]) // after four bytes of padding
	case pktReason:
		p.Reason = of13.PacketInReason(v[0])
	case pktMetadata:
		p.Metadata = v
		for rest := p.Metadata; len(rest) > 0; {
			_, r, err := rest.Next()
			if err != nil {
				return err
			}
			rest = r
		}
	case pktUserData:
		p.UserData = v
	}
	return nil
}
