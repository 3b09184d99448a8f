package main

import (
	"fmt"
	"go/types"
)

// take is the expression that reads a number of w bytes.
func take(w int, little bool, where string) string {
	if little && w > 1 {
		return fmt.Sprintf("r.Uint%dLE(%s)", 8*w, where)
	}
	return fmt.Sprintf("r.Uint%d(%s)", 8*w, where)
}

// typed is a number from the wire as a value of the type.
func (g *generator) typed(t types.Type, expr string) string {
	switch {
	case isBool(t):
		return g.typeName(t) + "(" + expr + " != 0)"
	case isFloat(t):
		return fmt.Sprintf("%s(math.Float%dfrombits(%s))", g.typeName(t), 8*width(t), expr)
	}
	return g.typeName(t) + "(" + expr + ")"
}

func (g *generator) decodeField(s *structure, f *field) {
	v := "v." + f.path
	switch {
	case f.optional:
		g.printf("if r.Len() > 0 {\n%s = new(%s)\n", v, g.typeName(f.typ))
		g.decodeValue(s, f, "(*"+v+")")
		g.printf("}\n")
	case f.cond != "":
		g.printf("if %s {\n", f.cond)
		g.decodeValue(s, f, v)
		g.printf("}\n")
	default:
		g.decodeValue(s, f, v)
	}
}

func (g *generator) decodeValue(s *structure, f *field, v string) {
	w := width(f.typ)
	where := fmt.Sprintf("%q, %q", s.name, f.name)
	padding := fmt.Sprintf("%q, \"padding\"", s.name)
	switch t := f.typ.Underlying().(type) {
	case *types.Basic:
		if f.name == "_" {
			g.printf("r.Bytes(%d, %s)\n", w, padding)
			return
		}
		g.printf("%s = %s\n", v, g.typed(f.typ, take(w, f.little, where)))
		if f.size && sized(s) {
			g.printf("end := r.Narrow(start, int(%s), %s)\n", v, where)
		}
	case *types.Array:
		ew := width(t.Elem())
		switch {
		case f.align > 0:
			g.printf("r.Align(start, %d, %s)\n", f.align, padding)
		case f.name == "_":
			g.printf("r.Bytes(%d, %s)\n", t.Len()*int64(max(ew, 1)), padding)
		case ew == 1:
			g.printf("copy(%s[:], r.Bytes(%d, %s))\n", v, t.Len(), where)
		default:
			g.printf("for i := range %s {\n%s[i] = %s\n}\n", v, v, g.typed(t.Elem(), take(ew, f.little, where)))
		}
	case *types.Slice:
		g.decodeSlice(s, f, t, v)
	case *types.Struct:
		if f.pad == 0 {
			g.printf("%s.DecodeWire(r)\n", v)
			return
		}
		g.printf("{\nfrom := r.Pos()\n%s.DecodeWire(r)\nr.Align(from, %d, %s)\n}\n", v, f.pad, padding)
	}
}

func (g *generator) decodeSlice(s *structure, f *field, t *types.Slice, v string) {
	where := fmt.Sprintf("%q, %q", s.name, f.name)
	if b, ok := t.Elem().(*types.Basic); ok && b.Kind() == types.Uint8 {
		n := "r.Len()"
		if f.bytes+f.count != "" {
			n = "int(v." + s.path(f.bytes+f.count) + ")"
		}
		g.printf("%s = r.Bytes(%s, %s)\n", v, n, where)
		return
	}
	if f.kinds == "" {
		g.printf("%s = %s[:0]\n", v, v)
	}
	if f.bytes != "" {
		g.printf("{\nend := r.Narrow(r.Pos(), int(v.%s), %s)\n", s.path(f.bytes), where)
	}
	g.decodeElements(s, f, t, v)
	if f.bytes != "" {
		g.printf("r.Widen(end, %q)\n}\n", s.name)
	}
}

func (g *generator) decodeElements(s *structure, f *field, t *types.Slice, v string) {
	where := fmt.Sprintf("%q, %q", s.name, f.name)
	if f.kinds != "" {
		g.printf("%s = r.Kinds(new%s, %d, %s)\n", v, f.kinds, max(f.pad, 1), where)
		return
	}
	if f.count != "" {
		g.printf("for i, last := uint64(0), -1; i < uint64(v.%s) && r.Progress(last, %s); i++ {\n", s.path(f.count), where)
	} else {
		g.printf("for last := -1; r.More(last, %s); {\n", where)
	}
	g.printf("last = r.Pos()\nvar e %s\n", g.typeName(t.Elem()))
	if ew := width(t.Elem()); ew > 0 {
		g.printf("e = %s\n", g.typed(t.Elem(), take(ew, f.little, where)))
	} else {
		g.printf("e.DecodeWire(r)\n")
	}
	if f.pad > 0 {
		g.printf("r.Align(last, %d, %q, \"padding\")\n", f.pad, s.name)
	}
	g.printf("if r.OK() {\n%s = append(%s, e)\n}\n}\n", v, v)
}

// decodeBits takes apart the number that fields share.
func (g *generator) decodeBits(s *structure, group []*field) {
	first := group[0]
	w := width(first.typ)
	g.printf("{\nword := uint64(%s)\n", take(w, first.little, fmt.Sprintf("%q, %q", s.name, first.name)))
	g.splitBits(group, w)
	g.printf("}\n")
}

// splitBits takes a word of w bytes apart.
func (g *generator) splitBits(group []*field, w int) {
	shift := 8 * w
	for _, f := range group {
		shift -= f.bits
		if f.name != "_" {
			g.printf("v.%s = %s\n", f.path, g.typed(f.typ, fmt.Sprintf("word >> %d & (1<<%d - 1)", shift, f.bits)))
		}
	}
	g.printf("_ = word\n")
}
