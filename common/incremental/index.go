package incremental

import "slices"

// Pair says that a row makes Member a member of Group.
type Pair[G, M comparable] struct {
	Group  G
	Member M
}

// Index groups the rows of a table. A member that several rows name is in its group once.
type Index[K comparable, V any, G, M comparable] struct {
	t      *Table[K, V]
	pairs  func(K, V) []Pair[G, M]
	less   func(a, b M) bool
	groups map[G]*group[K, V, G, M]
	rules  rules[*group[K, V, G, M]]
}

// group is one that has members, or that somebody has read or will be told that it is gone.
type group[K comparable, V any, G, M comparable] struct {
	node
	x      *Index[K, V, G, M]
	key    G
	count  map[M]int
	sorted []M
}

func (gr *group[K, V, G, M]) base() *node { return &gr.node }
func (gr *group[K, V, G, M]) run() int    { return gr.x.rules.run(gr) }

func (gr *group[K, V, G, M]) tidy() {
	if !gr.needed() && gr.x.groups[gr.key] == gr {
		delete(gr.x.groups, gr.key)
	}
}

// NewIndex adds an index to a table.
func NewIndex[K comparable, V any, G, M comparable](t *Table[K, V], _ string, pairs func(K, V) []Pair[G, M],
	less func(a, b M) bool) *Index[K, V, G, M] {
	x := &Index[K, V, G, M]{t: t, pairs: pairs, less: less, groups: map[G]*group[K, V, G, M]{}}
	t.watch = append(t.watch, x.update)
	t.Each(func(k K, v V) { x.update(k, nil, &v) })
	return x
}

// Members reads a group for a rule, in order. The rule runs again when a member comes or goes. The slice must not be
// kept or changed.
func (x *Index[K, V, G, M]) Members(ctx *Ctx, g G) []M {
	gr := x.group(g)
	ctx.note(&gr.node)
	return gr.sorted
}

// group is the group of a key, made if need be.
func (x *Index[K, V, G, M]) group(g G) *group[K, V, G, M] {
	gr := x.groups[g]
	if gr == nil {
		gr = &group[K, V, G, M]{x: x, key: g}
		x.t.g.begin(&gr.node, gr)
		x.groups[g] = gr
	}
	return gr
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
	gr := x.group(p.Group)
	if gr.count == nil {
		gr.count = map[M]int{}
	}
	gr.count[p.Member]++
	if gr.count[p.Member] > 1 {
		return
	}
	i, _ := slices.BinarySearchFunc(gr.sorted, p.Member, x.compare)
	gr.sorted = slices.Insert(gr.sorted, i, p.Member)
	x.changed(gr)
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
	if len(gr.sorted) == 0 {
		gr.count, gr.sorted = nil, nil
	}
	x.changed(gr)
	gr.tidy()
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

// changed is for a group that a member came to or left. Rules run for it when it comes or goes; what it has is theirs
// to read.
func (x *Index[K, V, G, M]) changed(gr *group[K, V, G, M]) {
	there, rules := len(gr.sorted) > 0, uint32(0)
	if there != gr.there {
		gr.there, rules = there, x.rules.all()
	}
	x.t.g.changed(&gr.node, rules)
}
