package action

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/wire"
)

const (
	headLen      = 4 // type and length
	vendorLen    = 8
	extensionLen = 16
	align        = 8
)

// Decode reads a list of actions of a version. Every list that can be walked is decoded, what is not known into structs
// called Unknown; Check is the one that refuses. Byte slices are parts of b.
func Decode(v openflow.Version, b []byte) ([]Action, error) {
	var out []Action
	err := walk(0, b, func(at int, raw []byte) error {
		a, err := decodeOne(v, raw)
		if err != nil {
			return fmt.Errorf("action at offset %d: %w", at, err)
		}
		out = append(out, a)
		return nil
	})
	return out, err
}

// DecodeInstructions reads a list of instructions of OpenFlow 1.3, as Decode reads actions.
func DecodeInstructions(b []byte) ([]Action, error) {
	var out []Action
	err := walk(0, b, func(at int, raw []byte) error {
		i, err := decodeInstruction(raw)
		if err != nil {
			return fmt.Errorf("instruction at offset %d: %w", at, err)
		}
		out = append(out, i)
		return nil
	})
	return out, err
}

// walk hands over each element of a list that begins at an offset, with its own.
func walk(at int, b []byte, each func(at int, raw []byte) error) error {
	for len(b) > 0 {
		n, err := length(b)
		if err != nil {
			return &Error{Offset: at, Action: brokenElement, Err: err}
		}
		if err := each(at, b[:n:n]); err != nil {
			return err
		}
		at, b = at+n, b[n:]
	}
	return nil
}

// brokenElement is what is said instead of its name of what a list cannot be walked beyond.
const brokenElement = "element"

// length is the length of the first element.
func length(b []byte) (int, error) {
	if len(b) < align {
		return 0, fmt.Errorf("%d bytes: %w", len(b), wire.ErrTruncated)
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	switch {
	case n < align || n%align != 0:
		return 0, fmt.Errorf("length %d: %w", n, wire.ErrLength)
	case n > len(b):
		return 0, fmt.Errorf("length %d: %w", n, wire.ErrTruncated)
	}
	return n, nil
}

// decodeOne reads one action, whose length is that of raw.
func decodeOne(v openflow.Version, raw []byte) (Action, error) {
	s := choose(v, raw)
	if err := wire.Decode(raw, s); err != nil {
		return nil, err
	}
	return s.(Action), nil
}

// choose makes an empty action of the kind that raw is.
func choose(v openflow.Version, raw []byte) wire.Structure {
	typ := binary.BigEndian.Uint16(raw)
	switch {
	case typ != TypeExperimenter && v == openflow.Version10:
		return pickHeader10(&Header10{Type: Type10(typ)})
	case typ != TypeExperimenter:
		return pickHeader13(&Header13{Type: Type13(typ)})
	}
	vendor := binary.BigEndian.Uint32(raw[headLen:])
	if vendor != openflow.VendorNicira && vendor != openflow.VendorONF || len(raw) < extensionLen {
		return &Experimenter{}
	}
	subtype := Subtype(binary.BigEndian.Uint16(raw[vendorLen:]))
	return pickExtension(&Extension{Type: typ, Vendor: vendor, Subtype: subtype})
}

func decodeInstruction(raw []byte) (Action, error) {
	s := pickHeaderInstruction(&HeaderInstruction{Type: InstructionType(binary.BigEndian.Uint16(raw))})
	return s.(Action), wire.Decode(raw, s)
}

// deleteFieldLen is the length of DeleteField, whatever the length of its field.
const deleteFieldLen = 24

// Append writes actions, or instructions, to b. Type and length are set from the Go type, and zeros are put where the
// padding of an action that is not decoded is missing.
func Append(b []byte, actions ...Action) ([]byte, error) {
	for _, a := range actions {
		start := len(b)
		a.SetKind()
		var err error
		if b, err = a.AppendWire(b); err != nil {
			return nil, err
		}
		b = wire.Align(b, start, align)
		if _, ok := a.(*DeleteField); ok {
			b = append(b, make([]byte, max(0, deleteFieldLen-(len(b)-start)))...)
		}
		if err := wire.PutSize(b, start+2, 2, len(b)-start, "Action", "Length"); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Encode is Append to a new slice, for actions whose size is bounded by what made them; it panics on one that is longer
// than an action can be.
func Encode(actions ...Action) []byte {
	b, err := Append(nil, actions...)
	if err != nil {
		panic(errors.New("encode actions: " + err.Error()))
	}
	return b
}
