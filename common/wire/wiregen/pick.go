package main

import "strings"

// pick writes, for each base, the choice of the structure by the fields of its base.
func (g *generator) pick() {
	for _, base := range g.p.structs {
		if !base.base {
			continue
		}
		other := "nil"
		g.printf("// pick%s returns a new structure of the kind that the fields of v choose, nil for a kind without one.\n"+
			"func pick%s(v *%s) wire.Structure {\nswitch {\n", base.name, base.name, base.name)
		for _, s := range g.embedding(base) {
			switch {
			case s.orElse:
				other = "&" + s.name + "{}"
			case !s.base && len(s.when) > 0 && base.hasAll(s.when):
				g.printf("case %s:\nreturn &%s{}\n", conditions(base, s), s.name)
			}
		}
		g.printf("}\nreturn %s\n}\n\n", other)
		g.newStructure(base)
	}
	for _, s := range g.p.structs {
		g.setKind(s)
	}
}

// newStructure writes the choice through all bases that build on this one.
func (g *generator) newStructure(base *structure) {
	g.printf("// new%s returns a new structure of the kind that read says, nil for a kind without one; bases of bases "+
		"are asked in turn.\nfunc new%s(read wire.Source) (wire.Structure, error) {\nvar v %s\n"+
		"if err := read(&v); err != nil {\nreturn nil, err\n}\n", base.name, base.name, base.name)
	for _, s := range g.embedding(base) {
		if s.base && len(s.when) > 0 {
			g.printf("if %s {\nreturn new%s(read)\n}\n", conditions(base, s), s.name)
		}
	}
	g.printf("return pick%s(&v), nil\n}\n\n", base.name)
}

// embedding are the structures whose base is this one.
func (g *generator) embedding(base *structure) []*structure {
	var out []*structure
	for _, s := range g.p.structs {
		if len(s.bases) > 0 && s.bases[0] == base.name {
			out = append(out, s)
		}
	}
	return out
}

func conditions(base, s *structure) string {
	var all []string
	for _, w := range s.when {
		var any []string
		for c := range strings.SplitSeq(w[1], "|") {
			any = append(any, "v."+base.path(w[0])+" == "+c)
		}
		if len(any) > 1 {
			any[0] = "(" + strings.Join(any, " || ") + ")"
		}
		all = append(all, any[0])
	}
	return strings.Join(all, " && ")
}

func (g *generator) setKind(s *structure) {
	switch {
	case s.orElse:
		g.printf("// SetKind leaves v as it is: its kind is one that nothing else here has.\nfunc (v *%s) SetKind() {}\n\n",
			s.name)
	case len(s.when) > 0 && !s.base:
		g.printf("// SetKind sets the fields that make v what it is.\nfunc (v *%s) SetKind() {\n", s.name)
		for _, w := range s.when {
			if c, _, several := strings.Cut(w[1], "|"); !several {
				g.printf("v.%s = %s\n", s.path(w[0]), c)
			}
		}
		g.printf("}\n\n")
	}
}
