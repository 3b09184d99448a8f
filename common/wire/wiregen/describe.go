package main

import (
	"fmt"
	"go/types"
	"slices"
)

// describe writes the method that JSON and Dump are made with.
func (g *generator) describe(s *structure) {
	g.printf("// WireFields hands the fields of v to f.\nfunc (v *%s) WireFields(f *wire.Fields) {\n", s.name)
	for _, f := range s.fields {
		v := "v." + f.path
		switch {
		case f.name == "_":
		case f.optional:
			g.printf("wire.Optional(f, %q, &%s, func(p *%s) {\n", f.json, v, g.typeName(f.typ))
			g.describeField(f, "(*p)")
			g.printf("})\n")
		case f.cond != "":
			g.printf("if f.Present(%s) {\n", f.cond)
			g.describeField(f, v)
			g.printf("}\n")
		case f.extra:
			g.printf("if f.Present(len(%s) > 0) {\n", v)
			g.describeField(f, v)
			g.printf("}\n")
		default:
			g.describeField(f, v)
		}
	}
	g.printf("}\n\n// MarshalJSON is v as JSON.\nfunc (v *%s) MarshalJSON() ([]byte, error) { "+
		"return wire.MarshalJSON(v) }\n\n", s.name)
	g.printf("// UnmarshalJSON reads what MarshalJSON wrote.\nfunc (v *%s) UnmarshalJSON(b []byte) error { "+
		"return wire.UnmarshalJSON(b, v) }\n\n", s.name)
}

// arrayFormats are the forms of arrays that need no function.
var arrayFormats = map[string]string{"mac": "MAC", "ip": "IP", "text": "Text"}

func (g *generator) describeField(f *field, v string) {
	builtin := arrayFormats[f.format]
	_, array := f.typ.Underlying().(*types.Array)
	_, slice := f.typ.Underlying().(*types.Slice)
	switch {
	case builtin != "" && array:
		g.printf("wire.Formatted(f, %q, %s[:], wire.Format%s, wire.Parse%s)\n", f.json, v, builtin, builtin)
	case f.format == "text" && slice:
		g.printf("wire.Text(f, %q, &%s)\n", f.json, v)
	case f.format == "hex":
		t := g.typeName(f.typ)
		g.printf("wire.Custom(f, %q, &%s, wire.FormatHexNumber[%s], wire.ParseHexNumber[%s])\n", f.json, v, t, t)
	case f.parse != "":
		g.printf("wire.Custom(f, %q, &%s, %s, %s)\n", f.json, v, f.format, f.parse)
	case f.format != "":
		g.printf("if !wire.Shown(f, %q, %s, %s) {\n%s}\n", f.json, v, f.format, g.plain(f, v))
	default:
		g.printf("%s", g.plain(f, v))
	}
}

// plain is the statement for a field without a form of its own.
func (g *generator) plain(f *field, v string) string {
	call := func(fn, arg string) string { return fmt.Sprintf("wire.%s(f, %q, %s)\n", fn, f.json, arg) }
	switch t := f.typ.Underlying().(type) {
	case *types.Array:
		if b, ok := t.Elem().(*types.Basic); ok && b.Kind() == types.Uint8 {
			return call("Array", v+"[:]")
		}
		return call("Words", v+"[:]")
	case *types.Slice:
		if b, ok := t.Elem().(*types.Basic); ok && b.Kind() == types.Uint8 {
			return call("Bytes", "&"+v)
		}
		if width(t.Elem()) > 0 {
			return call("Numbers", "&"+v)
		}
		if f.kinds != "" {
			return call("Kinds", "&"+v+", new"+f.kinds)
		}
		return call("Sequence", "&"+v)
	case *types.Struct:
		return fmt.Sprintf("f.Struct(%q, &%s)\n", f.json, v)
	}
	switch {
	case isBool(f.typ):
		return call("Truth", "&"+v)
	case isFloat(f.typ):
		return call("Float", "&"+v)
	}
	return call(g.kind(f.typ), "&"+v)
}

// kind is the function for a number: by its names, if it has some.
func (g *generator) kind(t types.Type) string {
	n, ok := t.(*types.Named)
	if !ok {
		return "Num"
	}
	if n.Obj().Pkg().Path() == g.p.name {
		i := slices.IndexFunc(g.p.named, func(o *named) bool { return o.name == n.Obj().Name() })
		switch {
		case i < 0:
			return "Num"
		case g.p.named[i].bitset:
			return "Flags"
		}
		return "Enum"
	}
	for m := range n.Methods() {
		switch m.Name() {
		case "WireBits":
			return "Flags"
		case "WireNames":
			return "Enum"
		}
	}
	return "Num"
}
