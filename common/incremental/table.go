package incremental

// Table is an input: rows by key.
type Table[K comparable, V any] struct {
	g     *Graph
	name  string
	rows  map[K]*row[K, V]
	count int
	equal func(a, b V) bool
	rules rules[*row[K, V]]
	watch []func(k K, old, now *V) // indexes
}

// row is a row that is there, or that somebody has read or will be told that it is gone.
type row[K comparable, V any] struct {
	node
	t   *Table[K, V]
	key K
	v   V
}

func (r *row[K, V]) base() *node { return &r.node }
func (r *row[K, V]) run() int    { return r.t.rules.run(r) }

func (r *row[K, V]) tidy() {
	if !r.needed() && r.t.rows[r.key] == r {
		delete(r.t.rows, r.key)
	}
}

// NewTable adds a table to g. Setting a row to an equal value changes nothing.
func NewTable[K comparable, V any](g *Graph, name string, equal func(a, b V) bool) *Table[K, V] {
	return &Table[K, V]{g: g, name: name, rows: map[K]*row[K, V]{}, equal: equal}
}

// Name of the table.
func (t *Table[K, V]) Name() string { return t.name }

// Len is the number of rows.
func (t *Table[K, V]) Len() int { return t.count }

// Expect makes room for n rows, unless there are some.
func (t *Table[K, V]) Expect(n int) {
	if len(t.rows) == 0 {
		t.rows = make(map[K]*row[K, V], n)
	}
}

// Set adds or replaces a row.
func (t *Table[K, V]) Set(k K, v V) {
	r := t.row(k)
	if !r.there {
		r.there, r.v = true, v
		t.count++
		t.changed(r, nil)
	} else if !t.equal(r.v, v) {
		old := r.v
		r.v = v
		t.changed(r, &old)
	}
}

// row is the row of a key, made if need be.
func (t *Table[K, V]) row(k K) *row[K, V] {
	r := t.rows[k]
	if r == nil {
		r = &row[K, V]{t: t, key: k}
		t.g.begin(&r.node, r)
		t.rows[k] = r
	}
	return r
}

// Delete removes a row.
func (t *Table[K, V]) Delete(k K) {
	if r := t.rows[k]; r != nil && r.there {
		var none V
		old := r.v
		r.there, r.v = false, none
		t.count--
		t.changed(r, &old)
		r.tidy()
	}
}

func (t *Table[K, V]) changed(r *row[K, V], old *V) {
	t.g.changed(&r.node, t.rules.all())
	var now *V
	if r.there {
		now = &r.v
	}
	for _, w := range t.watch {
		w(r.key, old, now)
	}
}

// Get reads a row for a rule, which runs again when the row changes, comes or goes.
func (t *Table[K, V]) Get(ctx *Ctx, k K) (V, bool) {
	r := t.row(k)
	ctx.note(&r.node)
	return r.v, r.there
}

// Peek reads a row for somebody who is no rule.
func (t *Table[K, V]) Peek(k K) (v V, ok bool) {
	if r := t.rows[k]; r != nil {
		return r.v, r.there
	}
	return v, false
}

// Each calls fn for every row, in no order.
func (t *Table[K, V]) Each(fn func(K, V)) {
	for k, r := range t.rows {
		if r.there {
			fn(k, r.v)
		}
	}
}
