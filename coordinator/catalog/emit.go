package catalog

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// emit writes the transaction that turns what was read into what is wanted.
func (w *work) emit() error {
	w.txn = store.Txn{ID: w.c.o.NewID(), Author: w.c.o.Author, Note: w.note()}
	guards := map[string]bool{}
	written := false
	for _, e := range w.order() {
		equal, err := same(e.ref, e.old, e.now)
		if err != nil {
			return err
		}
		if equal && !e.touch {
			continue
		}
		written = true
		if err := w.write(e, guards); err != nil {
			return err
		}
	}
	if !written {
		return nil // what was only looked at needs no check
	}
	for _, p := range slices.Sorted(maps.Keys(guards)) {
		w.txn.Puts = append(w.txn.Puts, store.Doc{Key: guardKey(p), Value: []byte("{}")})
	}
	for _, network := range slices.Sorted(maps.Keys(w.allowed)) {
		if w.allowed[network].guarded {
			w.txn.Puts = append(w.txn.Puts, store.Doc{Key: addressesKey(network), Value: []byte("{}")})
		}
	}
	if w.wired {
		w.txn.Puts = append(w.txn.Puts, store.Doc{Key: uplinksKey, Value: []byte("{}")})
	}
	for k, rev := range w.checks {
		w.txn.Checks = append(w.txn.Checks, store.Check{Key: k, Rev: rev})
	}
	slices.SortFunc(w.txn.Checks, func(a, b store.Check) int {
		return compare(string(a.Key.Scope)+" "+a.Key.Kind+" "+a.Key.ID, string(b.Key.Scope)+" "+b.Key.Kind+" "+b.Key.ID)
	})
	return nil
}

// order is what may be written: the objects of the wishes, then what is touched.
func (w *work) order() []*entry {
	var out []*entry
	for _, o := range w.ops {
		out = append(out, w.entries[o.ref])
	}
	var touched []*entry
	for _, e := range w.entries {
		if e.verb == "" && e.touch {
			touched = append(touched, e)
		}
	}
	slices.SortFunc(touched, func(a, b *entry) int { return compare(a.name, b.name) })
	return append(out, touched...)
}

func (w *work) write(e *entry, guards map[string]bool) error {
	key := keyOf(e.ref, e.network)
	w.checks[key] = store.Absent
	if e.old != nil {
		w.checks[key] = e.rev
	}
	w.diff(e)
	if n, ok := e.now.(*model.Network); ok {
		guards[n.PhysNet] = true
	}
	if err := w.writeCompanion(e); err != nil {
		return err
	}
	if e.now == nil {
		return w.remove(e, key)
	}
	b, err := encode(e.ref, e.now)
	if err != nil {
		return err
	}
	w.txn.Puts = append(w.txn.Puts, store.Doc{Key: key, Value: b})
	return nil
}

// diff releases the claims that e no longer has, and makes the new ones.
func (w *work) diff(e *entry) {
	has := map[store.Claim]bool{}
	if e.old != nil {
		for _, c := range claimsOf(e.old, w.subnetOf(e.old)) {
			has[c.Claim] = true
		}
	}
	keep := map[store.Claim]bool{}
	if e.now != nil {
		for _, c := range claimsOf(e.now, w.subnetOf(e.now)) {
			keep[c.Claim] = true
			if has[c.Claim] {
				continue
			}
			w.txn.Claims = append(w.txn.Claims, c.Claim)
			w.origins[store.Entry{Index: c.Index, Key: c.Key}] = origin{e.ref, c.field, e.auto[c.field]}
		}
	}
	if e.old != nil {
		for _, c := range claimsOf(e.old, w.subnetOf(e.old)) {
			if !keep[c.Claim] {
				w.txn.Releases = append(w.txn.Releases, c.Claim)
			}
		}
	}
}

// remove deletes a document and what goes with it, provided that nothing depends on it.
func (w *work) remove(e *entry, key store.Key) error {
	w.txn.Deletes = append(w.txn.Deletes, key)
	switch e.kind {
	case model.KindPort:
		w.txn.Empty = append(w.txn.Empty, indexIn(e.ref)) // of sub-ports and mirrors
		return w.unbind(e)
	case model.KindPhysNet:
		w.txn.Deletes = append(w.txn.Deletes, guardKey(e.name))
	case model.KindNetwork:
		w.txn.Deletes = append(w.txn.Deletes, addressesKey(e.name))
	}
	w.txn.Empty = append(w.txn.Empty, indexIn(e.ref))
	return nil
}

// unbind deletes the binding of a port with it. The check of its revision, or absence, keeps a host from binding the
// port in between, which would leave its entry in the host's index behind.
func (w *work) unbind(e *entry) error {
	key := bindingKey(e.network, e.name)
	w.checks[key] = store.Absent
	if e.binding == nil {
		return nil
	}
	w.checks[key] = e.binding.Rev
	w.txn.Deletes = append(w.txn.Deletes, key)
	var b model.Binding
	if err := json.Unmarshal(e.binding.Value, &b); err != nil {
		return fmt.Errorf("binding %s in the store cannot be read: %w", e.name, err)
	}
	w.txn.Releases = append(w.txn.Releases, store.Claim{Index: indexBound(b.Host), Key: e.name, Bit: store.NoBit})
	return nil
}

// empty reports whether there is nothing to commit.
func (w *work) empty() bool { return len(w.txn.Puts)+len(w.txn.Deletes) == 0 }

func (w *work) note() string {
	if len(w.wishes) != 1 {
		return fmt.Sprintf("%d objects", len(w.wishes))
	}
	return string(w.wishes[0].verb) + " " + w.wishes[0].words()
}

// done says what becomes of each wish.
func (w *work) done() []Done {
	out := make([]Done, 0, len(w.wishes))
	for _, o := range w.wishes {
		e := w.entries[o.ref]
		d := Done{Kind: o.kind, Name: o.name, Object: e.now, Action: Updated}
		equal, _ := same(e.ref, e.old, e.now) // emit has encoded both
		switch {
		case e.now == nil:
			d.Action, d.Object = Deleted, e.old
		case e.old == nil:
			d.Action = Created
		case equal:
			d.Action = Unchanged
		}
		out = append(out, d)
	}
	return out
}

// rehearse refuses claims that others hold, as the commit would.
func (w *work) rehearse() error {
	released := map[store.Entry]bool{}
	for _, c := range w.txn.Releases {
		released[store.Entry{Index: c.Index, Key: c.Key}] = true
	}
	byIndex := map[string][]store.Claim{}
	ours := map[store.Entry]string{}
	for _, c := range w.txn.Claims {
		en := store.Entry{Index: c.Index, Key: c.Key}
		if holder, twice := ours[en]; twice {
			return taken(w.origins[en], &store.Conflict{Entry: c.Key, Owner: holder})
		}
		if ours[en] = c.Owner; !released[en] {
			byIndex[c.Index] = append(byIndex[c.Index], c)
		}
	}
	for _, index := range slices.Sorted(maps.Keys(byIndex)) {
		list := byIndex[index]
		keys := make([]string, len(list))
		for i, c := range list {
			keys[i] = c.Key
		}
		owners, err := w.c.s.Lookup(w.ctx, index, keys...)
		if err != nil {
			return err
		}
		for i, o := range owners {
			if o != "" {
				en := store.Entry{Index: index, Key: keys[i]}
				return taken(w.origins[en], &store.Conflict{Entry: keys[i], Owner: o})
			}
		}
	}
	return nil
}
