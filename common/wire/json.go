package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// MarshalJSON is d as JSON: names in snake case in the order of the wire, enums by name, bit sets as lists of names,
// bytes in hexadecimal. UnmarshalJSON makes the same structure of it. It is not inlined for the reason of Reader.Fail.
//
//go:noinline
func MarshalJSON(d Described) ([]byte, error) {
	f := &Fields{mode: toJSON}
	f.object(d)
	return f.b, f.err
}

// UnmarshalJSON fills d. A field that is absent stays as it is; one that d does not have is an error. Lengths and
// counts need not be there: they are written from what they count.
//
//go:noinline
func UnmarshalJSON(b []byte, d Described) error {
	v, err := parseJSON(b)
	if err != nil {
		return err
	}
	if err := fill(v, d, false); err != nil {
		return fmt.Errorf("read %T from json: %w", d, err)
	}
	return nil
}

// FromJSON is a Source of JSON.
func FromJSON(b []byte) Source {
	v, err := parseJSON(b)
	return func(s Structure) error {
		d, ok := s.(Described)
		switch {
		case err != nil:
			return err
		case !ok:
			return fmt.Errorf("read %T from json: its fields have no names", s)
		}
		if err := fill(v, d, true); err != nil {
			return fmt.Errorf("read %T from json: %w", s, err)
		}
		return nil
	}
}

func parseJSON(b []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("read json: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("read json: offset %d: %w", dec.InputOffset(), ErrTrailing)
	}
	return v, nil
}

// Dump is d as indented text for people, one field a line.
func Dump(d Described) string {
	f := &Fields{mode: toText}
	d.WireFields(f)
	return string(f.b)
}
