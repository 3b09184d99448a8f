package event

import (
	"cmp"
	"slices"
)

// noteBlocked files l under key, or takes it out, as l says.
func (tb *table[K, E]) noteBlocked(key K, l *lane[K, E]) {
	at := tb.blocked[key]
	if !l.blocked {
		if delete(at, l); len(at) == 0 {
			delete(tb.blocked, key)
		}
		return
	}
	if at == nil {
		if tb.blocked == nil {
			tb.blocked = map[K]map[*lane[K, E]]struct{}{}
		}
		at = map[*lane[K, E]]struct{}{}
		tb.blocked[key] = at
	}
	at[l] = struct{}{}
}

// unblock has the lanes offered again that s may be a handler for.
func (t *Topic[K, E]) unblock(s *Slot[K, E]) {
	if t.backlog != nil {
		t.unblockLanes(t.table(s.wild).blocked[s.key])
	}
	for _, child := range t.children {
		child()
	}
}

// unblockAll has all blocked lanes offered again: a handler came to a topic that t extends, where keys are others.
func (t *Topic[K, E]) unblockAll() {
	if t.backlog != nil {
		for _, lanes := range t.table(Anything).blocked {
			t.unblockLanes(lanes)
		}
	}
	for _, child := range t.children {
		child()
	}
}

// unblockLanes makes lanes ready in the order in which they were blocked.
func (t *Topic[K, E]) unblockLanes(lanes map[*lane[K, E]]struct{}) {
	if len(lanes) == 0 {
		return
	}
	waiting := make([]*lane[K, E], 0, len(lanes))
	for l := range lanes {
		if !l.closed {
			waiting = append(waiting, l)
		}
	}
	slices.SortFunc(waiting, func(x, y *lane[K, E]) int { return cmp.Compare(x.blockedAt, y.blockedAt) })
	for _, l := range waiting {
		t.backlog.setBlocked(l, false)
	}
}
