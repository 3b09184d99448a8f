package ovsdb

import (
	"cmp"
	"slices"
	"strings"
)

// Decoding by type (RFC 7047 section 5.1). The text of a value does not tell all: a set of one element is written like
// an atom, and a real without a fraction like an integer.

// atom reads one atom.
func (s *scanner) atom(k Kind) any {
	switch k {
	case Integer:
		return s.integer()
	case Real:
		return s.real()
	case Boolean:
		return s.boolean()
	case Uuid:
		return s.uuid()
	default:
		return s.text()
	}
}

// tagged reads ["tag", …] and has body read what follows the tag.
func (s *scanner) tagged(tag string, body func()) {
	n := 0
	s.array(func() {
		switch n++; n {
		case 1:
			if t := s.bytes(); string(t) != tag {
				s.fail(tag + " expected")
			}
		case 2:
			body()
		default:
			s.fail("two elements expected")
		}
	})
	if n != 2 {
		s.fail("two elements expected")
	}
}

func (s *scanner) uuid() (u UUID) {
	s.tagged("uuid", func() { u = UUID(s.text()) })
	return u
}

// isSet reports whether a set comes, and not an atom.
func (s *scanner) isSet() bool {
	if s.peek() != '[' {
		return false
	}
	ahead := scanner{b: s.b, at: s.at + 1, err: s.err}
	return ahead.peek() == '"' && string(ahead.bytes()) == "set"
}

// value reads the value of a column.
func (s *scanner) value(t *Type) any {
	if t.Value != "" {
		return s.pairs(t)
	}
	if !s.isSet() {
		a := s.atom(t.Key)
		if t.many() {
			return Set{a}
		}
		return a
	}
	set := Set{}
	s.tagged("set", func() { s.array(func() { set = append(set, s.atom(t.Key)) }) })
	if s.err != nil {
		return nil
	}
	switch {
	case t.many():
		return s.sorted(set)
	case len(set) == 1:
		return set[0]
	case len(set) > 1, t.Min > 0:
		s.fail("one element expected")
	}
	return set
}

// sorted sorts a set, which must have every element once.
func (s *scanner) sorted(set Set) Set {
	slices.SortFunc(set, compareAtoms)
	for i := 1; i < len(set); i++ {
		if set[i] == set[i-1] {
			s.fail("element twice in a set")
		}
	}
	return set
}

func (s *scanner) pairs(t *Type) any {
	out := t.noPairs()
	s.tagged("map", func() {
		s.array(func() {
			var pair [2]any
			n := 0
			s.array(func() {
				switch n++; n {
				case 1:
					pair[0] = s.atom(t.Key)
				case 2:
					pair[1] = s.atom(t.Value)
				default:
					s.fail("key and value expected")
				}
			})
			if n != 2 {
				s.fail("key and value expected")
			}
			if s.err != nil {
				return
			}
			switch m := out.(type) {
			case Map:
				m[pair[0].(string)] = pair[1].(string)
			case Pairs:
				m[pair[0]] = pair[1]
			}
		})
	})
	return out
}

// row reads a row; a column that cols does not have is an error. What the row does not mention it does not have.
func (s *scanner) row(cols map[string]*Type) Row {
	r := make(Row, len(cols))
	s.object(func(key []byte) {
		t := cols[string(key)]
		if t == nil {
			s.fail("unknown column " + string(key))
			return
		}
		v := s.value(t)
		if s.err == nil {
			r[t.name] = v
		}
	})
	return r
}

// compareAtoms orders atoms of one kind; of different kinds, those of an earlier kind come first.
func compareAtoms(a, b any) int {
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			return strings.Compare(x, y)
		}
	case UUID:
		if y, ok := b.(UUID); ok {
			return strings.Compare(string(x), string(y))
		}
	case int64:
		if y, ok := b.(int64); ok {
			return cmp.Compare(x, y)
		}
	case float64:
		if y, ok := b.(float64); ok {
			return cmp.Compare(x, y)
		}
	case bool:
		if y, ok := b.(bool); ok {
			return cmp.Compare(rank(x), rank(y))
		}
	}
	return cmp.Compare(rank(a), rank(b))
}

func rank(v any) int {
	switch v := v.(type) {
	case bool:
		if v {
			return 1
		}
		return 0
	case int64, int:
		return 2
	case float64:
		return 3
	case string:
		return 4
	case UUID:
		return 5
	}
	return 6
}
