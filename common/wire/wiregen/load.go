package main

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// pkg is a package's declarations, in the order of its files and of their text.
type pkg struct {
	name    string
	structs []*structure
	named   []*named
	byName  map[string]*structure
}

// structure is a declared struct. fields are flattened: those of its bases come first.
type structure struct {
	name   string
	fields []field
	bases  []string // outermost first
	when   [][2]string
	base   bool // others embed it
	custom bool
}

// field is one field as it stands on the wire.
type field struct {
	name  string // "_" for padding
	path  string // as Go code reaches it: through the bases
	typ   types.Type
	size  bool   // the length of the structure
	rest  bool   // what is left
	count string // as many bytes as this field says
	of    string // the field that this one counts the bytes of
}

// named is an enum or a bit set.
type named struct {
	name   string
	bitset bool
	consts []string
}

func load(dir string) (*pkg, error) {
	fset := token.NewFileSet()
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || name == output {
			continue
		}
		f, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no Go files in %s", dir)
	}
	name := files[0].Name.Name
	// Methods that are still to be generated are missing, so errors of type checking are expected.
	conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil), Error: func(error) {}}
	tp, _ := conf.Check(name, fset, files, nil)
	p := &pkg{name: name, byName: map[string]*structure{}}
	return p, p.read(files, tp)
}

func (p *pkg) read(files []*ast.File, tp *types.Package) error {
	for _, f := range files {
		for _, d := range f.Decls {
			gd, ok := d.(*ast.GenDecl)
			if !ok || gd.Tok != token.TYPE {
				continue
			}
			for _, s := range gd.Specs {
				if err := p.typeDecl(gd, s.(*ast.TypeSpec), tp); err != nil {
					return err
				}
			}
		}
	}
	for _, n := range p.named {
		n.consts = constsOf(files, n.name)
	}
	return nil
}

func (p *pkg) typeDecl(gd *ast.GenDecl, ts *ast.TypeSpec, tp *types.Package) error {
	dirs := directives(gd.Doc, ts.Doc)
	name := ts.Name.Name
	obj := tp.Scope().Lookup(name)
	switch {
	case dirs["none"] != nil || ts.TypeParams != nil:
		return nil
	case dirs["enum"] != nil, dirs["bitset"] != nil:
		p.named = append(p.named, &named{name: name, bitset: dirs["bitset"] != nil})
		return nil
	}
	st, ok := obj.Type().Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	s := &structure{name: name, base: dirs["base"] != nil, custom: dirs["custom"] != nil}
	for _, w := range dirs["when"] {
		k, v, ok := strings.Cut(w, "=")
		if !ok {
			return fmt.Errorf("%s: //wire:when %q is not Field=Constant", name, w)
		}
		s.when = append(s.when, [2]string{k, v})
	}
	if !s.custom {
		if err := p.flatten(s, st, ""); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	p.structs = append(p.structs, s)
	p.byName[name] = s
	return nil
}

// path is the Go expression for the field called name; a base's comes before one of the same name outside.
func (s *structure) path(name string) string {
	for _, f := range s.fields {
		if f.name == name {
			return f.path
		}
	}
	return name
}

// hasAll reports whether s has every field that conds name; a structure with conditions on fields after its base is
// chosen by hand.
func (s *structure) hasAll(conds [][2]string) bool {
	return !slices.ContainsFunc(conds, func(c [2]string) bool {
		return !slices.ContainsFunc(s.fields, func(f field) bool { return f.name == c[0] })
	})
}

// flatten lists the fields of st, with those of its bases in their place.
func (p *pkg) flatten(s *structure, st *types.Struct, path string) error {
	for i := range st.NumFields() {
		v := st.Field(i)
		tag := reflect.StructTag(st.Tag(i)).Get("wire")
		f := field{name: v.Name(), path: path + v.Name(), typ: v.Type()}
		switch {
		case tag == "base":
			s.bases = append(s.bases, v.Name())
			inner, ok := v.Type().Underlying().(*types.Struct)
			if !ok {
				return fmt.Errorf("base %s is no struct", v.Name())
			}
			if err := p.flatten(s, inner, path+v.Name()+"."); err != nil {
				return err
			}
			continue
		case tag == "size":
			f.size = true
		case tag == "rest":
			f.rest = true
		case strings.HasPrefix(tag, "bytes="):
			f.count = strings.TrimPrefix(tag, "bytes=")
			k := slices.IndexFunc(s.fields, func(o field) bool { return o.name == f.count })
			if k < 0 {
				return fmt.Errorf("field %s: no earlier field %s", f.name, f.count)
			}
			s.fields[k].of = f.name
		case tag != "":
			return fmt.Errorf("field %s: unknown tag %q", f.name, tag)
		}
		s.fields = append(s.fields, f)
	}
	return nil
}

func directives(docs ...*ast.CommentGroup) map[string][]string {
	out := map[string][]string{}
	for _, d := range docs {
		if d == nil {
			continue
		}
		for _, c := range d.List {
			if text, ok := strings.CutPrefix(c.Text, "//wire:"); ok {
				f := strings.Fields(text)
				out[f[0]] = append([]string{}, f[1:]...)
			}
		}
	}
	return out
}

// constsOf lists the constants that are declared with this type, in order.
func constsOf(files []*ast.File, typ string) []string {
	var out []string
	for _, f := range files {
		for _, d := range f.Decls {
			gd, ok := d.(*ast.GenDecl)
			if !ok || gd.Tok != token.CONST {
				continue
			}
			for _, s := range gd.Specs {
				vs := s.(*ast.ValueSpec)
				if id, ok := vs.Type.(*ast.Ident); ok && id.Name == typ {
					for _, n := range vs.Names {
						out = append(out, n.Name)
					}
				}
			}
		}
	}
	return out
}
