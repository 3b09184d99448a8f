package incremental

import "slices"

// Output is what a rule gives: compared by Equal with the earlier output of the same ID.
type Output[O any] interface {
	ID() string
	Equal(O) bool
}

// Sink takes what changed in the outputs of one rule for one row or group. The slices are the rule's: they are not to
// be kept.
type Sink[O any] func(rule string, changed, removed []O)

// AddRule runs fn for every row of t, and again whenever the row or something that fn read changes.
func AddRule[K comparable, V any, O Output[O]](t *Table[K, V], name string, sink Sink[O],
	fn func(ctx *Ctx, k K, v V, emit func(O))) {
	r := newRule[K](t.g, name, sink)
	r.fn = func(ctx *Ctx, k K, emit func(O)) bool {
		v, ok := t.Peek(k)
		if ok {
			fn(ctx, k, v, emit)
		}
		return ok
	}
	t.watch = append(t.watch, func(k K, _, _ *V) { r.touch(k) })
	for k := range t.rows {
		r.touch(k)
	}
}

// AddGroupRule runs fn for every group of x that has members, and again whenever something that fn read changes; what
// it wants to know of the members it reads by Members.
func AddGroupRule[K comparable, V any, G, M comparable, O Output[O]](x *Index[K, V, G, M], name string, sink Sink[O],
	fn func(ctx *Ctx, g G, emit func(O))) {
	r := newRule[G](x.t.g, name, sink)
	r.fn = func(ctx *Ctx, g G, emit func(O)) bool {
		_, ok := x.groups[g]
		if ok {
			fn(ctx, g, emit)
		}
		return ok
	}
	x.watch = append(x.watch, func(g G, _ bool) { r.touch(g) })
	for g := range x.groups {
		r.touch(g)
	}
}

type rule[K comparable, O Output[O]] struct {
	g    *Graph
	name string
	sink Sink[O]
	fn   func(ctx *Ctx, k K, emit func(O)) bool // false: the row or group is gone
	at   map[K]*holder[K, O]                    // those that read something, or gave something
	emit func(O)

	now, changed, removed []O // of the run under way
}

func newRule[K comparable, O Output[O]](g *Graph, name string, sink Sink[O]) *rule[K, O] {
	r := &rule[K, O]{g: g, name: name, sink: sink, at: map[K]*holder[K, O]{}}
	r.emit = func(o O) { r.now = append(r.now, o) }
	return r
}

// holder is an instance and its last outputs. They are few, so a slice beats a map.
type holder[K comparable, O Output[O]] struct {
	instance
	rule *rule[K, O]
	key  K
	outs []O
}

func (r *rule[K, O]) touch(k K) {
	if h := r.at[k]; h != nil {
		r.g.touch(&h.instance)
		return
	}
	h := &holder[K, O]{rule: r, key: k}
	r.at[k] = h
	r.g.begin(&h.instance, h)
}

func (h *holder[K, O]) run(ctx *Ctx) {
	r := h.rule
	r.now, r.changed, r.removed = forget(r.now), forget(r.changed), forget(r.removed)
	exists := r.fn(ctx, h.key, r.emit)
	for _, o := range r.now {
		if old, ok := find(h.outs, o.ID()); !ok || !old.Equal(o) {
			r.changed = append(r.changed, o)
		}
	}
	for _, o := range h.outs {
		if _, ok := find(r.now, o.ID()); !ok {
			r.removed = append(r.removed, o)
		}
	}
	if len(r.changed)+len(r.removed) > 0 {
		h.outs = slices.Clone(r.now) // no larger than it has to be
	}
	if !exists || len(r.now)+len(r.g.reads) == 0 { // only its row can change that, and then it begins anew
		delete(r.at, h.key)
	}
	if len(r.changed)+len(r.removed) > 0 {
		r.sink(r.name, r.changed, r.removed)
	}
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
