package memstore

import (
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/common/store"
)

// data is everything that a server would keep.
type data struct {
	epoch   string
	base    int64 // revision that the epoch began with
	rev     int64
	writer  string // who made the last commit
	terms   []term // oldest first
	scopes  map[store.Scope]*scope
	indexes map[string]*index
	seqs    map[string]int64
	seqBy   map[string]string // who gave out the last number
	beats   map[string]store.Beat
	done    map[string]store.Result // by Txn.ID
	doneIDs []string                // oldest first
}

// term is a stretch of commits by one writer, from revision first on.
type term struct {
	first int64
	name  string
}

// name is a document's name in its scope.
type name struct{ kind, id string }

type scope struct {
	rev  int64
	docs map[name]store.Doc
	log  []change
}

// change is one entry of a scope's log. It names documents and does not carry them: a reader wants what they are now.
type change struct {
	rev, prev int64
	names     []name
}

// index is a unique index. bits holds the taken numbers.
type index struct {
	entries map[string]held
	bits    map[int64]bool
}

type held struct {
	owner   string
	bit     int64
	watched bool
}

func newData() *data {
	return &data{scopes: map[store.Scope]*scope{}, indexes: map[string]*index{}, seqs: map[string]int64{},
		seqBy: map[string]string{},
		beats: map[string]store.Beat{}, done: map[string]store.Result{}}
}

func (d *data) clone() *data {
	c := *d
	c.scopes, c.indexes = make(map[store.Scope]*scope, len(d.scopes)), make(map[string]*index, len(d.indexes))
	for k, s := range d.scopes {
		c.scopes[k] = &scope{rev: s.rev, docs: maps.Clone(s.docs), log: slices.Clone(s.log)}
	}
	for k, ix := range d.indexes {
		c.indexes[k] = &index{entries: maps.Clone(ix.entries), bits: maps.Clone(ix.bits)}
	}
	c.seqs, c.beats, c.done = maps.Clone(d.seqs), maps.Clone(d.beats), maps.Clone(d.done)
	c.seqBy = maps.Clone(d.seqBy)
	c.doneIDs, c.terms = slices.Clone(d.doneIDs), slices.Clone(d.terms)
	return &c
}

func (d *data) doc(k store.Key) (store.Doc, bool) {
	s, ok := d.scopes[k.Scope]
	if !ok {
		return store.Doc{}, false
	}
	doc, ok := s.docs[name{k.Kind, k.ID}]
	return doc, ok
}

func (d *data) held(ix, key string) (held, bool) {
	i, ok := d.indexes[ix]
	if !ok {
		return held{}, false
	}
	h, ok := i.entries[key]
	return h, ok
}

func (d *data) scope(s store.Scope) *scope {
	if d.scopes[s] == nil {
		d.scopes[s] = &scope{docs: map[name]store.Doc{}}
	}
	return d.scopes[s]
}

func (d *data) release(ix, key string) {
	i := d.indexes[ix]
	if h, ok := i.entries[key]; ok {
		delete(i.entries, key)
		delete(i.bits, h.bit)
	}
	if len(i.entries) == 0 {
		delete(d.indexes, ix)
	}
}

func (d *data) claim(c store.Claim) {
	if d.indexes[c.Index] == nil {
		d.indexes[c.Index] = &index{entries: map[string]held{}, bits: map[int64]bool{}}
	}
	i := d.indexes[c.Index]
	i.entries[c.Key] = held{c.Owner, c.Bit, c.Watched}
	if c.Bit != store.NoBit {
		i.bits[c.Bit] = true
	}
}

// remember keeps the result of a commit for retries.
func (d *data) remember(id string, r store.Result) {
	if id == "" {
		return
	}
	d.done[id] = r
	d.doneIDs = append(d.doneIDs, id)
	if len(d.doneIDs) > maxTxnIDs {
		delete(d.done, d.doneIDs[0])
		d.doneIDs = slices.Delete(d.doneIDs, 0, 1)
	}
}
