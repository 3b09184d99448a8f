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
	"strings"
)

// pkg is a package's declarations, in the order of its files and of their text.
type pkg struct {
	name    string
	structs []*structure
	named   []*named
	dirs    map[string]map[string][]string // of the structs, by name
}

// structure is a declared struct. fields are flattened: those of its bases come first.
type structure struct {
	name   string
	fields []*field
	bases  []string // outermost first
	when   [][2]string
	base   bool // others embed it
	orElse bool // what a base is that nothing else fits
	custom bool
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
	p := &pkg{name: name, dirs: map[string]map[string][]string{}}
	return p, p.read(files, tp)
}

// decl is a struct type as it is declared.
type decl struct {
	name string
	dirs map[string][]string
	st   *types.Struct
}

func (p *pkg) read(files []*ast.File, tp *types.Package) error {
	decls := p.decls(files, tp)
	wanted := takingPart(decls)
	for _, d := range decls {
		if !wanted[d.name] {
			continue
		}
		if err := p.structure(d); err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
	}
	for _, n := range p.named {
		n.consts = constsOf(files, n.name)
	}
	return nil
}

// decls lists the struct types, and notes the enums and bit sets.
func (p *pkg) decls(files []*ast.File, tp *types.Package) []decl {
	var out []decl
	for _, f := range files {
		for _, d := range f.Decls {
			gd, ok := d.(*ast.GenDecl)
			if !ok || gd.Tok != token.TYPE {
				continue
			}
			for _, s := range gd.Specs {
				ts := s.(*ast.TypeSpec)
				name, dirs := ts.Name.Name, directives(gd.Doc, ts.Doc)
				if dirs["enum"] != nil || dirs["bitset"] != nil {
					p.named = append(p.named, &named{name: name, bitset: dirs["bitset"] != nil})
				} else if st, ok := tp.Scope().Lookup(name).Type().Underlying().(*types.Struct); ok && ts.TypeParams == nil {
					out = append(out, decl{name, dirs, st})
					p.dirs[name] = dirs
				}
			}
		}
	}
	return out
}

// takingPart are the structures that say so by a directive or a tag, and those inside of them.
func takingPart(decls []decl) map[string]bool {
	byName, wanted := map[string]decl{}, map[string]bool{}
	var want func(d decl)
	want = func(d decl) {
		if wanted[d.name] {
			return
		}
		wanted[d.name] = true
		for i := range d.st.NumFields() {
			t := d.st.Field(i).Type()
			if s, ok := t.Underlying().(*types.Slice); ok {
				t = s.Elem()
			}
			if s, ok := t.(*types.Pointer); ok {
				t = s.Elem()
			}
			if n, ok := t.(*types.Named); ok {
				if inner, ok := byName[n.Obj().Name()]; ok {
					want(inner)
				}
			}
		}
	}
	for _, d := range decls {
		byName[d.name] = d
	}
	for _, d := range decls {
		tagged := len(d.dirs) > 0
		for i := range d.st.NumFields() {
			tagged = tagged || reflect.StructTag(d.st.Tag(i)).Get("wire") != ""
		}
		if tagged {
			want(d)
		}
	}
	return wanted
}

func (p *pkg) structure(d decl) error {
	s := &structure{name: d.name, base: d.dirs["base"] != nil, custom: d.dirs["custom"] != nil,
		orElse: d.dirs["else"] != nil}
	for _, w := range d.dirs["when"] {
		k, v, ok := strings.Cut(w, "=")
		if !ok {
			return fmt.Errorf("//wire:when %q is not Field=Constant", w)
		}
		s.when = append(s.when, [2]string{k, v})
	}
	if !s.custom {
		if err := p.flatten(s, d.name, d.st, ""); err != nil {
			return err
		}
		if err := s.check(); err != nil {
			return err
		}
	}
	p.structs = append(p.structs, s)
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
			out = append(out, ofType(gd.Specs, typ)...)
		}
	}
	return out
}

// ofType are the names of one type in a group of constants. A constant that has neither type nor value has those of the
// one before it, as with iota.
func ofType(specs []ast.Spec, typ string) (out []string) {
	same := false
	for _, s := range specs {
		vs := s.(*ast.ValueSpec)
		if vs.Type != nil || len(vs.Values) > 0 {
			id, ok := vs.Type.(*ast.Ident)
			same = ok && id.Name == typ
		}
		for _, n := range vs.Names {
			if same && n.Name != "_" {
				out = append(out, n.Name)
			}
		}
	}
	return out
}
