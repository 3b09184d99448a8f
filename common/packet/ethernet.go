package packet

import (
	"fmt"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/wire"
)

// EtherTypes (IANA "IEEE 802 Numbers").
const (
	EtherTypeIPv4 = 0x0800
	EtherTypeARP  = 0x0806
	EtherTypeVLAN = 0x8100 // IEEE 802.1Q C-tag
	EtherTypeQinQ = 0x88a8 // IEEE 802.1ad S-tag
	EtherTypeIPv6 = 0x86dd
)

// EthernetLen is the length of an untagged Ethernet II header in bytes; VLANLen is what each tag adds.
const (
	EthernetLen = 14
	VLANLen     = 4
)

// Broadcast is the Ethernet broadcast address.
var Broadcast = model.MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// ErrTruncated is wrapped by the error of every decoder that ran out of bytes.
var ErrTruncated = wire.ErrTruncated

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
	r := wire.NewReader(frame)
	var h ethernetHeader
	h.DecodeWire(r)
	e.Dst, e.Src, e.Type = h.Dst, h.Src, h.Type
	for i := range e.Tags {
		if e.Type != EtherTypeVLAN && e.Type != EtherTypeQinQ {
			break
		}
		var t vlanTag
		t.DecodeWire(r)
		e.Tags[i] = VLAN{TPID: e.Type, TCI: t.TCI}
		e.Type = t.Type
	}
	if err := r.Err(); err != nil {
		return e, fmt.Errorf("ethernet: %w", err)
	}
	e.Payload = frame[r.Pos():]
	if e.Type < 0x0600 { // below this it is a length: IEEE 802.3 with LLC, nothing of ours
		return e, fmt.Errorf("type field 0x%04x is an IEEE 802.3 length, not an EtherType", e.Type)
	}
	return e, nil
}

// AppendEthernet appends e's header, tags included, to b; the payload is the caller's to append.
func AppendEthernet(b []byte, e *Ethernet) []byte {
	types := make([]uint16, 0, len(e.Tags)+1)
	tags := make([]vlanTag, 0, len(e.Tags))
	for _, t := range e.Tags {
		if t.TPID != 0 {
			types = append(types, t.TPID)
			tags = append(tags, vlanTag{TCI: t.TCI})
		}
	}
	types = append(types, e.Type)
	h := ethernetHeader{Dst: e.Dst, Src: e.Src, Type: types[0]}
	b = must(h.AppendWire(b))
	for i := range tags {
		tags[i].Type = types[i+1]
		b = must(tags[i].AppendWire(b))
	}
	return b
}

// must is for structures of a fixed length, whose encoding cannot fail.
func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}
