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
	At     time.Time // when the view was what the store has
	Epoch  string
	RunID  string
	Rev    int64
	Term   string // of Rev
	scopes map[store.Scope]*scopeChange
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

// Add adds what a batch says; at is when it was read.
func (c *Change) Add(b store.Batch, at time.Time) {
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

// Drop says that a scope is not followed any more.
func (c *Change) Drop(scope store.Scope) {
	s := c.scope(scope)
	*s = *newScopeChange()
	s.gone = true
}

// Then adds a later change. It takes over what that holds.
func (c *Change) Then(later *Change) {
	if !later.At.IsZero() {
		c.At = later.At
	}
	if later.Epoch != "" {
		c.Epoch, c.RunID, c.Rev, c.Term = later.Epoch, later.RunID, later.Rev, later.Term
	}
	for name, l := range later.scopes {
		s := c.scope(name)
		if l.full || l.gone {
			*s = *l
			continue
		}
		s.rev = l.rev
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
	Scopes map[store.Scope]*Scope
}

// Scope is the documents of one scope as of Rev.
type Scope struct {
	Rev  int64
	Docs map[store.Key]store.Doc
}

// apply takes a change into the state, which then has what the change holds.
func (st *State) apply(c *Change) {
	if !c.At.IsZero() {
		st.At = c.At
	}
	if c.Epoch != "" {
		st.Epoch, st.RunID, st.Rev, st.Term = c.Epoch, c.RunID, c.Rev, c.Term
	}
	for name, s := range c.scopes {
		if s.gone {
			delete(st.Scopes, name)
			continue
		}
		have := st.Scopes[name]
		if have == nil || s.full {
			st.Scopes[name] = &Scope{Rev: s.rev, Docs: s.docs}
			continue
		}
		have.Rev = s.rev
		for k := range s.deleted {
			delete(have.Docs, k)
		}
		maps.Copy(have.Docs, s.docs)
	}
}

// Batch is the state as a whole read of every scope, in an order that depends on nothing else.
func (st *State) Batch() store.Batch {
	b := store.Batch{Epoch: st.Epoch, RunID: st.RunID, Rev: st.Rev, Term: st.Term}
	for _, name := range slices.Sorted(maps.Keys(st.Scopes)) {
		s := st.Scopes[name]
		b.Changes = append(b.Changes, store.ScopeChange{Scope: name, Rev: s.Rev, Full: true, Docs: sortedDocs(s.Docs)})
	}
	return b
}

// change is the change that leads from nothing to the state.
func (st *State) change() *Change {
	c := &Change{}
	c.Add(st.Batch(), st.At)
	return c
}

func sortedDocs(m map[store.Key]store.Doc) []store.Doc {
	docs := slices.Collect(maps.Values(m))
	sorted.Func(docs, func(a, b store.Doc) int { return a.Key.Compare(b.Key) })
	return docs
}
