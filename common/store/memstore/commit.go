package memstore

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/internal/valid"
)

const maxOwnersInConflict = 10

// Commit implements store.Store.
func (s *Store) Commit(ctx context.Context, t store.Txn) (store.Result, error) {
	if err := valid.Txn(&t); err != nil {
		return store.Result{}, err
	}
	if err := s.enter(ctx, opCommit); err != nil {
		return store.Result{}, err
	}
	res, hints, err := s.commit(&t)
	wake := s.queue(hints)
	s.mu.Unlock()
	for _, w := range wake {
		s.o.Deliver(w.deliver)
	}
	return res, err
}

func (s *Store) commit(t *store.Txn) (store.Result, []store.Hint, error) {
	if r, ok := s.d.done[t.ID]; ok && t.ID != "" {
		return r, nil, nil
	}
	if c := s.d.check(t); c != nil {
		return store.Result{}, nil, fmt.Errorf("commit: %w", c)
	}
	if len(t.Releases)+len(t.Claims)+len(t.Deletes)+len(t.Puts) > 0 {
		s.d.advance(s.writer, t.NewTerm)
	}
	hints := s.d.applyClaims(t)
	hints = append(hints, s.d.applyDocs(t, s.o.LogLimit)...)
	r := store.Result{Rev: s.d.rev, Term: s.d.term(), At: s.o.Now()}
	s.d.remember(t.ID, r)
	return r, hints, nil
}

// check returns the first precondition that does not hold.
func (d *data) check(t *store.Txn) *store.Conflict {
	for _, c := range t.Checks {
		doc, ok := d.doc(c.Key)
		switch {
		case c.Rev == store.Absent && ok:
			return &store.Conflict{Reason: store.ReasonExists, Key: c.Key}
		case c.Rev != store.Absent && !ok:
			return &store.Conflict{Reason: store.ReasonMissing, Key: c.Key}
		case c.Rev > 0 && c.Rev != doc.Rev:
			return &store.Conflict{Reason: store.ReasonChanged, Key: c.Key}
		}
	}
	return d.checkClaims(t)
}

// checkClaims plays releases and claims through on an overlay of the indexes.
func (d *data) checkClaims(t *store.Txn) *store.Conflict {
	over := map[store.Entry]string{} // "" is released
	owner := func(c store.Claim) string {
		if o, ok := over[store.Entry{Index: c.Index, Key: c.Key}]; ok {
			return o
		}
		h, _ := d.held(c.Index, c.Key)
		return h.owner
	}
	for _, c := range t.Releases {
		o := owner(c)
		if o != "" && c.Owner != "" && o != c.Owner {
			return &store.Conflict{Reason: store.ReasonClaimed, Index: c.Index, Entry: c.Key, Owner: o}
		}
		over[store.Entry{Index: c.Index, Key: c.Key}] = ""
	}
	for _, c := range t.Claims {
		if o := owner(c); o != "" {
			return &store.Conflict{Reason: store.ReasonClaimed, Index: c.Index, Entry: c.Key, Owner: o}
		}
		over[store.Entry{Index: c.Index, Key: c.Key}] = c.Owner
	}
	for _, ix := range t.Empty {
		if c := d.checkEmpty(ix, over); c != nil {
			return c
		}
	}
	return nil
}

func (d *data) checkEmpty(ix string, over map[store.Entry]string) *store.Conflict {
	left := map[string]string{}
	if i := d.indexes[ix]; i != nil {
		for k, h := range i.entries {
			left[k] = h.owner
		}
	}
	for e, o := range over {
		if e.Index == ix {
			left[e.Key] = o
		}
	}
	maps.DeleteFunc(left, func(_, o string) bool { return o == "" })
	if len(left) == 0 {
		return nil
	}
	owners := slices.Sorted(maps.Values(left))
	return &store.Conflict{Reason: store.ReasonInUse, Index: ix, Count: len(left),
		Owners: owners[:min(len(owners), maxOwnersInConflict)]}
}

func (d *data) applyClaims(t *store.Txn) []store.Hint {
	var hints []store.Hint
	for _, c := range t.Releases {
		if h, ok := d.held(c.Index, c.Key); ok {
			d.release(c.Index, c.Key)
			if h.watched {
				hints = append(hints, store.Hint{Index: c.Index, Key: c.Key})
			}
		}
	}
	for _, c := range t.Claims {
		d.claim(c)
		if c.Watched {
			hints = append(hints, store.Hint{Index: c.Index, Key: c.Key})
		}
	}
	return hints
}

func (d *data) applyDocs(t *store.Txn, limit int) []store.Hint {
	changed := map[store.Scope]map[name]bool{}
	note := func(k store.Key) {
		if changed[k.Scope] == nil {
			changed[k.Scope] = map[name]bool{}
		}
		changed[k.Scope][name{k.Kind, k.ID}] = true
	}
	for _, k := range t.Deletes {
		if _, ok := d.doc(k); ok {
			delete(d.scopes[k.Scope].docs, name{k.Kind, k.ID})
			note(k)
		}
	}
	for _, p := range t.Puts {
		p.Rev, p.Value = d.rev, append([]byte(nil), p.Value...)
		d.scope(p.Key.Scope).docs[name{p.Key.Kind, p.Key.ID}] = p
		note(p.Key)
	}
	hints := make([]store.Hint, 0, len(changed))
	for sc, names := range changed {
		d.scope(sc).append(d.rev, slices.Collect(maps.Keys(names)), limit)
		hints = append(hints, store.Hint{Scope: sc})
	}
	sort.Slice(hints, func(i, j int) bool { return hints[i].Scope < hints[j].Scope })
	return hints
}

// append notes a change in the log and trims it. An emptied scope keeps only the last change.
func (s *scope) append(rev int64, names []name, limit int) {
	s.log = append(s.log, change{rev: rev, prev: s.rev, names: names})
	s.rev = rev
	if len(s.docs) == 0 {
		limit = 1
	}
	if over := len(s.log) - limit; over > 0 {
		s.log = slices.Delete(s.log, 0, over)
	}
}
