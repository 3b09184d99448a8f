package wire_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/vlcp-go/vlcp/common/wire"
)

// The reflective codec walks structures by their tags while it runs, as codecs do that are not generated: the oracle of
// what the generated ones do, and the measure of how fast. It has no bits, no conditions and no way to find a kind.

// tags of a field.
type tags struct {
	size, rest, base, optional, little bool
	bytes, count                       string // the field that says how many
	pad, align                         int
}

func readTags(f reflect.StructField) (t tags) {
	for part := range strings.SplitSeq(f.Tag.Get("wire"), ",") {
		key, value, _ := strings.Cut(part, "=")
		n, _ := strconv.Atoi(value)
		switch key {
		case "size":
			t.size = true
		case "rest", "extra":
			t.rest = true
		case "base":
			t.base = true
		case "optional":
			t.optional = true
		case "little":
			t.little = true
		case "bytes":
			t.bytes = value
		case "count":
			t.count = value
		case "pad":
			t.pad = n
		case "align":
			t.align = n
		}
	}
	return t
}

// plans are the tags of the fields of types that were seen, so that they are read once.
var plans = map[reflect.Type]*plan{}

type plan struct {
	fields []tags
	names  []string
	byHand bool
}

func planOf(t reflect.Type) *plan {
	p := plans[t]
	if p == nil {
		p = &plan{byHand: t.String() == "of13.Match" || t.String() == "sample.Raw"}
		for i := range t.NumField() {
			p.fields, p.names = append(p.fields, readTags(t.Field(i))), append(p.names, t.Field(i).Name)
		}
		plans[t] = p
	}
	return p
}

// byHand reports whether a structure has a codec that is not generated; both codecs use that.
func byHand(v reflect.Value) (wire.Structure, bool) {
	if !planOf(v.Type()).byHand {
		return nil, false
	}
	return v.Addr().Interface().(wire.Structure), true
}

func order(little bool) binary.ByteOrder {
	if little {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

// reflectAppend is what AppendWire does.
func reflectAppend(b []byte, v reflect.Value) ([]byte, error) {
	if s, ok := byHand(v); ok {
		return s.AppendWire(b)
	}
	start, sizeAt := len(b), -1
	var err error
	if b, err = appendFields(b, v, v, start, &sizeAt); err != nil {
		return nil, err
	}
	if sizeAt >= 0 {
		binary.BigEndian.PutUint16(b[sizeAt:], uint16(len(b)-start))
	}
	return b, nil
}

func appendFields(b []byte, v, whole reflect.Value, start int, sizeAt *int) ([]byte, error) {
	plan := planOf(v.Type())
	for i := range v.NumField() {
		f, t := v.Field(i), plan.fields[i]
		if t.size {
			*sizeAt = len(b)
		}
		if f.Kind() == reflect.Struct && t.base {
			var err error
			if b, err = appendFields(b, f, whole, start, sizeAt); err != nil {
				return nil, err
			}
			continue
		}
		at := len(b)
		var err error
		if b, err = appendField(b, f, t, whole); err != nil {
			return nil, err
		}
		setCount(b, v, i, t, at, f)
		for t.align > 0 && (len(b)-start)%t.align != 0 {
			b = append(b, 0)
		}
	}
	return b, nil
}

// setCount writes the number into the field that says how many there are. It is one of the same structure, before.
func setCount(b []byte, v reflect.Value, i int, t tags, at int, list reflect.Value) {
	name, n := t.bytes, len(b)-at
	if name == "" {
		name, n = t.count, 0
		if name == "" {
			return
		}
		n = list.Len()
	}
	for back := i - 1; back >= 0; back-- { // the fields between have a fixed size
		f := v.Field(back)
		at -= int(f.Type().Size())
		if planOf(v.Type()).names[back] == name {
			putUint(b[at:at+int(f.Type().Size())], uint64(n), binary.BigEndian)
			return
		}
	}
}

func appendField(b []byte, f reflect.Value, t tags, whole reflect.Value) (_ []byte, err error) {
	switch f.Kind() {
	case reflect.Pointer:
		if f.IsNil() {
			return b, nil
		}
		return appendField(b, f.Elem(), t, whole)
	case reflect.Struct:
		b, err = reflectAppend(b, f)
	case reflect.Slice, reflect.Array:
		if f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Uint8 {
			return append(b, f.Bytes()...), nil
		}
		for i := range f.Len() {
			from := len(b)
			if b, err = appendField(b, f.Index(i), t, whole); err != nil {
				return nil, err
			}
			for t.pad > 0 && (len(b)-from)%t.pad != 0 {
				b = append(b, 0)
			}
		}
	default:
		n := int(f.Type().Size())
		b = append(b, zeros[:n]...)
		putUint(b[len(b)-n:], number(f), order(t.little))
	}
	return b, err
}

var zeros [8]byte

func number(f reflect.Value) uint64 {
	switch {
	case f.CanInt():
		return uint64(f.Int())
	case f.Kind() == reflect.Bool:
		if f.Bool() {
			return 1
		}
		return 0
	}
	return f.Uint()
}

func putUint(b []byte, n uint64, o binary.ByteOrder) {
	switch len(b) {
	case 1:
		b[0] = byte(n)
	case 2:
		o.PutUint16(b, uint16(n))
	case 4:
		o.PutUint32(b, uint32(n))
	case 8:
		o.PutUint64(b, n)
	}
}

var errShort = errors.New("truncated")

// reflectDecode is what DecodeWire does: it reads v from b and returns what is left.
func reflectDecode(b []byte, v reflect.Value) ([]byte, error) {
	if s, ok := byHand(v); ok {
		r := wire.NewReader(b)
		s.DecodeWire(r)
		return b[r.Pos():], r.Err()
	}
	d := &reflectReader{all: b, b: b}
	if err := d.fields(v); err != nil {
		return nil, fmt.Errorf("%s: %w", v.Type(), err)
	}
	if len(d.b) > 0 {
		return append(d.b[:len(d.b):len(d.b)], d.behind...), nil
	}
	return d.behind, nil
}

// reflectReader reads one structure.
type reflectReader struct {
	all, b, behind []byte
}

func (d *reflectReader) fields(v reflect.Value) error {
	plan := planOf(v.Type())
	for i := range v.NumField() {
		f, t, name := v.Field(i), plan.fields[i], plan.names[i]
		var err error
		switch {
		case t.base:
			err = d.fields(f)
		case name == "_":
			err = d.skip(int(f.Type().Size()), t)
		case f.Kind() == reflect.Slice:
			err = d.slice(f, t, v)
		case t.optional && len(d.b) == 0:
		case t.optional:
			f.Set(reflect.New(f.Type().Elem()))
			err = d.field(f.Elem(), t)
		default:
			err = d.field(f, t)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if t.size {
			n := int(f.Uint())
			if n < len(d.all)-len(d.b) || n > len(d.all) {
				return errShort
			}
			d.b, d.behind = d.b[:n-(len(d.all)-len(d.b))], d.all[n:]
		}
	}
	return nil
}

func (d *reflectReader) skip(n int, t tags) error {
	for at := len(d.all) - len(d.behind) - len(d.b); t.align > 0 && (at+n)%t.align != 0; {
		n++
	}
	if n > len(d.b) {
		return errShort
	}
	d.b = d.b[n:]
	return nil
}

func (d *reflectReader) slice(f reflect.Value, t tags, v reflect.Value) error {
	part, count := len(d.b), -1
	switch {
	case t.bytes != "":
		part = int(v.FieldByName(t.bytes).Uint())
	case t.count != "":
		count = int(v.FieldByName(t.count).Uint())
	}
	if part > len(d.b) {
		return errShort
	}
	if f.Type().Elem().Kind() == reflect.Uint8 {
		f.SetBytes(d.b[:part:part])
		d.b = d.b[part:]
		return nil
	}
	in := &reflectReader{all: d.b[:part], b: d.b[:part]}
	for (count < 0 && len(in.b) > 0) || f.Len() < count {
		before := len(in.b)
		e := reflect.New(f.Type().Elem()).Elem()
		if err := in.field(e, t); err != nil {
			return err
		}
		f.Set(reflect.Append(f, e))
		if t.pad > 0 {
			if err := in.skip((t.pad-(before-len(in.b))%t.pad)%t.pad, tags{}); err != nil {
				return err
			}
		}
	}
	d.b = d.b[part-len(in.b):]
	return nil
}

func (d *reflectReader) field(f reflect.Value, t tags) (err error) {
	switch f.Kind() {
	case reflect.Struct:
		d.b, err = reflectDecode(d.b, f)
		return err
	case reflect.Array:
		for i := range f.Len() {
			if err := d.field(f.Index(i), t); err != nil {
				return err
			}
		}
		return nil
	}
	n := int(f.Type().Size())
	if n > len(d.b) {
		return errShort
	}
	setNumber(f, d.b[:n], order(t.little))
	d.b = d.b[n:]
	return nil
}

func setNumber(f reflect.Value, b []byte, o binary.ByteOrder) {
	var n uint64
	switch len(b) {
	case 1:
		n = uint64(b[0])
	case 2:
		n = uint64(o.Uint16(b))
	case 4:
		n = uint64(o.Uint32(b))
	case 8:
		n = o.Uint64(b)
	}
	switch {
	case f.CanInt():
		f.SetInt(int64(n))
	case f.Kind() == reflect.Bool:
		f.SetBool(n != 0)
	default:
		f.SetUint(n)
	}
}
