package main

import (
	"fmt"
	"go/types"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// field is one field as it stands on the wire.
type field struct {
	name     string // "_" for padding
	path     string // as Go code reaches it: through the bases
	json     string
	typ      types.Type // what a pointer points at
	pointer  bool
	size     bool // the length of the structure
	rest     bool // what is left
	extra    bool // what is left, as a rule nothing
	optional bool
	little   bool
	bytes    string // as many bytes as this field says
	count    string // as many elements
	counted  *field // the field whose bytes or elements this one counts
	cond     string // there if
	align    int    // padding up to a multiple of this
	pad      int    // padding after it, or after each of its elements, that its own length does not count
	bits     int
	format   string
	parse    string
	kinds    string // the base whose kinds the elements are
}

// flatten lists the fields of st, with those of its bases in their place.
func (p *pkg) flatten(s *structure, name string, st *types.Struct, path string) error {
	for i := range st.NumFields() {
		v := st.Field(i)
		tag := reflect.StructTag(st.Tag(i)).Get("wire")
		if tag == "base" {
			s.bases = append(s.bases, v.Name())
			inner, ok := v.Type().Underlying().(*types.Struct)
			if !ok {
				return fmt.Errorf("base %s is no struct", v.Name())
			}
			if err := p.flatten(s, v.Name(), inner, path+v.Name()+"."); err != nil {
				return err
			}
			continue
		}
		f := &field{name: v.Name(), path: path + v.Name(), json: snake(v.Name()), typ: v.Type(),
			little: p.dirs[name]["little"] != nil}
		if ptr, ok := v.Type().(*types.Pointer); ok {
			f.typ, f.pointer = ptr.Elem(), true
		}
		if tag != "" {
			for option := range strings.SplitSeq(tag, ",") {
				if err := s.option(f, option); err != nil {
					return fmt.Errorf("field %s: %w", f.name, err)
				}
			}
		}
		s.fields = append(s.fields, f)
	}
	return nil
}

// option is one part of a tag.
func (s *structure) option(f *field, option string) error {
	key, value, _ := strings.Cut(option, "=")
	flags := map[string]*bool{"size": &f.size, "rest": &f.rest, "extra": &f.extra, "optional": &f.optional,
		"little": &f.little}
	numbers := map[string]*int{"align": &f.align, "pad": &f.pad, "bits": &f.bits}
	texts := map[string]*string{"format": &f.format, "parse": &f.parse, "name": &f.json, "kinds": &f.kinds}
	switch {
	case flags[option] != nil:
		*flags[option] = true
	case numbers[key] != nil:
		n, err := strconv.Atoi(value)
		if err != nil || n <= 0 {
			return fmt.Errorf("%s is no positive number", option)
		}
		*numbers[key] = n
	case texts[key] != nil && value != "":
		*texts[key] = value
	case key == "bytes" || key == "count":
		k := s.find(value)
		if k == nil {
			return fmt.Errorf("no earlier field %s", value)
		}
		if k.counted != nil {
			return fmt.Errorf("%s counts %s already", value, k.counted.name)
		}
		k.counted = f
		if f.count = value; key == "bytes" {
			f.count, f.bytes = "", value
		}
	case key == "if":
		return s.condition(f, value)
	default:
		return fmt.Errorf("unknown tag %q", option)
	}
	return nil
}

var comparison = regexp.MustCompile(`^(\w+)(&|==|!=|<=|>=|<|>)([\w.]+)$`)

func (s *structure) condition(f *field, text string) error {
	m := comparison.FindStringSubmatch(text)
	if m == nil {
		return fmt.Errorf("if=%s is not Field&Bits or Field==Constant", text)
	}
	k := s.find(m[1])
	if k == nil {
		return fmt.Errorf("no earlier field %s", m[1])
	}
	f.cond = "v." + k.path + " " + m[2] + " " + m[3]
	if m[2] == "&" {
		f.cond += " != 0"
	}
	return nil
}

// find is the first field of the name: a base's comes before one of the same name outside.
func (s *structure) find(name string) *field {
	for _, f := range s.fields {
		if f.name == name {
			return f
		}
	}
	return nil
}

// path is the Go expression for the field called name.
func (s *structure) path(name string) string {
	if f := s.find(name); f != nil {
		return f.path
	}
	return name
}

// hasAll reports whether s has every field that conds name; a structure with conditions on fields after its base is
// chosen by hand.
func (s *structure) hasAll(conds [][2]string) bool {
	return !slices.ContainsFunc(conds, func(c [2]string) bool { return s.find(c[0]) == nil })
}

// snake is the name of a Go field as JSON has it: HWAddr is hw_addr.
func snake(name string) string {
	var b strings.Builder
	r := []rune(name)
	for i, c := range r {
		if unicode.IsUpper(c) && i > 0 {
			after := i+1 < len(r) && unicode.IsLower(r[i+1])
			if !unicode.IsUpper(r[i-1]) || after {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}
