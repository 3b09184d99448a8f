package wire

// Structure is a structure with a generated codec.
type Structure interface {
	AppendWire(b []byte) ([]byte, error)
	DecodeWire(r *Reader)
}

// Described is a structure that can name its fields, for JSON and Dump.
type Described interface {
	Structure
	// WireFields hands every field to f, in the order of the wire.
	WireFields(f *Fields)
}

// Decode reads all of b into s.
func Decode(b []byte, s Structure) error {
	r := NewReader(b)
	s.DecodeWire(r)
	if r.OK() && r.Len() > 0 {
		r.Fail("message", "end", ErrTrailing)
	}
	return r.Err()
}

// Source fills a structure, or only a base, from bytes or JSON; what comes after the base does not matter.
type Source func(Structure) error

// FromBytes is a Source of the wire form.
func FromBytes(b []byte) Source {
	return func(s Structure) error {
		r := NewReader(b)
		s.DecodeWire(r)
		return r.Err()
	}
}
