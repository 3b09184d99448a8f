package memstore

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/vlcp-go/vlcp/common/store"
)

// Get implements store.Reader.
func (s *Store) Get(ctx context.Context, keys ...store.Key) ([]*store.Doc, error) {
	if err := s.enter(ctx, opRead); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	out := make([]*store.Doc, len(keys))
	for i, k := range keys {
		if d, ok := s.d.doc(k); ok {
			d.Value = bytes.Clone(d.Value)
			out[i] = &d
		}
	}
	return out, nil
}

// Read implements store.Reader.
func (s *Store) Read(ctx context.Context, scope store.Scope) ([]store.Doc, error) {
	if err := s.enter(ctx, opRead); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	return s.d.read(scope), nil
}

func (d *data) read(scope store.Scope) []store.Doc {
	s, ok := d.scopes[scope]
	if !ok {
		return nil
	}
	out := make([]store.Doc, 0, len(s.docs))
	for _, doc := range s.docs {
		doc.Value = bytes.Clone(doc.Value)
		out = append(out, doc)
	}
	sortDocs(out)
	return out
}

func sortDocs(docs []store.Doc) {
	slices.SortFunc(docs, func(a, b store.Doc) int { return a.Key.Compare(b.Key) })
}

// Lookup implements store.Reader.
func (s *Store) Lookup(ctx context.Context, index string, keys ...string) ([]string, error) {
	if err := s.enter(ctx, opRead); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	out := make([]string, len(keys))
	for i, k := range keys {
		h, _ := s.d.held(index, k)
		out[i] = h.owner
	}
	return out, nil
}

// List implements store.Reader.
func (s *Store) List(ctx context.Context, index string) (map[string]string, error) {
	if err := s.enter(ctx, opRead); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	out := map[string]string{}
	if ix := s.d.indexes[index]; ix != nil {
		for k, h := range ix.entries {
			out[k] = h.owner
		}
	}
	return out, nil
}

// Free implements store.Reader.
func (s *Store) Free(ctx context.Context, index string, lo, hi int64, n int) ([]int64, error) {
	if err := s.enter(ctx, opRead); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var taken map[int64]bool
	if ix := s.d.indexes[index]; ix != nil {
		taken = ix.bits
	}
	var out []int64
	for b := max(lo, 0); b <= hi && len(out) < n; b++ {
		if !taken[b] {
			out = append(out, b)
		}
	}
	return out, nil
}

// Poll implements store.Log.
func (s *Store) Poll(ctx context.Context, c store.Cursor) (store.Batch, error) {
	if err := s.enter(ctx, opPoll); err != nil {
		return store.Batch{}, err
	}
	defer s.mu.Unlock()
	b := store.Batch{Epoch: s.d.epoch, RunID: s.runID, Rev: s.d.rev, Term: s.d.term()}
	b.Lost, b.Base = s.d.compare(&c)
	for scope, rev := range c.Scopes {
		if ch, ok := s.d.since(scope, rev, b.Lost || c.Epoch != s.d.epoch); ok {
			b.Changes = append(b.Changes, ch)
		}
	}
	slices.SortFunc(b.Changes, func(x, y store.ScopeChange) int { return cmp.Compare(x.Scope, y.Scope) })
	return b, nil
}

// since returns what happened in a scope after rev.
func (d *data) since(sc store.Scope, rev int64, whole bool) (store.ScopeChange, bool) {
	s := d.scopes[sc]
	if s == nil {
		s = &scope{}
	}
	ch := store.ScopeChange{Scope: sc, Rev: s.rev}
	if s.rev == rev && !whole {
		return ch, false
	}
	from := slices.IndexFunc(s.log, func(c change) bool { return c.prev == rev })
	if whole || rev == 0 || from < 0 {
		ch.Full, ch.Docs = true, d.read(sc)
		return ch, true
	}
	seen := map[name]bool{}
	for _, c := range s.log[from:] {
		for _, n := range c.names {
			if seen[n] {
				continue
			}
			seen[n] = true
			if doc, ok := s.docs[n]; ok {
				doc.Value = bytes.Clone(doc.Value)
				ch.Docs = append(ch.Docs, doc)
			} else {
				ch.Deleted = append(ch.Deleted, store.Key{Scope: sc, Kind: n.kind, ID: n.id})
			}
		}
	}
	sortDocs(ch.Docs)
	slices.SortFunc(ch.Deleted, store.Key.Compare)
	return ch, true
}
