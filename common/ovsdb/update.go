package ovsdb

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/common/sorted"
)

// changeKind is what became of a row.
type changeKind uint8

const (
	whole changeKind = iota // the row is this now
	diff                    // these columns changed by this
	gone                    // there is no such row any more
)

// change is one row of an update.
type change struct {
	table string
	uuid  UUID
	kind  changeKind
	row   Row
}

var (
	errUpdate  = errors.New("malformed update")
	errUnknown = errors.New("update of a row that is not in the copy")
)

// columns is the types of the watched columns by table.
type columns map[string]map[string]*Type

// updates reads <table-updates> (RFC 7047 section 4.1.6) or, with second, <table-updates2> (ovsdb-server(7) section
// 4.1.14), sorted by table and row.
func (s *scanner) updates(cols columns, second bool) (out []change) {
	s.object(func(key []byte) {
		table := string(key)
		types := cols[table]
		if types == nil {
			s.fail("table " + table + " is not watched")
			return
		}
		s.object(func(key []byte) {
			c := change{table: table, uuid: UUID(key)}
			if second {
				s.change2(&c, types)
			} else {
				s.change1(&c, types)
			}
			out = append(out, c)
		})
	})
	sorted.Stable(out, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.table, b.table), cmp.Compare(a.uuid, b.uuid))
	})
	return out
}

// change1 reads {"old": …, "new": …}; without a new one the row is gone.
func (s *scanner) change1(c *change, types map[string]*Type) {
	c.kind = gone
	s.object(func(key []byte) {
		if string(key) != "new" {
			s.skip()
			return
		}
		c.kind, c.row = whole, s.full(types)
	})
}

// change2 reads one of initial, insert, modify and delete.
func (s *scanner) change2(c *change, types map[string]*Type) {
	n := 0
	s.object(func(key []byte) {
		n++
		switch string(key) {
		case "initial", "insert":
			c.kind, c.row = whole, s.full(types)
		case "modify":
			c.kind, c.row = diff, s.row(types)
		case "delete":
			c.kind = gone
			s.skip()
		default:
			s.fail("unknown change " + string(key))
		}
	})
	if n != 1 {
		s.fail("one change expected")
	}
}

// full reads a row in which columns with their type's default are left out.
func (s *scanner) full(types map[string]*Type) Row {
	r := s.row(types)
	for col, t := range types {
		if _, there := r[col]; !there {
			r[col] = t.zero()
		}
	}
	return r
}

// patch returns row with the columns of d changed: of a column of one value it is the new one, of a set the elements
// that came or went, of a map the pairs that came, went or have a new value. The types are those of row.
func patch(row, d Row, types map[string]*Type) (Row, error) {
	out := maps.Clone(row)
	for col, v := range d {
		if !types[col].many() {
			out[col] = v
			continue
		}
		switch old := row[col].(type) {
		case Set:
			out[col] = toggle(old, v.(Set))
		case Map:
			out[col] = patchMap(old, v.(Map))
		case Pairs:
			out[col] = patchMap(old, v.(Pairs))
		default:
			return nil, fmt.Errorf("column %s: %w", col, errUpdate)
		}
	}
	return out, nil
}

// toggle returns the elements that are in one of two sorted sets only.
func toggle(a, b Set) Set {
	out := make(Set, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch c := compareAtoms(a[0], b[0]); {
		case c < 0:
			out, a = append(out, a[0]), a[1:]
		case c > 0:
			out, b = append(out, b[0]), b[1:]
		default:
			a, b = a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

func patchMap[M ~map[K]V, K, V comparable](old, d M) M {
	out := maps.Clone(old)
	for k, v := range d {
		if was, there := old[k]; there && was == v {
			delete(out, k)
		} else {
			out[k] = v
		}
	}
	return out
}

// cache is the copy: rows by id by table.
type cache map[string]map[UUID]Row

// apply makes the changes and tells of those that change something. An error leaves the rest undone: everything must
// be read again.
func (m cache) apply(changes []change, cols columns, tell func(table string, uuid UUID, before, after Row)) error {
	for _, c := range changes {
		rows := m[c.table]
		if rows == nil {
			rows = map[UUID]Row{}
			m[c.table] = rows
		}
		before, after := rows[c.uuid], c.row
		if c.kind == diff {
			if before == nil {
				return fmt.Errorf("table %s row %s: %w", c.table, c.uuid, errUnknown)
			}
			var err error
			if after, err = patch(before, c.row, cols[c.table]); err != nil {
				return fmt.Errorf("table %s row %s: %w", c.table, c.uuid, err)
			}
		}
		switch {
		case before == nil && after == nil:
			continue
		case after == nil:
			delete(rows, c.uuid)
		case before != nil && before.Equal(after):
			continue
		default:
			rows[c.uuid] = after
		}
		tell(c.table, c.uuid, before, after)
	}
	return nil
}

// keepOnly drops the rows that a whole reading does not have, and tells of them.
func (m cache) keepOnly(changes []change, tell func(table string, uuid UUID, before, after Row)) {
	still := map[string]map[UUID]bool{}
	for _, c := range changes {
		if still[c.table] == nil {
			still[c.table] = map[UUID]bool{}
		}
		still[c.table][c.uuid] = c.kind == whole
	}
	for _, table := range slices.Sorted(maps.Keys(m)) {
		rows := m[table]
		for _, uuid := range slices.Sorted(maps.Keys(rows)) {
			if !still[table][uuid] {
				before := rows[uuid]
				delete(rows, uuid)
				tell(table, uuid, before, nil)
			}
		}
	}
}
