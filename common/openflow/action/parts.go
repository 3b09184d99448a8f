package action

import (
	"encoding/binary"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/wire"
)

// NXMHeader names a field by the 32 bits of its header: one without experimenter. 0 is none.
type NXMHeader uint32

// HeaderOf is the NXMHeader of a field that has no experimenter.
func HeaderOf(f oxm.Field) NXMHeader { return NXMHeader(f.Header()) }

// Field is the field, with a mask bit if the header has one.
func (h NXMHeader) Field() oxm.Field { return oxm.Field(h) << 32 }

// BitRange is a range of the bits of a field (ofs_nbits): the first of them, and how many, at most 64.
type BitRange uint16

// Bits makes a BitRange of n bits from ofs on.
func Bits(ofs, n int) BitRange { return BitRange(ofs<<6 | (n-1)&0x3f) }

// Offset of the first bit.
func (r BitRange) Offset() int { return int(r >> 6) }

// Len is the number of bits.
func (r BitRange) Len() int { return int(r&0x3f) + 1 }

// FieldHeader names a field by a header of four bytes, or of eight with an experimenter.
//
//wire:custom
type FieldHeader struct {
	Field oxm.Field
}

// FieldOf is the FieldHeader of a field.
func FieldOf(f oxm.Field) FieldHeader { return FieldHeader{f} }

// AppendWire appends the header.
func (h *FieldHeader) AppendWire(b []byte) ([]byte, error) { return h.Field.AppendHeader(b), nil }

// DecodeWire reads it, as it stands.
func (h *FieldHeader) DecodeWire(r *wire.Reader) {
	h.Field = oxm.Field(r.Uint32("FieldHeader", "Header")) << 32
	if h.Field.Class() == oxm.ClassExperimenter {
		h.Field |= oxm.Field(r.Uint32("FieldHeader", "Experimenter"))
	}
}

// Entry is a field with a value, and a mask where it has one: a Match of exactly one field.
//
//wire:custom
type Entry struct {
	OXM oxm.Match
}

// EntryOf is the Entry of a match of exactly one field.
func EntryOf(m oxm.Match) Entry { return Entry{m} }

// AppendWire appends the field.
func (e *Entry) AppendWire(b []byte) ([]byte, error) { return append(b, e.OXM...), nil }

const (
	entryHeadLen = 4
	expIDLen     = 4
)

// DecodeWire reads one field, of whatever length it says.
func (e *Entry) DecodeWire(r *wire.Reader) {
	head := r.Peek(entryHeadLen)
	if head == nil {
		r.Bytes(entryHeadLen, "Entry", "Header") // truncated
		return
	}
	n := int(head[3])
	if binary.BigEndian.Uint16(head) == oxm.ClassExperimenter && n < expIDLen {
		r.Fail("Entry", "Header", wire.ErrLength)
		return
	}
	e.OXM = r.Bytes(entryHeadLen+n, "Entry", "Value")
}
