package main

import (
	"fmt"
	"go/types"
)

// put is the statement that appends a number.
func put(w int, little bool, expr string) string {
	switch {
	case w == 1:
		return fmt.Sprintf("b = append(b, uint8(%s))", expr)
	case little:
		return fmt.Sprintf("b = binary.LittleEndian.AppendUint%d(b, uint%d(%s))", 8*w, 8*w, expr)
	}
	return fmt.Sprintf("b = binary.BigEndian.AppendUint%d(b, uint%d(%s))", 8*w, 8*w, expr)
}

// unsigned is a value as the number that stands on the wire.
func unsigned(t types.Type, expr string) string {
	switch {
	case isBool(t):
		return "wire.Bool(bool(" + expr + "))"
	case isFloat(t):
		return fmt.Sprintf("math.Float%dbits(float%d(%s))", 8*width(t), 8*width(t), expr)
	}
	return expr
}

const orReturn = "; err != nil {\nreturn nil, err\n}\n"

func (g *generator) encodeField(s *structure, f *field) {
	v := "v." + f.path
	switch {
	case f.optional:
		g.printf("if %s != nil {\n", v)
		if before := optionalBefore(s, f); before != nil {
			g.printf("if v.%s == nil {\nreturn nil, wire.Gap(len(b), %q, %q)\n}\n", before.path, s.name, f.name)
		}
		g.encodeValue(s, f, "(*"+v+")")
		g.printf("}\n")
	case f.cond != "":
		g.printf("if %s {\n", f.cond)
		g.encodeValue(s, f, v)
		g.printf("}\n")
	default:
		g.encodeValue(s, f, v)
	}
}

func optionalBefore(s *structure, f *field) *field {
	var before *field
	for _, o := range s.fields {
		if o == f {
			return before
		}
		if o.optional {
			before = o
		}
	}
	return nil
}

func (g *generator) encodeValue(s *structure, f *field, v string) {
	switch t := f.typ.Underlying().(type) {
	case *types.Basic:
		g.encodeNumber(s, f, v)
	case *types.Array:
		ew := width(t.Elem())
		switch {
		case f.align > 0:
			g.printf("b = wire.Align(b, start, %d)\n", f.align)
		case f.name == "_":
			g.printf("b = append(b, make([]byte, %d)...)\n", t.Len()*int64(max(ew, 1)))
		case ew == 1:
			g.printf("b = append(b, %s[:]...)\n", v)
		default:
			g.printf("for _, e := range %s {\n%s\n}\n", v, put(ew, f.little, "e"))
		}
	case *types.Slice:
		g.encodeSlice(s, f, t, v)
	case *types.Struct:
		g.printf("{\n")
		g.encodeStruct(f, v)
		g.printf("}\n")
	}
}

func (g *generator) encodeNumber(s *structure, f *field, v string) {
	w := width(f.typ)
	switch {
	case f.name == "_":
		g.printf("b = append(b, make([]byte, %d)...)\n", w)
	case f.size && sized(s):
		g.printf("sizeAt := len(b)\n%s\n", put(w, f.little, "0"))
	case f.counted != nil && patched(f.counted):
		g.printf("at%s := len(b)\n%s\n", f.name, put(w, f.little, "0"))
	case f.counted != nil:
		n := "len(v." + f.counted.path + ")"
		g.printf("if err := wire.CheckSize(len(b), %d, %s, %q, %q)%s%s\n", w, n, s.name, f.name, orReturn,
			put(w, f.little, n))
	default:
		g.printf("%s\n", put(w, f.little, unsigned(f.typ, v)))
	}
}

// patched reports whether the bytes of the list are known only when they are written.
func patched(list *field) bool {
	return list.bytes != "" && width(list.typ.Underlying().(*types.Slice).Elem()) != 1
}

// encodeStruct is within a block of its own.
func (g *generator) encodeStruct(f *field, v string) {
	if f.pad > 0 {
		g.printf("from := len(b)\n")
	}
	g.printf("var err error\nif b, err = %s.AppendWire(b)%s", v, orReturn)
	if f.pad > 0 {
		g.printf("b = wire.Align(b, from, %d)\n", f.pad)
	}
}

func (g *generator) encodeSlice(s *structure, f *field, t *types.Slice, v string) {
	ew := width(t.Elem())
	if ew == 1 {
		if b, ok := t.Elem().(*types.Basic); ok && b.Kind() == types.Uint8 {
			g.printf("b = append(b, %s...)\n", v)
			return
		}
	}
	if patched(f) {
		g.printf("from%s := len(b)\n", f.name)
	}
	g.encodeElements(s, f, ew, v)
	if patched(f) {
		n := s.find(f.bytes)
		g.printf("if err := wire.%s(b, at%s, %d, len(b)-from%s, %q, %q)%s", putSize(n), n.name, width(n.typ), f.name,
			s.name, n.name, orReturn)
	}
}

func (g *generator) encodeElements(s *structure, f *field, ew int, v string) {
	if f.kinds != "" {
		g.printf("{\nvar err error\nif b, err = wire.AppendKinds(b, %s, %d, %q, %q)%s}\n", v, max(f.pad, 1), s.name, f.name,
			orReturn)
		return
	}
	g.printf("for i := range %s {\n", v)
	if ew > 0 {
		g.printf("%s\n", put(ew, f.little, v+"[i]"))
	} else {
		g.encodeStruct(f, v+"[i]")
	}
	g.printf("}\n")
}

func putSize(f *field) string {
	if f.little {
		return "PutSizeLE"
	}
	return "PutSize"
}

// patchSize writes the size field, once everything is there.
func (g *generator) patchSize(s *structure) {
	for _, f := range s.fields {
		if f.size && sized(s) {
			g.printf("if err := wire.%s(b, sizeAt, %d, len(b)-start, %q, %q)%s", putSize(f), width(f.typ), s.name, f.name,
				orReturn)
		}
	}
}

// ofBits is the value of a field that shares a number: its own, or that of what it counts.
func ofBits(f *field) string {
	if f.counted != nil {
		return "len(v." + f.counted.path + ")"
	}
	return unsigned(f.typ, "v."+f.path)
}

// encodeBits writes the fields that share a number, the first one into the most significant bits.
func (g *generator) encodeBits(s *structure, group []*field) {
	first := group[0]
	shift := 8 * width(first.typ)
	g.printf("{\nvar word uint64\n")
	for _, f := range group {
		shift -= f.bits
		if f.name == "_" {
			continue
		}
		g.printf("if err := wire.CheckBits(len(b), uint64(%s), %d, %q, %q)%sword |= uint64(%s) << %d\n",
			ofBits(f), f.bits, s.name, f.name, orReturn, ofBits(f), shift)
	}
	g.printf("%s\n}\n", put(width(first.typ), first.little, "word"))
}
