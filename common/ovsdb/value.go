package ovsdb

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
)

// UUID is the id of a row, and a reference to it.
type UUID string

const zeroUUID UUID = "00000000-0000-0000-0000-000000000000"

// MarshalJSON writes ["uuid", …].
func (u UUID) MarshalJSON() ([]byte, error) { return json.Marshal([]string{"uuid", string(u)}) }

// Named is a reference to a row that the same transaction inserts under this name.
type Named string

// MarshalJSON writes ["named-uuid", …].
func (n Named) MarshalJSON() ([]byte, error) { return json.Marshal([]string{"named-uuid", string(n)}) }

// Set is a set of atoms. Those that come from the server are sorted.
type Set []any

// MarshalJSON writes ["set", […]].
func (s Set) MarshalJSON() ([]byte, error) {
	if s == nil {
		s = Set{}
	}
	return json.Marshal([]any{"set", []any(s)})
}

// Map is a map of strings, which is what most maps of Open vSwitch are.
type Map map[string]string

// MarshalJSON writes ["map", [[key, value] …]], sorted.
func (m Map) MarshalJSON() ([]byte, error) {
	pairs := make([][2]string, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		pairs = append(pairs, [2]string{k, m[k]})
	}
	return json.Marshal([]any{"map", pairs})
}

// Pairs is a map of any other kinds of atoms, such as the queues of a QoS row.
type Pairs map[any]any

// MarshalJSON writes ["map", [[key, value] …]], sorted.
func (m Pairs) MarshalJSON() ([]byte, error) {
	pairs := make([][2]any, 0, len(m))
	for _, k := range slices.SortedFunc(maps.Keys(m), compareAtoms) {
		pairs = append(pairs, [2]any{k, m[k]})
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

// Int is an integer column; ok is false when it is absent or an empty set.
func (r Row) Int(col string) (n int64, ok bool) {
	n, ok = r[col].(int64)
	return n, ok
}

// Bool is a boolean column, false when it is absent or an empty set.
func (r Row) Bool(col string) bool {
	b, _ := r[col].(bool)
	return b
}

// Map is a column of strings by strings.
func (r Row) Map(col string) Map {
	m, _ := r[col].(Map)
	return m
}

// Pairs is a map column of other kinds.
func (r Row) Pairs(col string) Pairs {
	m, _ := r[col].(Pairs)
	return m
}

// UUIDs is a column of references, one or many.
func (r Row) UUIDs(col string) []UUID {
	switch v := r[col].(type) {
	case UUID:
		return []UUID{v}
	case Set:
		out := make([]UUID, 0, len(v))
		for _, e := range v {
			if u, ok := e.(UUID); ok {
				out = append(out, u)
			}
		}
		return out
	}
	return nil
}

// Equal compares rows.
func (r Row) Equal(o Row) bool {
	if len(r) != len(o) {
		return false
	}
	for col, v := range r {
		w, ok := o[col]
		if !ok || !equal(v, w) {
			return false
		}
	}
	return true
}

func equal(v, w any) bool {
	switch v := v.(type) {
	case Set:
		w, ok := w.(Set)
		return ok && slices.Equal(v, w)
	case Map:
		w, ok := w.(Map)
		return ok && maps.Equal(v, w)
	case Pairs:
		w, ok := w.(Pairs)
		return ok && maps.Equal(v, w)
	case string, int64, float64, bool, UUID:
		return v == w
	}
	return reflect.DeepEqual(v, w) // what a user has put there
}

var errValue = errors.New("malformed value")
