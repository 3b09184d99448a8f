package main

import (
	"fmt"
	"go/types"
)

// check finds what contradicts itself in a declaration.
func (s *structure) check() error {
	names := map[string]bool{}
	var last *field // the one that takes what is left
	for _, f := range s.fields {
		if last != nil {
			return fmt.Errorf("field %s: comes after %s, which takes what is left", f.name, last.name)
		}
		if err := f.check(); err != nil {
			return fmt.Errorf("field %s: %w", f.name, err)
		}
		if f.rest || f.extra {
			last = f
		}
		if f.name != "_" && names[f.json] {
			return fmt.Errorf("field %s: the name %q is taken, give it another by name=", f.name, f.json)
		}
		names[f.json] = f.name != "_"
	}
	return nil
}

func (f *field) check() error {
	t, slice := f.typ.Underlying().(*types.Slice)
	number := integer(f.typ)
	switch {
	case f.pointer != f.optional:
		return fmt.Errorf("an optional field is a pointer with wire:\"optional\"")
	case f.size && (!number || f.bits > 0 || f.cond != ""):
		return fmt.Errorf("a size is a number that is always there")
	case f.counted != nil && (!number || f.cond != "" || f.optional || f.size):
		return fmt.Errorf("a count is a number that is always there")
	case f.counted != nil && f.bits > 0 && patched(f.counted):
		return fmt.Errorf("a number with bits= counts elements, or bytes of []byte, not the bytes of other lists")
	case (f.bytes != "" || f.count != "") && (!slice || f.cond != ""):
		return fmt.Errorf("what is counted is a list that is always there")
	case f.extra && (!slice || width(t.Elem()) != 1):
		return fmt.Errorf("extra is for bytes")
	case f.align > 0 && f.name != "_":
		return fmt.Errorf("align is for padding: _ [0]byte")
	case f.pad > 0 && !slice && !isStruct(f.typ):
		return fmt.Errorf("pad is for structures")
	case f.kinds != "" && !slice:
		return fmt.Errorf("kinds is for []wire.Described with \"rest\" or \"bytes=FIELD\"")
	case f.parse != "" && f.format == "":
		return fmt.Errorf("parse needs format")
	case f.bits > 0 && (!number && !isBool(f.typ) || f.cond != "" || f.optional):
		return fmt.Errorf("bits is for numbers that are always there")
	}
	return f.form()
}

// form says whether the type has a wire form.
func (f *field) form() error {
	switch t := f.typ.Underlying().(type) {
	case *types.Basic:
		if width(t) > 0 {
			return nil
		}
	case *types.Array:
		if f.name == "_" || width(t.Elem()) > 0 && integer(t.Elem()) {
			return nil
		}
		return fmt.Errorf("array of %s has no wire form", t.Elem())
	case *types.Slice:
		if !f.rest && !f.extra && f.bytes == "" && f.count == "" {
			return fmt.Errorf("a slice needs wire:\"rest\", \"extra\", \"bytes=FIELD\" or \"count=FIELD\"")
		}
		if f.kinds != "" {
			return f.listOfKinds(t)
		}
		if integer(t.Elem()) || isStruct(t.Elem()) {
			return nil
		}
		return fmt.Errorf("slice of %s has no wire form", t.Elem())
	case *types.Struct:
		return nil
	}
	return fmt.Errorf("type %s has no wire form", f.typ)
}

// listOfKinds says whether a list with kinds= is one. A type that is not known here is left to the compiler: imports
// cannot be read where the standard library is not found, as in a test that is built with -trimpath.
func (f *field) listOfKinds(t *types.Slice) error {
	n, ok := t.Elem().(*types.Named)
	described := ok && n.Obj().Name() == "Described" && n.Obj().Pkg().Name() == "wire"
	if !described && t.Elem() != types.Typ[types.Invalid] || f.count != "" || f.extra {
		return fmt.Errorf("kinds is for []wire.Described with \"rest\" or \"bytes=FIELD\"")
	}
	return nil
}

var widths = map[types.BasicKind]int{types.Uint8: 1, types.Uint16: 2, types.Uint32: 4, types.Uint64: 8, types.Int8: 1,
	types.Int16: 2, types.Int32: 4, types.Int64: 8, types.Float32: 4, types.Float64: 8, types.Bool: 1}

// width of a number in bytes, 0 for what is none.
func width(t types.Type) int {
	if b, ok := t.Underlying().(*types.Basic); ok {
		return widths[b.Kind()]
	}
	return 0
}

func integer(t types.Type) bool { return width(t) > 0 && !isFloat(t) && !isBool(t) }

func isFloat(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsFloat != 0
}

func isBool(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Kind() == types.Bool
}

func isStruct(t types.Type) bool {
	_, ok := t.Underlying().(*types.Struct)
	return ok
}
