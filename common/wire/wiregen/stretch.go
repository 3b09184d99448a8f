package main

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
)

// part is what has a fixed length in a structure: a field, or several that share a number.
type part struct {
	fields []*field
	at     int // from the start of the stretch, in bytes
	size   int
}

// stretch is parts in a row. There is one check that there are as many bytes, not one a field.
type stretch struct {
	parts []part
	size  int
}

func (u *stretch) add(size int, fields ...*field) {
	u.parts = append(u.parts, part{fields, u.size, size})
	u.size += size
}

// fixed is the length of a field that is always there and always as long; 0 of others.
func fixed(f *field) int {
	if f.optional || f.cond != "" || f.align > 0 {
		return 0
	}
	switch t := f.typ.Underlying().(type) {
	case *types.Basic:
		return width(f.typ)
	case *types.Array:
		return int(t.Len()) * max(width(t.Elem()), 1)
	}
	return 0
}

// order is the byte order of a field.
func order(f *field) string {
	if f.little {
		return "binary.LittleEndian"
	}
	return "binary.BigEndian"
}

// decodeRun reads the parts of a stretch out of the bytes of it.
func (g *generator) decodeRun(s *structure, u *stretch) {
	g.printf("if p := r.Take(%d); p != nil {\n", u.size)
	for _, p := range u.parts {
		if len(p.fields) > 1 || p.fields[0].bits > 0 {
			g.printf("{\nword := uint64(%s)\n", get(p.fields[0], p.size, fmt.Sprint(p.at)))
			g.splitBits(p.fields, p.size)
			g.printf("}\n")
			continue
		}
		g.decodePart(p)
	}
	g.printf("} else {\nr.Short(%q, %q)\n}\n", s.name, u.layout())
	last := u.parts[len(u.parts)-1].fields[0]
	if last.size && sized(s) {
		g.printf("end := r.Narrow(start, int(v.%s), %q, %q)\n", last.path, s.name, last.name)
	}
}

// get is the expression of a number of w bytes at an offset of p.
func get(f *field, w int, at string) string {
	if w == 1 {
		return "p[" + at + "]"
	}
	return fmt.Sprintf("%s.Uint%d(p[%s:])", order(f), 8*w, at)
}

func (g *generator) decodePart(p part) {
	f := p.fields[0]
	v := "v." + f.path
	t, array := f.typ.Underlying().(*types.Array)
	switch {
	case f.name == "_":
	case !array:
		g.printf("%s = %s\n", v, g.typed(f.typ, get(f, p.size, fmt.Sprint(p.at))))
	case width(t.Elem()) == 1:
		g.printf("copy(%s[:], p[%d:%d])\n", v, p.at, p.at+p.size)
	default:
		ew := width(t.Elem())
		e := get(f, ew, fmt.Sprintf("%d+%d*i", p.at, ew))
		g.printf("for i := range %s {\n%s[i] = %s\n}\n", v, v, g.typed(t.Elem(), e))
	}
}

// layout is the stretch as Reader.Short reads it.
func (u *stretch) layout() string {
	var out []string
	for _, p := range u.parts {
		name := p.fields[0].name
		if name == "_" {
			name = "padding"
		}
		out = append(out, fmt.Sprintf("%s:%d", name, p.size))
	}
	return strings.Join(out, " ")
}

// encodeRun writes the parts of a stretch into room for all of it.
func (g *generator) encodeRun(s *structure, u *stretch) {
	for _, p := range u.parts {
		g.checkPart(s, p)
	}
	g.runs++
	room := fmt.Sprintf("p%d", g.runs)
	g.printf("if cap(b)-len(b) < %d {\nb = wire.Grow(b, %d)\n}\n", u.size, u.size)
	if slices.ContainsFunc(u.parts, func(p part) bool { return !p.later(s) }) {
		g.printf("%s := b[len(b):len(b)+%d]\n", room, u.size)
	}
	for _, p := range u.parts {
		g.encodePart(s, room, p)
	}
	g.printf("b = b[:len(b)+%d]\n", u.size)
}

// later says whether the part is a length that is known when all is written.
func (p part) later(s *structure) bool {
	f := p.fields[0]
	return f.size && sized(s) || f.counted != nil && patched(f.counted)
}

// checkPart writes what may be wrong with values before any is written.
func (g *generator) checkPart(s *structure, p part) {
	f := p.fields[0]
	switch {
	case f.bits > 0:
		for _, f := range p.fields {
			if f.name != "_" {
				g.printf("if err := wire.CheckBits(len(b)+%d, uint64(%s), %d, %q, %q)%s", p.at,
					ofBits(f), f.bits, s.name, f.name, orReturn)
			}
		}
	case f.counted != nil && !patched(f.counted):
		g.printf("if err := wire.CheckSize(len(b)+%d, %d, len(v.%s), %q, %q)%s", p.at, p.size, f.counted.path, s.name, f.name,
			orReturn)
	}
}

func (g *generator) encodePart(s *structure, room string, p part) {
	f := p.fields[0]
	v := "v." + f.path
	t, array := f.typ.Underlying().(*types.Array)
	switch {
	case f.bits > 0:
		g.putNumber(room, p.at, f, joined(p.fields, p.size))
	case f.name == "_":
		g.printf("clear(%s[%d:%d])\n", room, p.at, p.at+p.size)
	case array && width(t.Elem()) == 1:
		g.printf("copy(%s[%d:%d], %s[:])\n", room, p.at, p.at+p.size, v)
	case array:
		ew := width(t.Elem())
		at := fmt.Sprintf("%d+%d*i", p.at, ew)
		g.printf("for i := range %s {\n%s.PutUint%d(%s[%s:], uint%d(%s[i]))\n}\n", v, order(f), 8*ew, room, at, 8*ew, v)
	case f.size && sized(s):
		g.printf("sizeAt := len(b)+%d\n", p.at)
	case f.counted != nil && patched(f.counted):
		g.printf("at%s := len(b)+%d\n", f.name, p.at)
	case f.counted != nil:
		g.putNumber(room, p.at, f, "len(v."+f.counted.path+")")
	default:
		g.putNumber(room, p.at, f, unsigned(f.typ, v))
	}
}

func (g *generator) putNumber(room string, at int, f *field, expr string) {
	w := width(f.typ)
	if w == 1 {
		g.printf("%s[%d] = uint8(%s)\n", room, at, expr)
		return
	}
	g.printf("%s.PutUint%d(%s[%d:], uint%d(%s))\n", order(f), 8*w, room, at, 8*w, expr)
}

// joined is the number that fields share, the first one in its most significant bits.
func joined(fields []*field, size int) string {
	var out []string
	shift := 8 * size
	for _, f := range fields {
		if shift -= f.bits; f.name != "_" {
			out = append(out, fmt.Sprintf("uint64(%s)<<%d", ofBits(f), shift))
		}
	}
	if len(out) == 0 {
		return "0"
	}
	return strings.Join(out, " | ")
}
