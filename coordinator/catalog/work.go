package catalog

import (
	"context"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// work is one attempt at a change: what was read, what is wanted, and the transaction that leads there.
type work struct {
	ctx     context.Context
	c       *Catalog
	run     *run
	attempt int
	wishes  []op // as given
	ops     []op // in the order of planning
	entries map[ref]*entry
	// subnets lists those of each network that was asked for, stored and new ones.
	subnets map[string][]*entry
	shrunk  []*entry // physical networks that offer less than before
	wired   bool     // uplinks, or what there is on them, may collide: see checkUplinks
	allowed map[string]*allowances
	checks  map[store.Key]int64
	origins map[store.Entry]origin
	resting map[number]int64 // see readResting; nil before
	txn     store.Txn
}

// origin says which object's field made a claim, and whether we chose the value.
type origin struct {
	ref
	field string
	auto  bool
}

// entry is an object in work.
type entry struct {
	ref
	network string // of a stored or wanted subnet or port
	rev     int64
	old     Object // as stored, nil if absent; never changed
	now     Object // as wanted, nil if absent or to be deleted
	verb    Verb   // "" for what is only referred to
	touch   bool   // written although equal, so that competing changes conflict
	auto    map[string]bool
	binding *store.Doc // of a port to be deleted
}

func (e *entry) allocated(field string) {
	if e.auto == nil {
		e.auto = map[string]bool{}
	}
	e.auto[field] = true
}

// prefetch reads everything that the wishes name, with a few calls however many wishes there are.
func (w *work) prefetch() error {
	var refs []ref
	for _, o := range w.ops {
		refs = append(refs, o.ref)
		refs = append(refs, references(o.object)...)
	}
	if err := w.load(refs...); err != nil {
		return err
	}
	refs = refs[:0]
	for _, e := range w.entries { // the order does not matter: load sorts
		refs = append(refs, references(e.old)...)
	}
	if err := w.load(refs...); err != nil {
		return err
	}
	return w.loadBindings()
}

// references lists the objects that o refers to.
func references(o Object) []ref {
	switch o := o.(type) {
	case *model.PhysPort:
		return []ref{{model.KindPhysNet, o.PhysNet}}
	case *model.Network:
		return []ref{{model.KindPhysNet, o.PhysNet}}
	case *model.Subnet:
		return []ref{{model.KindNetwork, o.Network}}
	case *model.Port: // without a subnet the name is empty, which load leaves out
		out := []ref{{model.KindNetwork, o.Network}, {model.KindSubnet, o.Subnet}}
		if o.Parent != "" {
			out = append(out, ref{model.KindPort, o.Parent})
		}
		return out
	case *model.Mirror: // the same for one without a port to copy to
		return []ref{{model.KindPort, o.From}, {model.KindPort, o.To}}
	}
	return nil
}

// load reads objects that are not in work yet.
func (w *work) load(refs ...ref) error { return w.loadIn("", refs...) }

// loadIn is load for subnets and ports that are known to be in a network: one question less to the store. network ""
// is for those of which nobody knows.
func (w *work) loadIn(network string, refs ...ref) error {
	slices.SortFunc(refs, func(a, b ref) int {
		if a.kind != b.kind {
			return level[a.kind] - level[b.kind]
		}
		return compare(a.name, b.name)
	})
	byKind := map[model.Kind][]*entry{}
	var all []*entry
	for _, r := range slices.Compact(refs) {
		if _, ok := w.entries[r]; ok || r.name == "" {
			continue
		}
		e := &entry{ref: r, network: network}
		w.entries[r] = e
		if model.CheckName(r.kind, r.name) != nil {
			continue // there can be none; planning says why
		}
		byKind[r.kind] = append(byKind[r.kind], e)
		all = append(all, e)
	}
	for _, kind := range []model.Kind{model.KindSubnet, model.KindPort, model.KindMirror} {
		if network != "" {
			break
		}
		if err := w.locate(kind, byKind[kind]); err != nil {
			return err
		}
	}
	if err := w.get(all); err != nil {
		return err
	}
	for _, e := range all {
		if network != "" && e.old == nil {
			delete(w.entries, e.ref) // it has just moved, and may be found elsewhere
		}
	}
	return nil
}

// locate finds the networks of subnets, ports or mirrors.
func (w *work) locate(kind model.Kind, list []*entry) error {
	if len(list) == 0 {
		return nil
	}
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = e.name
	}
	owners, err := w.c.s.Lookup(w.ctx, string(kind), names...)
	if err != nil {
		return err
	}
	for i, e := range list {
		e.network = owners[i]
	}
	return nil
}

func (w *work) get(list []*entry) error {
	list = slices.DeleteFunc(list, func(e *entry) bool { return level[e.kind] > 1 && e.network == "" })
	if len(list) == 0 {
		return nil
	}
	keys := make([]store.Key, len(list))
	for i, e := range list {
		keys[i] = keyOf(e.ref, e.network)
	}
	docs, err := w.c.s.Get(w.ctx, keys...)
	if err != nil {
		return err
	}
	for i, e := range list {
		if docs[i] == nil {
			continue
		}
		if e.old, err = decode(e.kind, docs[i]); err != nil {
			return err
		}
		e.rev, e.now = docs[i].Rev, e.old
	}
	return nil
}

// loadBindings reads the bindings of the ports that are to be deleted.
func (w *work) loadBindings() error {
	var ports []*entry
	var keys []store.Key
	for _, o := range w.ops {
		if e := w.entries[o.ref]; o.verb == Delete && o.kind == model.KindPort && e.old != nil {
			ports = append(ports, e)
			keys = append(keys, bindingKey(e.network, e.name))
		}
	}
	if len(keys) == 0 {
		return nil
	}
	docs, err := w.c.s.Get(w.ctx, keys...)
	if err != nil {
		return err
	}
	for i, e := range ports {
		e.binding = docs[i]
	}
	return nil
}

// find returns an object that others refer to, as it will be; nil if there is none.
func (w *work) find(r ref) (*entry, error) {
	if _, ok := w.entries[r]; !ok {
		if err := w.load(r); err != nil {
			return nil, err
		}
	}
	if e := w.entries[r]; e != nil && e.now != nil {
		return e, nil
	}
	return nil, nil
}

// refer is find for what must exist, with a check that it still does when the change is committed: unchanged if exact.
func (w *work) refer(by ref, field string, to ref, exact bool) (*entry, error) {
	e, err := w.find(to)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return nil, &NotFound{Kind: to.kind, Name: to.name, By: by.words(), Field: field}
	}
	w.rely(e, exact)
	return e, nil
}

func (w *work) rely(e *entry, exact bool) {
	k := keyOf(e.ref, e.network)
	switch {
	case e.old == nil: // made by this change, which checks that it is absent
	case exact:
		w.checks[k] = e.rev
	case w.checks[k] == 0:
		w.checks[k] = store.Exists
	}
}

// subnetsOf lists the subnets that a network will have.
func (w *work) subnetsOf(network string) ([]*entry, error) {
	list, ok := w.subnets[network]
	if !ok {
		stored, err := w.c.s.List(w.ctx, indexSubnets(network))
		if err != nil {
			return nil, err
		}
		refs := make([]ref, 0, len(stored))
		for _, name := range slices.Sorted(maps.Keys(stored)) {
			refs = append(refs, ref{model.KindSubnet, name})
		}
		if err := w.loadIn(network, slices.Clone(refs)...); err != nil { // as the index says
			return nil, err
		}
		for _, r := range refs {
			if e := w.entries[r]; e != nil {
				list = append(list, e)
			}
		}
		w.subnets[network] = list
	}
	out := make([]*entry, 0, len(list))
	for _, e := range list {
		if e.now != nil && networkOf(e.now) == network {
			out = append(out, e)
		}
	}
	return out, nil
}
