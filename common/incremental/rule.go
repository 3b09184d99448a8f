package incremental

// Output is what a rule gives: compared by Equal with the earlier output of the same ID. Outputs that are pointers are
// kept in the least space; they must not be changed.
type Output[O any] interface {
	ID() string
	Equal(O) bool
}

// Sink takes what changed in the outputs of one rule for one row or group. The slices are the rule's: they are not to
// be kept. One that replaces another of its ID is among the changed, and that other one is not among the removed:
// whatever a sink finds an output by has to be the same for all of an ID that a rule gives.
type Sink[O any] func(rule string, changed, removed []O)

// AddRule runs fn for every row of t, and again whenever the row or something that fn read changes.
func AddRule[K comparable, V any, O Output[O]](t *Table[K, V], name string, sink Sink[O],
	fn func(ctx *Ctx, k K, v V, emit func(O))) {
	r := newRule[*row[K, V]](t.g, name, sink)
	r.fn = func(ctx *Ctx, n *row[K, V], emit func(O)) { fn(ctx, n.key, n.v, emit) }
	r.number = ruleNumber(len(t.rules))
	t.rules = append(t.rules, r)
	for _, n := range t.rows {
		if n.there {
			t.g.touch(&n.node, 1<<r.number)
		}
	}
}

// AddGroupRule runs fn for every group of x that has members, and again whenever something that fn read changes; what
// it wants to know of the members it reads by Members.
func AddGroupRule[K comparable, V any, G, M comparable, O Output[O]](x *Index[K, V, G, M], name string, sink Sink[O],
	fn func(ctx *Ctx, g G, emit func(O))) {
	r := newRule[*group[K, V, G, M]](x.t.g, name, sink)
	r.fn = func(ctx *Ctx, n *group[K, V, G, M], emit func(O)) { fn(ctx, n.key, emit) }
	r.number = ruleNumber(len(x.rules))
	x.rules = append(x.rules, r)
	for _, n := range x.groups {
		if n.there {
			x.t.g.touch(&n.node, 1<<r.number)
		}
	}
}

func ruleNumber(n int) uint8 {
	if n >= rulesMax {
		panic("incremental: more than 32 rules of one table or index")
	}
	return uint8(n)
}

// rules are those of a table or an index, by number. The linker keeps whatever has a method of this name, whosoever
// it is, because this interface is generic: with "run" that was 0.1 MB of go-redis.
type rules[N runner] []interface{ runFor(N) }

// all is every rule, as a set.
func (r rules[N]) all() uint32 { return uint32(1<<len(r) - 1) }

// run runs those for n that have to.
func (r rules[N]) run(n N) (ran int) {
	b := n.base()
	for number, rule := range r {
		if bit := uint32(1) << number; b.dirty&bit != 0 {
			b.dirty &^= bit
			rule.runFor(n)
			ran++
		}
	}
	return ran
}

// rule is a rule for the rows of a table, or the groups of an index.
type rule[N runner, O Output[O]] struct {
	g      *Graph
	name   string
	number uint8
	sink   Sink[O]
	fn     func(ctx *Ctx, n N, emit func(O))
	emit   func(O)

	now, changed, removed []O // of the run under way
	one                   [1]O
}

func newRule[N runner, O Output[O]](g *Graph, name string, sink Sink[O]) *rule[N, O] {
	r := &rule[N, O]{g: g, name: name, sink: sink}
	r.emit = func(o O) { r.now = append(r.now, o) }
	return r
}

// runFor runs the rule for a node, and tells what it gives now in place of what it gave before.
func (r *rule[N, O]) runFor(n N) {
	b := n.base()
	r.now, r.changed, r.removed = forget(r.now), forget(r.changed), forget(r.removed)
	r.call(n)
	i := b.find(r.number)
	old := r.outsOf(i)
	for at, o := range r.now {
		if was, ok := find(old, o.ID()); ok && was.Equal(o) {
			r.now[at] = was // so that everybody has the same
		} else {
			r.changed = append(r.changed, o)
		}
	}
	for _, o := range old {
		if _, ok := find(r.now, o.ID()); !ok {
			r.removed = append(r.removed, o)
		}
	}
	if len(r.changed)+len(r.removed) > 0 {
		i = r.keep(b, i)
		r.sink(r.name, r.changed, r.removed)
	}
	if i != nil && i.outs == nil && i.reads == nil { // only its row can change that
		b.remove(i)
	}
}

// call calls the function, and notes what it reads, also when it panics.
func (r *rule[N, O]) call(n N) {
	g, b := r.g, n.base()
	g.reads = g.reads[:0]
	g.runs++
	defer func() {
		i := b.find(r.number)
		if i == nil && len(g.reads) > 0 {
			i = b.add(r.number)
		}
		if i != nil {
			g.keepReads(i)
		}
	}()
	if b.there {
		r.fn(&g.ctx, n, r.emit)
	}
}

// outsOf is the outputs of an instance until now.
func (r *rule[N, O]) outsOf(i *instance) []O {
	if i == nil {
		return nil
	}
	switch o := i.outs.(type) {
	case O:
		r.one[0] = o
		return r.one[:]
	case []O:
		return o
	}
	return nil
}

// keep keeps the outputs of now.
func (r *rule[N, O]) keep(b *node, i *instance) *instance {
	if i == nil {
		i = b.add(r.number)
	}
	switch len(r.now) {
	case 0:
		i.outs = nil
	case 1:
		i.outs = r.now[0]
	default:
		outs := make([]O, len(r.now)) // no larger than it has to be
		copy(outs, r.now)
		i.outs = outs
	}
	return i
}

// forget empties a slice that is used again.
func forget[O any](s []O) []O {
	clear(s)
	return s[:0]
}

func find[O Output[O]](outs []O, id string) (O, bool) {
	for _, o := range outs {
		if o.ID() == id {
			return o, true
		}
	}
	var none O
	return none, false
}
