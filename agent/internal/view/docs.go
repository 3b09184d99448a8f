package view

import (
	"iter"

	"github.com/vlcp-go/vlcp/common/store"
)

// docs are the documents that the view holds: their keys and revisions, and which of them counts. Names are unique in
// the deployment, but while an object that was deleted in one scope and created in another moves, both may have a
// document of it here: the younger counts. There are two for every port, so they are as small as they can be.
type docs struct {
	kinds  map[string]map[string]held // by kind and id
	scopes map[store.Scope]*scopeDocs
}

// held is the documents of one object.
type held struct {
	home   *scopeDocs // whose document counts; nil: none does
	rev    int64      // of that
	others map[*scopeDocs]int64
}

// scopeDocs is the names of the documents of one scope.
type scopeDocs struct {
	scope store.Scope
	ids   map[string]map[string]struct{} // by kind
}

func newDocs() docs {
	return docs{kinds: map[string]map[string]held{}, scopes: map[store.Scope]*scopeDocs{}}
}

// expect makes room for n documents of a kind, unless there are some.
func (d *docs) expect(kind string, n int) {
	if len(d.kinds[kind]) == 0 {
		d.kinds[kind] = make(map[string]held, n)
	}
}

// rev is the revision of a document that is held.
func (d *docs) rev(k store.Key) (rev int64, ok bool) {
	s := d.scopes[k.Scope]
	if s == nil {
		return 0, false
	}
	h := d.kinds[k.Kind][k.ID]
	if h.home == s {
		return h.rev, true
	}
	rev, ok = h.others[s]
	return rev, ok
}

// standing is the revision of a document that is held, and that of the one of another scope that counts in its place; 0
// where there is none.
func (d *docs) standing(k store.Key) (rev, elsewhere int64) {
	h := d.kinds[k.Kind][k.ID]
	switch {
	case h.home == nil:
	case h.home.scope == k.Scope:
		return h.rev, 0
	default:
		elsewhere = h.rev
	}
	if len(h.others) > 0 {
		rev = h.others[d.scopes[k.Scope]]
	}
	return rev, elsewhere
}

// counting is the scope whose document of an object counts, and the revision of that.
func (d *docs) counting(kind, id string) (s store.Scope, rev int64, ok bool) {
	h := d.kinds[kind][id]
	if h.home == nil {
		return "", 0, false
	}
	return h.home.scope, h.rev, true
}

// set notes a document. counts says that it is the one that counts.
func (d *docs) set(k store.Key, rev int64, counts bool) {
	s := d.scopes[k.Scope]
	if s == nil {
		s = &scopeDocs{scope: k.Scope, ids: map[string]map[string]struct{}{}}
		d.scopes[k.Scope] = s
	}
	ids, objects := s.ids[k.Kind], d.kinds[k.Kind]
	if ids == nil {
		ids = map[string]struct{}{}
		s.ids[k.Kind] = ids
	}
	if objects == nil {
		objects = map[string]held{}
		d.kinds[k.Kind] = objects
	}
	h := objects[k.ID]
	if h.home != s {
		ids[k.ID] = struct{}{}
	}
	switch {
	case h.home == s:
		h.rev = rev
	case counts:
		if h.home != nil {
			h.other(h.home, h.rev)
		}
		delete(h.others, s)
		h.home, h.rev = s, rev
	default:
		h.other(s, rev)
	}
	objects[k.ID] = h
}

func (h *held) other(s *scopeDocs, rev int64) {
	if h.others == nil {
		h.others = map[*scopeDocs]int64{}
	}
	h.others[s] = rev
}

// remove forgets a document, and reports whether it was the one that counts.
func (d *docs) remove(k store.Key) (counted bool) {
	s := d.scopes[k.Scope]
	if s == nil {
		return false
	}
	delete(s.ids[k.Kind], k.ID)
	h := d.kinds[k.Kind][k.ID]
	if counted = h.home == s; counted {
		h.home, h.rev = nil, 0
	}
	delete(h.others, s)
	if h.home == nil && len(h.others) == 0 {
		delete(d.kinds[k.Kind], k.ID)
	} else {
		d.kinds[k.Kind][k.ID] = h
	}
	return counted
}

// in are the documents of a scope, in no order. They may be removed meanwhile.
func (d *docs) in(scope store.Scope) iter.Seq[store.Key] {
	return func(yield func(store.Key) bool) {
		s := d.scopes[scope]
		if s == nil {
			return
		}
		for kind, ids := range s.ids {
			for id := range ids {
				if !yield(store.Key{Scope: scope, Kind: kind, ID: id}) {
					return
				}
			}
		}
	}
}

// any reports whether a scope has documents.
func (d *docs) any(scope store.Scope) bool {
	for range d.in(scope) {
		return true
	}
	return false
}

// drop forgets a scope that has none any more.
func (d *docs) drop(scope store.Scope) { delete(d.scopes, scope) }
