package incremental

import "slices"

// Table is an input: rows by key.
type Table[K comparable, V any] struct {
	g       *Graph
	name    string
	rows    map[K]V
	equal   func(a, b V) bool
	readers readers[K]
	watch   []func(k K, old, now *V) // indexes and rules
}

// NewTable adds a table to g. Setting a row to an equal value changes nothing.
func NewTable[K comparable, V any](g *Graph, name string, equal func(a, b V) bool) *Table[K, V] {
	return &Table[K, V]{g: g, name: name, rows: map[K]V{}, equal: equal}
}

// Name of the table.
func (t *Table[K, V]) Name() string { return t.name }

// Len is the number of rows.
func (t *Table[K, V]) Len() int { return len(t.rows) }

// Set adds or replaces a row.
func (t *Table[K, V]) Set(k K, v V) {
	old, had := t.rows[k]
	if had && t.equal(old, v) {
		return
	}
	t.rows[k] = v
	var before *V
	if had {
		before = &old
	}
	t.changed(k, before, &v)
}

// Delete removes a row.
func (t *Table[K, V]) Delete(k K) {
	if old, had := t.rows[k]; had {
		delete(t.rows, k)
		t.changed(k, &old, nil)
	}
}

func (t *Table[K, V]) changed(k K, old, now *V) {
	t.readers.touch(t.g, k)
	for _, w := range t.watch {
		w(k, old, now)
	}
}

// Get reads a row for a rule, which runs again when the row changes, comes or goes.
func (t *Table[K, V]) Get(ctx *Ctx, k K) (V, bool) {
	t.readers.note(ctx, k)
	return t.Peek(k)
}

// Peek reads a row for somebody who is no rule.
func (t *Table[K, V]) Peek(k K) (V, bool) {
	v, ok := t.rows[k]
	return v, ok
}

// Each calls fn for every row, in no order.
func (t *Table[K, V]) Each(fn func(K, V)) {
	for k, v := range t.rows {
		fn(k, v)
	}
}

// Pair says that a row makes Member a member of Group.
type Pair[G, M comparable] struct {
	Group  G
	Member M
}

// Index groups the rows of a table. A member that several rows name is in its group once.
type Index[K comparable, V any, G, M comparable] struct {
	t       *Table[K, V]
	pairs   func(K, V) []Pair[G, M]
	less    func(a, b M) bool
	groups  map[G]*group[M]
	readers readers[G]
	watch   []func(g G, exists bool)
}

type group[M comparable] struct {
	count  map[M]int
	sorted []M
}

// NewIndex adds an index to a table.
func NewIndex[K comparable, V any, G, M comparable](t *Table[K, V], _ string, pairs func(K, V) []Pair[G, M],
	less func(a, b M) bool) *Index[K, V, G, M] {
	x := &Index[K, V, G, M]{t: t, pairs: pairs, less: less, groups: map[G]*group[M]{}}
	t.watch = append(t.watch, x.update)
	for k, v := range t.rows {
		x.update(k, nil, &v)
	}
	return x
}

// Members reads a group for a rule, in order. The rule runs again when a member comes or goes. The slice must not be
// kept or changed.
func (x *Index[K, V, G, M]) Members(ctx *Ctx, g G) []M {
	x.readers.note(ctx, g)
	return x.Peek(g)
}

// Peek reads a group for somebody who is no rule.
func (x *Index[K, V, G, M]) Peek(g G) []M {
	if gr := x.groups[g]; gr != nil {
		return gr.sorted
	}
	return nil
}

func (x *Index[K, V, G, M]) update(k K, old, now *V) {
	var before, after []Pair[G, M]
	if old != nil {
		before = x.pairs(k, *old)
	}
	if now != nil {
		after = x.pairs(k, *now)
	}
	if slices.Equal(before, after) {
		return
	}
	for _, p := range after { // first, so that a group that only changes rows does not vanish between
		x.add(p)
	}
	for _, p := range before {
		x.drop(p)
	}
}

func (x *Index[K, V, G, M]) add(p Pair[G, M]) {
	gr := x.groups[p.Group]
	born := gr == nil
	if born {
		gr = &group[M]{count: map[M]int{}}
		x.groups[p.Group] = gr
	}
	gr.count[p.Member]++
	if gr.count[p.Member] > 1 {
		return
	}
	i, _ := slices.BinarySearchFunc(gr.sorted, p.Member, x.compare)
	gr.sorted = slices.Insert(gr.sorted, i, p.Member)
	x.changed(p.Group, born, true)
}

func (x *Index[K, V, G, M]) drop(p Pair[G, M]) {
	gr := x.groups[p.Group]
	gr.count[p.Member]--
	if gr.count[p.Member] > 0 {
		return
	}
	delete(gr.count, p.Member)
	i, _ := slices.BinarySearchFunc(gr.sorted, p.Member, x.compare)
	gr.sorted = slices.Delete(gr.sorted, i, i+1)
	last := len(gr.sorted) == 0
	if last {
		delete(x.groups, p.Group)
	}
	x.changed(p.Group, last, !last)
}

func (x *Index[K, V, G, M]) compare(a, b M) int {
	switch {
	case x.less(a, b):
		return -1
	case x.less(b, a):
		return 1
	}
	return 0
}

func (x *Index[K, V, G, M]) changed(g G, bornOrGone, exists bool) {
	x.readers.touch(x.t.g, g)
	if bornOrGone {
		for _, w := range x.watch {
			w(g, exists)
		}
	}
}
