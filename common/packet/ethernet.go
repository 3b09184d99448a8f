package packet

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/model"
)

// EtherTypes (IANA "IEEE 802 Numbers").
const (
	EtherTypeIPv4 = 0x0800
	EtherTypeARP  = 0x0806
	EtherTypeVLAN = 0x8100 // IEEE 802.1Q C-tag
	EtherTypeQinQ = 0x88a8 // IEEE 802.1ad S-tag
)

// EthernetLen is the length of an untagged Ethernet II header in bytes; VLANLen is what each tag adds.
const (
	EthernetLen = 14
	VLANLen     = 4
)

// Broadcast is the Ethernet broadcast address.
var Broadcast = model.MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// ErrTruncated is wrapped by the error of every decoder that ran out of bytes.
var ErrTruncated = errors.New("truncated")

// VLAN is one IEEE 802.1Q tag.
type VLAN struct {
	// TPID is the tag's type: EtherTypeVLAN or EtherTypeQinQ; 0 means that there is no tag.
	TPID uint16
	// TCI is priority (3 bits), drop eligibility (1 bit) and VLAN id (12 bits).
	TCI uint16
}

// ID is the VLAN id, 0..4095; 0 is a priority tag only.
func (v VLAN) ID() uint16 { return v.TCI & 0x0fff }

// Priority is the priority code point, 0..7.
func (v VLAN) Priority() uint8 { return uint8(v.TCI >> 13) }

// Ethernet is an Ethernet II frame with up to two VLAN tags (IEEE 802.3, 802.1Q).
type Ethernet struct {
	Dst, Src model.MAC
	// Tags are the VLAN tags, outermost first; those with TPID 0 are absent.
	Tags [2]VLAN
	// Type is the EtherType of Payload.
	Type uint16
	// Payload points into the parsed frame; it may have padding at its end. AppendEthernet does not write it.
	Payload []byte
}

// ParseEthernet decodes the header of frame. A third tag is left in Payload with its TPID as Type.
func ParseEthernet(frame []byte) (Ethernet, error) {
	var e Ethernet
	if len(frame) < EthernetLen {
		return e, fmt.Errorf("ethernet header of %d bytes: %w", len(frame), ErrTruncated)
	}
	e.Dst, e.Src = model.MAC(frame[0:6]), model.MAC(frame[6:12])
	e.Type, e.Payload = binary.BigEndian.Uint16(frame[12:14]), frame[EthernetLen:]
	for i := range e.Tags {
		if e.Type != EtherTypeVLAN && e.Type != EtherTypeQinQ {
			break
		}
		if len(e.Payload) < VLANLen {
			return e, fmt.Errorf("vlan tag of %d bytes: %w", len(e.Payload), ErrTruncated)
		}
		e.Tags[i] = VLAN{TPID: e.Type, TCI: binary.BigEndian.Uint16(e.Payload)}
		e.Type, e.Payload = binary.BigEndian.Uint16(e.Payload[2:]), e.Payload[VLANLen:]
	}
	if e.Type < 0x0600 { // below this it is a length: IEEE 802.3 with LLC, nothing of ours
		return e, fmt.Errorf("type field 0x%04x is an IEEE 802.3 length, not an EtherType", e.Type)
	}
	return e, nil
}

// AppendEthernet appends e's header, tags included, to b; the payload is the caller's to append.
func AppendEthernet(b []byte, e *Ethernet) []byte {
	b = append(b, e.Dst[:]...)
	b = append(b, e.Src[:]...)
	for _, t := range e.Tags {
		if t.TPID != 0 {
			b = binary.BigEndian.AppendUint16(b, t.TPID)
			b = binary.BigEndian.AppendUint16(b, t.TCI)
		}
	}
	return binary.BigEndian.AppendUint16(b, e.Type)
}
