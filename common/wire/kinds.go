package wire

import (
	"errors"
	"fmt"
)

// Chooser makes an empty structure of the kind that a Source says, nil for one that it does not know: the function
// new<Base> that is generated for a base.
type Chooser = func(Source) (Structure, error)

// choose is a structure of the kind that read says, which can name its fields.
func choose(choice Chooser, read Source) (Described, error) {
	s, err := choice(read)
	if err != nil {
		return nil, err
	}
	d, ok := s.(Described)
	if !ok {
		return nil, ErrKind
	}
	return d, nil
}

// Kinds takes structures to the end, each of a kind of its own, with zeros after it up to a multiple of pad bytes.
func (r *Reader) Kinds(choice Chooser, pad int, structure, field string) (list []Described) {
	for last := -1; r.More(last, structure, field); {
		last = r.Pos()
		d, err := choose(choice, FromBytes(r.Peek(r.Len())))
		if err != nil {
			r.failWithin(structure, field, err)
			return list
		}
		d.DecodeWire(r)
		if r.Align(last, pad, structure, "padding"); r.OK() {
			list = append(list, d)
		}
	}
	return list
}

// failWithin notes an error of what begins here, which counts its offset from there.
func (r *Reader) failWithin(structure, field string, err error) {
	var e *Error
	if !errors.As(err, &e) {
		r.Fail(structure, field, err)
	} else if r.err == nil {
		r.err = &Error{Offset: r.pos + e.Offset, Struct: e.Struct, Field: e.Field, Err: e.Err}
	}
}

// AppendKinds appends structures each of a kind of its own, whose fields that say the kind are set.
func AppendKinds(b []byte, list []Described, pad int, structure, field string) ([]byte, error) {
	for _, d := range list {
		if d == nil {
			return nil, &Error{Offset: len(b), Struct: structure, Field: field, Err: ErrKind}
		}
		if k, ok := d.(interface{ SetKind() }); ok {
			k.SetKind()
		}
		start := len(b)
		var err error
		if b, err = d.AppendWire(b); err != nil {
			return nil, err
		}
		b = Align(b, start, pad)
	}
	return b, nil
}

// Kinds are the structures of a list, each of a kind of its own.
func Kinds(f *Fields, name string, list *[]Described, choice Chooser) {
	if f.mode == fromJSON {
		for _, v := range f.elements(name) {
			d, err := choose(choice, func(s Structure) error { return element(v, s, true) })
			if err == nil {
				err = element(v, d, false)
			}
			if err != nil {
				f.fail(name, err)
				continue
			}
			*list = append(*list, d)
		}
		return
	}
	f.key(name)
	f.open('[')
	for _, d := range *list {
		f.key("")
		if d == nil {
			f.fail(name, fmt.Errorf("an element that is nil: %w", ErrKind))
			return
		}
		f.object(d)
	}
	f.shut(']')
}
