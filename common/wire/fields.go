package wire

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
)

// Fields is what a structure hands its fields to: it writes them as JSON or text, or fills them from JSON.
type Fields struct {
	mode  mode
	b     []byte
	depth int
	comma bool           // one was written before, on this level
	in    map[string]any // of this level
	seen  int            // how many of in
	err   error
}

type mode uint8

const (
	toJSON mode = iota
	toText
	fromJSON
)

// leaf is a value without fields: how it is written, and how it is read back.
type leaf struct {
	text  func() string
	parse func(s string) error
	bare  bool // a number or a truth: JSON without quotes
}

func (f *Fields) key(name string) {
	switch f.mode {
	case toJSON:
		if f.comma {
			f.b = append(f.b, ',')
		}
		f.comma = true
		if name != "" {
			f.b = append(strconv.AppendQuote(f.b, name), ':')
		}
	case toText:
		for range f.depth {
			f.b = append(f.b, "  "...)
		}
		if name == "" {
			f.b = append(f.b, '-')
			return
		}
		f.b = append(append(f.b, name...), ':')
	}
}

// take finds the field in the input.
func (f *Fields) take(name string) (any, bool) {
	v, ok := f.in[name]
	if ok {
		f.seen++
	}
	return v, ok && f.err == nil
}

// Has says whether the input of JSON has the field.
func (f *Fields) Has(name string) bool {
	_, ok := f.in[name]
	return ok
}

// fail notes the first error, of the named field.
func (f *Fields) fail(name string, err error) {
	if f.err == nil && err != nil {
		f.err = fmt.Errorf("%s: %w", name, err)
	}
}

func (f *Fields) leaf(name string, l leaf) {
	if f.mode == fromJSON {
		if v, ok := f.take(name); ok {
			f.fail(name, parseLeaf(v, l))
		}
		return
	}
	f.key(name)
	f.value(l)
}

func parseLeaf(v any, l leaf) error {
	switch v := v.(type) {
	case string:
		return l.parse(v)
	case json.Number:
		return l.parse(v.String())
	case bool:
		return l.parse(strconv.FormatBool(v))
	}
	return fmt.Errorf("%v is no single value", v)
}

func (f *Fields) value(l leaf) {
	switch {
	case f.mode == toText:
		f.b = append(append(append(f.b, ' '), l.text()...), '\n')
	case l.bare:
		f.b = append(f.b, l.text()...)
	default:
		f.quoted(l.text())
	}
}

func (f *Fields) quoted(s string) {
	b, err := json.Marshal(s)
	f.fail(s, err)
	f.b = append(f.b, b...)
}

// open and shut are around what has fields or elements.
func (f *Fields) open(c byte) {
	if f.mode == toJSON {
		f.b = append(f.b, c)
	} else {
		f.b = append(f.b, '\n')
	}
	f.depth++
	f.comma = false
}

func (f *Fields) shut(c byte) {
	if f.mode == toJSON {
		f.b = append(f.b, c)
	}
	f.depth--
	f.comma = true
}

// Struct is a structure inside of another. One that cannot name its fields is bytes.
func (f *Fields) Struct(name string, s Structure) {
	d, ok := s.(Described)
	switch {
	case !ok:
		f.leaf(name, opaque(s))
	case f.mode == fromJSON:
		if v, ok := f.take(name); ok {
			f.fail(name, fill(v, d, false))
		}
	default:
		f.key(name)
		f.object(d)
	}
}

func (f *Fields) object(d Described) {
	f.open('{')
	d.WireFields(f)
	f.shut('}')
}

// opaque is a structure as the bytes of its wire form.
func opaque(s Structure) leaf {
	return leaf{
		text: func() string {
			b, err := s.AppendWire(nil)
			if err != nil {
				return "!" + err.Error()
			}
			return hex.EncodeToString(b)
		},
		parse: func(text string) error {
			b, err := hex.DecodeString(text)
			if err != nil {
				return err
			}
			return Decode(b, s)
		},
	}
}

// fill sets the fields of d from an object; lax lets it have others.
func fill(v any, d Described, lax bool) error {
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("%v is no object", v)
	}
	f := &Fields{mode: fromJSON, in: m}
	d.WireFields(f)
	if f.err == nil && f.seen != len(m) && !lax {
		names := &Fields{mode: fromJSON, in: map[string]any{}}
		for k := range m {
			names.in = map[string]any{k: nil}
			names.seen = 0
			if d.WireFields(names); names.seen == 0 {
				return fmt.Errorf("unknown field %q", k)
			}
		}
	}
	return f.err
}
