package nicira

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/wire"
)

// NoBuffer is the buffer id of a packet that the switch does not keep.
const NoBuffer uint32 = 0xffffffff

// NoCookie is the cookie of a packet that no flow sent.
const NoCookie uint64 = 1<<64 - 1

const propHeadLen = 4

// Errors about the properties of a message.
var (
	ErrProperty = errors.New("malformed property")
	ErrPacket   = errors.New("no packet, or one longer than its full length")
	// ErrExperimenter is of a property of vendor 0, which would be one without a vendor.
	ErrExperimenter = errors.New("property of vendor 0")
)

// PacketIn is a packet that came to the controller, whatever the form in which the switch sent it. Slices are parts of
// the message. Decode into the same PacketIn again and again does not allocate.
type PacketIn struct {
	Packet       []byte
	FullLen      uint32 // of the packet, in bytes: more than Packet has when that is cut off
	BufferID     uint32 // NoBuffer when the switch does not keep the packet
	Table        uint8
	Cookie       uint64 // NoCookie when no flow sent it
	Reason       PacketInReason
	Metadata     oxm.Match // in_port and registers
	UserData     []byte    // of the controller action
	Continuation []byte    // opaque: what Resume takes back to the switch; nil when the packet was not stopped
}

// InPort is the OpenFlow port that the packet came in by, 0 when unknown.
func (p *PacketIn) InPort() uint32 {
	n, _ := p.Metadata.GetUint(oxm.InPort)
	return uint32(n)
}

// DecodePacketIn reads NXT_PACKET_IN2 as OpenFlow carries it: m is an Experimenter of 1.3 or a Vendor of 1.0.
func DecodePacketIn(m openflow.Message) (*PacketIn, error) {
	p := &PacketIn{}
	return p, p.DecodeFrom(m)
}

// DecodeFrom is Decode of a message as OpenFlow carries it: an Experimenter of 1.3 or a Vendor of 1.0.
func (p *PacketIn) DecodeFrom(m openflow.Message) error {
	switch m := m.(type) {
	case *of13.Experimenter:
		if m.Vendor == vendor && Subtype(m.Subtype) == SubtypePacketIn2 {
			return p.properties(m.Data)
		}
	case *of10.Vendor:
		if m.Vendor == vendor && len(m.Data) >= 4 && Subtype(binary.BigEndian.Uint32(m.Data)) == SubtypePacketIn2 {
			return p.properties(m.Data[4:])
		}
	}
	return fmt.Errorf("decode packet-in: %T: %w", m, of13.ErrUnknown)
}

// PropertyError is a property that is refused.
type PropertyError struct {
	Offset   int    // of the property in the message or continuation, in bytes
	Property string // its type
	Err      error
}

// Error implements error.
func (e *PropertyError) Error() string {
	return fmt.Sprintf("offset %d: %s: %v", e.Offset, e.Property, e.Err)
}

// Unwrap implements errors.Unwrap.
func (e *PropertyError) Unwrap() error { return e.Err }

// The bytes before the properties of a PacketIn2.
const headLen = 16

// Decode reads a framed NXT_PACKET_IN2 or NXT_RESUME of any version of OpenFlow. As a controller of Open vSwitch does,
// it passes over properties and fields that it does not know.
func (p *PacketIn) Decode(b []byte) error {
	if !Is(b) || Type(b[1]) != TypeExperimenter {
		return fmt.Errorf("decode packet-in: %w", ErrNotNicira)
	}
	if s := Subtype(binary.BigEndian.Uint32(b[12:])); s != SubtypePacketIn2 && s != SubtypeResume {
		return fmt.Errorf("decode packet-in: subtype %s: %w", s, of13.ErrUnknown)
	}
	return p.properties(b[headLen:])
}

// properties fills p from the properties of a PacketIn2.
func (p *PacketIn) properties(b []byte) error {
	*p = PacketIn{BufferID: NoBuffer, Cookie: NoCookie}
	for at := 0; at < len(b); {
		rest := b[at:]
		if len(rest) < propHeadLen {
			return &PropertyError{Offset: headLen + at, Property: "property", Err: wire.ErrTruncated}
		}
		typ, n := PacketInType(binary.BigEndian.Uint16(rest)), int(binary.BigEndian.Uint16(rest[2:]))
		padded := (n + 7) &^ 7
		if n < propHeadLen || padded > len(rest) {
			return &PropertyError{Offset: headLen + at, Property: typ.String(), Err: fmt.Errorf("%d bytes: %w", n, ErrProperty)}
		}
		if !p.property(typ, rest[propHeadLen:n:n]) {
			return &PropertyError{Offset: headLen + at, Property: typ.String(),
				Err: propertyError(uint16(typ), rest[propHeadLen:n])}
		}
		at += padded
	}
	return p.checkPacket()
}

// checkPacket says whether there is a packet, and sets its full length where that was not said.
func (p *PacketIn) checkPacket() error {
	if p.FullLen == 0 {
		p.FullLen = uint32(len(p.Packet))
	}
	if len(p.Packet) == 0 || p.FullLen < uint32(len(p.Packet)) {
		return &PropertyError{Offset: headLen, Property: PacketInPacket.String(),
			Err: fmt.Errorf("%d of %d bytes: %w", len(p.Packet), p.FullLen, ErrPacket)}
	}
	return nil
}

// property takes one property; false when it is malformed.
func (p *PacketIn) property(typ PacketInType, v []byte) bool {
	switch typ {
	case PacketInPacket:
		p.Packet = v
	case PacketInFullLen:
		return uint32Of(v, &p.FullLen)
	case PacketInBufferID:
		return uint32Of(v, &p.BufferID)
	case PacketInTable:
		return uint8Of(v, &p.Table)
	case PacketInCookie:
		if len(v) != 12 {
			return false
		}
		p.Cookie = binary.BigEndian.Uint64(v[4:]) // after four bytes of padding
	case PacketInReasonProp:
		return uint8Of(v, (*uint8)(&p.Reason))
	case PacketInMetadata:
		p.Metadata = v
		return p.Metadata.Walks()
	case PacketInUserData:
		p.UserData = v
	case PacketInContinuation:
		return nested(v, &p.Continuation)
	case propExperimenter:
		return vendorOK(v)
	}
	return true
}

// propExperimenter is the type of a property of another vendor; none are known.
const propExperimenter = 0xffff

// vendorOK says whether a property of a vendor has one, and a type.
func vendorOK(v []byte) bool { return len(v) >= 8 && binary.BigEndian.Uint32(v) != 0 }

// propertyError is what is wrong with a property.
func propertyError(typ uint16, v []byte) error {
	if typ == propExperimenter && len(v) >= 8 {
		return ErrExperimenter
	}
	return ErrProperty
}

func uint32Of(v []byte, to *uint32) bool {
	if len(v) != 4 {
		return false
	}
	*to = binary.BigEndian.Uint32(v)
	return true
}

// uint8Of reads one byte; Open vSwitch lets more follow.
func uint8Of(v []byte, to *uint8) bool {
	if len(v) < 1 {
		return false
	}
	*to = v[0]
	return true
}

// nested are the properties inside of a property, after four bytes of padding.
func nested(v []byte, to *[]byte) bool {
	if len(v) < 4 {
		return false
	}
	*to = v[4:]
	return true
}

// Resume makes the message that sends the packet on its way, perhaps changed since. p must have a Continuation.
func (p *PacketIn) Resume(v openflow.Version) *Resume {
	add := func(to []PacketInProperty, t PacketInType, value []byte) []PacketInProperty {
		return append(to, PacketInProperty{Type: t, Value: value})
	}
	l := add(nil, PacketInPacket, p.Packet)
	l = add(l, PacketInTable, []byte{p.Table})
	if p.Cookie != NoCookie {
		l = add(l, PacketInCookie, binary.BigEndian.AppendUint64(make([]byte, 4), p.Cookie))
	}
	l = add(l, PacketInReasonProp, []byte{byte(p.Reason)})
	l = add(l, PacketInMetadata, p.Metadata)
	l = add(l, PacketInContinuation, append(make([]byte, 4), p.Continuation...))
	return &Resume{Header: Header{Version: v}, Properties: l}
}
