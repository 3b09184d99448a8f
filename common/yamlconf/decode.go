package yamlconf

import (
	"encoding"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxErrors bounds how much is said about one file.
const maxErrors = 10

// Decode reads one YAML document into the struct that into points to. name is the file's name for error texts. Keys
// that the struct does not have, keys given twice and values of another type are errors, each with its line. Fields are
// named by their yaml tag, else by their json tag, else by their name in lower case. An empty document changes nothing.
func Decode(name string, data []byte, into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("decode %s: into must be a pointer, not %T", name, into)
	}
	d := yaml.NewDecoder(strings.NewReader(string(data)))
	docs, err := documents(name, d)
	if err != nil || len(docs) == 0 {
		return err
	}
	w := &walker{file: name}
	if len(docs) > 1 {
		w.bad(docs[1], "", "a second document: one is allowed")
	} else {
		w.value(docs[0], "", v.Elem())
	}
	return errors.Join(w.errs...)
}

// documents returns the top nodes of up to two documents.
func documents(name string, d *yaml.Decoder) ([]*yaml.Node, error) {
	var out []*yaml.Node
	for len(out) < 2 {
		var n yaml.Node
		if err := d.Decode(&n); err != nil {
			if errors.Is(err, io.EOF) {
				break
			}
			return nil, fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "yaml: "))
		}
		if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
			out = append(out, n.Content[0])
		}
	}
	return out, nil
}

// walker carries nodes into values and collects what is wrong.
type walker struct {
	file string
	errs []error
}

func (w *walker) bad(n *yaml.Node, path, format string, args ...any) {
	if len(w.errs) >= maxErrors {
		return
	}
	if path != "" {
		path += ": "
	}
	w.errs = append(w.errs, fmt.Errorf("%s:%d: %s%s", w.file, n.Line, path, fmt.Sprintf(format, args...)))
}

func (w *walker) value(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind == yaml.AliasNode {
		w.bad(n, path, "aliases are not supported: write the value out")
		return
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return // "key:" with nothing after it is as good as no key
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		w.value(n, path, v.Elem())
		return
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		w.text(n, path, u)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		w.structure(n, path, v)
	case reflect.Slice:
		w.list(n, path, v)
	case reflect.Map:
		w.mapping(n, path, v)
	default:
		w.scalar(n, path, v)
	}
}

func (w *walker) text(n *yaml.Node, path string, u encoding.TextUnmarshaler) {
	if n.Kind != yaml.ScalarNode {
		w.bad(n, path, "is %s, want one value", shape(n))
		return
	}
	if err := u.UnmarshalText([]byte(n.Value)); err != nil {
		w.bad(n, path, "%v", err)
	}
}

func (w *walker) scalar(n *yaml.Node, path string, v reflect.Value) {
	if v.Kind() != reflect.Interface && n.Kind != yaml.ScalarNode {
		w.bad(n, path, "is %s, want one value", shape(n))
		return
	}
	if err := n.Decode(v.Addr().Interface()); err != nil {
		w.bad(n, path, "%q is not %s", n.Value, wanted(v.Type()))
	}
}

// wanted names a type for people.
func wanted(t reflect.Type) string {
	switch {
	case t.String() == "time.Duration":
		return "a duration: write it as 24h or 90s"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64:
		return "a number that fits, 0 or more"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64:
		return "a whole number that fits"
	default:
		return "a " + t.Kind().String()
	}
}

func (w *walker) list(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		w.bad(n, path, "is %s, want a list", shape(n))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, c := range n.Content {
		w.value(c, fmt.Sprintf("%s[%d]", path, i), out.Index(i))
	}
	v.Set(out)
}

func (w *walker) mapping(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind != yaml.MappingNode || v.Type().Key().Kind() != reflect.String {
		w.bad(n, path, "is %s, want keys and values", shape(n))
		return
	}
	out := reflect.MakeMap(v.Type())
	w.pairs(n, path, func(key, val *yaml.Node, at string) {
		item := reflect.New(v.Type().Elem()).Elem()
		w.value(val, at, item)
		out.SetMapIndex(reflect.ValueOf(key.Value).Convert(v.Type().Key()), item)
	})
	v.Set(out)
}

func (w *walker) structure(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		w.bad(n, path, "is %s, want keys and values", shape(n))
		return
	}
	names, fields := fieldsOf(v)
	w.pairs(n, path, func(key, val *yaml.Node, at string) {
		f, ok := fields[key.Value]
		if !ok {
			w.bad(key, path, "unknown key %q: the keys here are %s", key.Value, strings.Join(names, ", "))
			return
		}
		w.value(val, at, f)
	})
}

func (w *walker) pairs(n *yaml.Node, path string, do func(key, val *yaml.Node, at string)) {
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if line, twice := seen[key.Value]; twice {
			w.bad(key, path, "key %q is given twice, first on line %d", key.Value, line)
			continue
		}
		seen[key.Value] = key.Line
		at := key.Value
		if path != "" {
			at = path + "." + at
		}
		do(key, val, at)
	}
}

// fieldsOf lists the keys of a struct in order, and their fields.
func fieldsOf(v reflect.Value) ([]string, map[string]reflect.Value) {
	var names []string
	fields := map[string]reflect.Value{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name := keyOf(f)
		switch {
		case name == "-" || !f.IsExported():
		case name == "" && f.Anonymous && f.Type.Kind() == reflect.Struct:
			inner, of := fieldsOf(v.Field(i))
			names = append(names, inner...)
			for k, x := range of {
				fields[k] = x
			}
		default:
			if name == "" {
				name = strings.ToLower(f.Name)
			}
			names = append(names, name)
			fields[name] = v.Field(i)
		}
	}
	return slices.Clip(names), fields
}

func keyOf(f reflect.StructField) string {
	for _, tag := range []string{"yaml", "json"} {
		if name, _, _ := strings.Cut(f.Tag.Get(tag), ","); name != "" {
			return name
		}
	}
	return ""
}

func shape(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "keys and values"
	default:
		return fmt.Sprintf("%q", n.Value)
	}
}
