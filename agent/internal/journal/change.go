package journal

import (
	"maps"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/sorted"
	"github.com/vlcp-go/vlcp/common/store"
)

// Change is what happened to a view since it was written. It has one entry for each document, however often that
// changed, so that it is never larger than the view. The zero Change is ready to use.
type Change struct {
	Whole  bool      // with what it holds, what was written before does not matter
	At     time.Time // when the view was what the store has
	Epoch  string
	RunID  string
	Rev    int64
	Term   string // of Rev
	Acked  Acked  // since Rev
	scopes map[store.Scope]*scopeChange
}

// Acked are commits of our own that the store has acknowledged and that it had told nothing of yet: their last revision
// in each term. A store that does not have them is not the one that we know.
type Acked map[string]int64

// with is a with others.
func (a Acked) with(more Acked) Acked {
	if len(more) == 0 {
		return a
	}
	out := maps.Clone(a)
	if out == nil {
		out = Acked{}
	}
	for term, rev := range more {
		out[term] = max(out[term], rev)
	}
	return out
}

// scopeChange is what happened to one scope.
type scopeChange struct {
	rev     int64
	full    bool // docs is all there is
	gone    bool // the scope is not followed any more
	docs    map[store.Key]store.Doc
	deleted map[store.Key]bool
}

// Empty reports whether nothing was added yet.
func (c *Change) Empty() bool { return c.Epoch == "" && len(c.scopes) == 0 }

// Documents is how many documents the change holds.
func (c *Change) Documents() int {
	n := 0
	for _, s := range c.scopes {
		n += len(s.docs)
	}
	return n
}

// Add adds what a batch says; at is when it was read, and Acked is of after that.
func (c *Change) Add(b store.Batch, at time.Time) {
	c.Acked = nil
	c.At, c.Epoch, c.RunID, c.Rev, c.Term = at, b.Epoch, b.RunID, b.Rev, b.Term
	for _, ch := range b.Changes {
		s := c.scope(ch.Scope)
		if ch.Full || s.gone {
			*s = *newScopeChange()
			s.full = true
		}
		s.rev = ch.Rev
		for _, k := range ch.Deleted {
			s.remove(k)
		}
		for _, d := range ch.Docs {
			s.put(d)
		}
	}
}

// Put adds a document that we wrote ourselves, ahead of the store's log: its scope is where it was.
func (c *Change) Put(d store.Doc) {
	if s := c.scope(d.Key.Scope); !s.gone {
		s.put(d)
	}
}

// Drop says that a scope is not followed any more.
func (c *Change) Drop(scope store.Scope) {
	s := c.scope(scope)
	*s = *newScopeChange()
	s.gone = true
}

// Then adds a later change. It takes over what that holds.
func (c *Change) Then(later *Change) {
	c.Whole = c.Whole || later.Whole
	if !later.At.IsZero() {
		c.At = later.At
	}
	if later.Epoch != "" {
		c.Epoch, c.RunID, c.Rev, c.Term = later.Epoch, later.RunID, later.Rev, later.Term
		c.Acked = nil
	}
	c.Acked = c.Acked.with(later.Acked)
	for name, l := range later.scopes {
		s := c.scope(name)
		if l.full || l.gone {
			*s = *l
			continue
		}
		s.rev = max(s.rev, l.rev)
		for k := range l.deleted {
			s.remove(k)
		}
		for _, d := range l.docs {
			s.put(d)
		}
	}
}

func newScopeChange() *scopeChange {
	return &scopeChange{docs: map[store.Key]store.Doc{}, deleted: map[store.Key]bool{}}
}

func (c *Change) scope(name store.Scope) *scopeChange {
	s := c.scopes[name]
	if s == nil {
		if c.scopes == nil {
			c.scopes = map[store.Scope]*scopeChange{}
		}
		s = newScopeChange()
		c.scopes[name] = s
	}
	return s
}

func (s *scopeChange) put(d store.Doc) {
	s.docs[d.Key] = d
	delete(s.deleted, d.Key)
}

func (s *scopeChange) remove(k store.Key) {
	delete(s.docs, k)
	if !s.full {
		s.deleted[k] = true
	}
}

// State is a view: the positions, and the documents of the scopes that were followed.
type State struct {
	At     time.Time // when it was what the store has; zero when there is no view
	Epoch  string
	RunID  string
	Rev    int64
	Term   string // of Rev
	Acked  Acked  // since Rev
	Scopes map[store.Scope]*Scope
}

// Scope is the documents of one scope as of Rev.
type Scope struct {
	Rev   int64
	whole []store.Doc  // as they were read at once, by key
	since *scopeChange // what happened to them
}

// Docs are the documents, in the order of their keys.
func (s *Scope) Docs() []store.Doc {
	if s.since == nil {
		return s.whole
	}
	later := sortedDocs(s.since.docs)
	if len(later) == 0 && len(s.since.deleted) == 0 {
		return s.whole
	}
	docs := make([]store.Doc, 0, len(s.whole)+len(later))
	for _, d := range s.whole {
		for len(later) > 0 && later[0].Key.Compare(d.Key) < 0 {
			docs, later = append(docs, later[0]), later[1:]
		}
		replaced := len(later) > 0 && later[0].Key == d.Key
		if !replaced && !s.since.deleted[d.Key] {
			docs = append(docs, d)
		}
	}
	return append(docs, later...)
}

// take takes a record of the scope in. Nearly all documents of a journal are in the first one of their scope, in order:
// these stay as they are.
func (s *Scope) take(r *scopeRecord) {
	s.Rev = max(s.Rev, r.Rev) // 0 when it has nothing of the log
	docs := r.documents()
	if s.empty() && len(r.Deleted) == 0 && inOrder(docs) {
		s.whole = docs
		return
	}
	for _, d := range r.Deleted {
		s.since.remove(d.key(r.Scope))
	}
	for _, d := range docs {
		s.since.put(d)
	}
}

func (s *Scope) empty() bool { return len(s.whole)+len(s.since.docs)+len(s.since.deleted) == 0 }

// inOrder reports whether each key is behind the one before.
func inOrder(docs []store.Doc) bool {
	for i := range docs {
		if i > 0 && docs[i-1].Key.Compare(docs[i].Key) >= 0 {
			return false
		}
	}
	return true
}

// take takes a record into the state, which then has what the record holds.
func (st *State) take(r *record) {
	if !r.At.IsZero() {
		st.At = r.At
	}
	if r.Epoch != "" {
		st.Epoch, st.RunID, st.Rev, st.Term = r.Epoch, r.RunID, r.Rev, r.Term
		st.Acked = nil
	}
	st.Acked = st.Acked.with(r.Acked)
	for i := range r.Scopes {
		sr := &r.Scopes[i]
		if sr.Gone {
			delete(st.Scopes, sr.Scope)
			continue
		}
		if st.Scopes[sr.Scope] == nil || sr.Full {
			st.Scopes[sr.Scope] = &Scope{since: newScopeChange()}
		}
		st.Scopes[sr.Scope].take(sr)
	}
}

// Batch is the state as a whole read of every scope, in an order that depends on nothing else.
func (st *State) Batch() store.Batch {
	b := store.Batch{Epoch: st.Epoch, RunID: st.RunID, Rev: st.Rev, Term: st.Term}
	for _, name := range slices.Sorted(maps.Keys(st.Scopes)) {
		s := st.Scopes[name]
		b.Changes = append(b.Changes, store.ScopeChange{Scope: name, Rev: s.Rev, Full: true, Docs: s.Docs()})
	}
	return b
}

func sortedDocs(m map[store.Key]store.Doc) []store.Doc {
	docs := slices.Collect(maps.Values(m))
	sorted.Func(docs, func(a, b store.Doc) int { return a.Key.Compare(b.Key) })
	return docs
}
