package incremental

// Output is what a rule gives: compared by Equal with the earlier output of the same ID.
type Output[O any] interface {
	ID() string
	Equal(O) bool
}

// Sink takes what changed in the outputs of one rule for one row or group.
type Sink[O any] func(rule string, changed, removed []O)

// AddRule runs fn for every row of t, and again whenever the row or something that fn read changes.
func AddRule[K comparable, V any, O Output[O]](t *Table[K, V], name string, sink Sink[O],
	fn func(ctx *Ctx, k K, v V, emit func(O))) {
	r := &rule[K, O]{g: t.g, name: name, sink: sink, at: map[K]*holder[O]{}}
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
	r := &rule[G, O]{g: x.t.g, name: name, sink: sink, at: map[G]*holder[O]{}}
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
	at   map[K]*holder[O]
}

// holder is an instance and its last outputs. They are few, so a slice beats a map.
type holder[O any] struct {
	inst *instance
	outs []O
}

func (r *rule[K, O]) touch(k K) {
	if h := r.at[k]; h != nil {
		r.g.touch(h.inst)
		return
	}
	h := &holder[O]{}
	r.at[k] = h
	h.inst = r.g.instance(func(ctx *Ctx) { r.run(ctx, k, h) })
}

func (r *rule[K, O]) run(ctx *Ctx, k K, h *holder[O]) {
	var now []O
	exists := r.fn(ctx, k, func(o O) { now = append(now, o) })
	var changed, removed []O
	for _, o := range now {
		if old, ok := find(h.outs, o.ID()); !ok || !old.Equal(o) {
			changed = append(changed, o)
		}
	}
	for _, o := range h.outs {
		if _, ok := find(now, o.ID()); !ok {
			removed = append(removed, o)
		}
	}
	h.outs = now
	if !exists {
		h.inst.forgetReads()
		delete(r.at, k)
	}
	if len(changed)+len(removed) > 0 {
		r.sink(r.name, changed, removed)
	}
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
