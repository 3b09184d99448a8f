package ovsdb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// UUID is a reference to a row.
type UUID string

// MarshalJSON writes ["uuid", …].
func (u UUID) MarshalJSON() ([]byte, error) { return json.Marshal([]string{"uuid", string(u)}) }

// Named is a reference to a row that the same transaction inserts under this name.
type Named string

// MarshalJSON writes ["named-uuid", …].
func (n Named) MarshalJSON() ([]byte, error) { return json.Marshal([]string{"named-uuid", string(n)}) }

// Set is a set of values.
type Set []any

// MarshalJSON writes ["set", […]].
func (s Set) MarshalJSON() ([]byte, error) {
	if s == nil {
		s = Set{}
	}
	return json.Marshal([]any{"set", []any(s)})
}

// Map is a map of strings, which is all that the tables of Open vSwitch have.
type Map map[string]string

// MarshalJSON writes ["map", [[key, value] …]], sorted.
func (m Map) MarshalJSON() ([]byte, error) {
	pairs := make([][2]string, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		pairs = append(pairs, [2]string{k, m[k]})
	}
	return json.Marshal([]any{"map", pairs})
}

// Row is a row's columns by name.
type Row map[string]any

// String is a text column, "" when it is absent or an empty set.
func (r Row) String(col string) string {
	s, _ := r[col].(string)
	return s
}

// Int is a number column; ok is false when it is absent or an empty set.
func (r Row) Int(col string) (n int64, ok bool) {
	n, ok = r[col].(int64)
	return n, ok
}

// Map is a map column.
func (r Row) Map(col string) Map {
	m, _ := r[col].(Map)
	return m
}

// UUIDs is a column of references, one or many.
func (r Row) UUIDs(col string) []string {
	switch v := r[col].(type) {
	case UUID:
		return []string{string(v)}
	case Set:
		out := make([]string, 0, len(v))
		for _, e := range v {
			if u, ok := e.(UUID); ok {
				out = append(out, string(u))
			}
		}
		return out
	}
	return nil
}

// Equal compares rows.
func (r Row) Equal(o Row) bool { return reflect.DeepEqual(r, o) }

var errValue = errors.New("malformed value")

// UnmarshalJSON reads a row.
func (r *Row) UnmarshalJSON(b []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	*r = make(Row, len(raw))
	for col, v := range raw {
		x, err := value(v)
		if err != nil {
			return fmt.Errorf("column %s: %w", col, err)
		}
		(*r)[col] = x
	}
	return nil
}

// value reads an atom, a set or a map (RFC 7047 section 5.1).
func value(b json.RawMessage) (any, error) {
	b = bytes.TrimSpace(b)
	if len(b) == 0 || b[0] != '[' {
		return atom(b)
	}
	var tagged []json.RawMessage
	var tag string
	if err := json.Unmarshal(b, &tagged); err != nil || len(tagged) != 2 || json.Unmarshal(tagged[0], &tag) != nil {
		return nil, fmt.Errorf("%s: %w", b, errValue)
	}
	switch tag {
	case "uuid":
		var u string
		err := json.Unmarshal(tagged[1], &u)
		return UUID(u), err
	case "set":
		return set(tagged[1])
	case "map":
		return mapping(tagged[1])
	}
	return nil, fmt.Errorf("%q: %w", tag, errValue)
}

func set(b json.RawMessage) (any, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, err
	}
	out := make(Set, 0, len(raw))
	for _, e := range raw {
		v, err := value(e)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func mapping(b json.RawMessage) (any, error) {
	var raw [][2]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, err
	}
	out := make(Map, len(raw))
	for _, p := range raw {
		k, err1 := value(p[0])
		v, err2 := value(p[1])
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		out[text(k)] = text(v)
	}
	return out, nil
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case UUID:
		return string(v)
	}
	return fmt.Sprint(v)
}

func atom(b json.RawMessage) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	n, ok := v.(json.Number)
	if !ok {
		return v, nil
	}
	if i, err := n.Int64(); err == nil {
		return i, nil
	}
	return n.Float64()
}
