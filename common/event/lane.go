package event

import (
	"slices"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// lane is the queue of one key.
//
//	no event, no sender ── forgotten      events ── ready ──(no handler)──► blocked ──(a handler comes)──► ready
type lane[K Key[K], E any] struct {
	key       K
	seq       uint64 // of its making
	q         ring[E]
	senders   []*sender[E]
	ready     bool   // in Backlog.ready
	blocked   bool   // in the topic's tables of blocked lanes
	blockedAt uint64 // place in the order in which lanes were blocked
	closed    bool   // by Block
	patience  *coroutine.Timer
}

// sender is a coroutine that waits for room.
type sender[E any] struct {
	event E
	gate  coroutine.Gate
}

// levels are the ready lanes by the priority of their oldest event, the largest first; lanes of a level take turns.
type levels[K Key[K], E any] struct{ at []level[K, E] }

type level[K Key[K], E any] struct {
	priority int
	lanes    ring[*lane[K, E]]
}

func (v *levels[K, E]) push(l *lane[K, E], priority int) {
	i, found := slices.BinarySearchFunc(v.at, priority, func(x level[K, E], p int) int { return p - x.priority })
	if !found {
		v.at = slices.Insert(v.at, i, level[K, E]{priority: priority})
	}
	v.at[i].lanes.push(l)
}

// pop removes the lane whose turn it is; nil when none is ready.
func (v *levels[K, E]) pop() *lane[K, E] {
	for i := range v.at {
		for v.at[i].lanes.n > 0 {
			if l := v.at[i].lanes.pop(); l.ready {
				return l
			}
		}
	}
	return nil
}

func (b *Backlog[K, E]) lane(k K) *lane[K, E] {
	l := b.lanes[k]
	if l == nil {
		l = &lane[K, E]{key: k, seq: b.t.bus.nextSeq()}
		b.lanes[k] = l
	}
	return l
}

// forget removes a lane that is of no use.
func (b *Backlog[K, E]) forget(l *lane[K, E]) {
	if l.q.n == 0 && len(l.senders) == 0 && !l.closed {
		b.setBlocked(l, false)
		delete(b.lanes, l.key)
	}
}

// fits reports whether there is room for one more event of l.
func (b *Backlog[K, E]) fits(l *lane[K, E]) bool {
	room := b.o.Limit
	if l.q.n > 0 {
		room -= b.o.Reserved
	}
	return b.n < room && l.q.n < b.o.PerKey
}

func (b *Backlog[K, E]) push(l *lane[K, E], e E) {
	l.q.push(e)
	b.n++
	b.most = max(b.most, b.n)
	b.arm(l)
}

// arm makes l ready if it has something to deliver, and has the bus come by.
func (b *Backlog[K, E]) arm(l *lane[K, E]) {
	if !l.ready && !l.blocked && !l.closed && l.q.n > 0 {
		l.ready = true
		p := 0
		if b.o.Priority != nil {
			p = b.o.Priority(*l.q.front())
		}
		b.ready.push(l, p)
		if !b.armed {
			b.armed = true
			b.t.bus.enqueue(b)
		}
	}
}

// settle follows a change of l: the next event, room for senders, the end of the lane, the end of the backlog.
func (b *Backlog[K, E]) settle(l *lane[K, E]) {
	b.admit(l)
	b.arm(l)
	for i := 0; i < len(b.hungry); i++ { // what is free in the whole is anybody's
		h := b.hungry[0]
		b.hungry = append(b.hungry[1:], h)
		if b.admit(h) {
			break
		}
	}
	b.forget(l)
	if !b.armed && b.ready.any() {
		b.armed = true
		b.t.bus.enqueue(b)
	}
	if b.n == 0 && len(b.hungry) == 0 {
		for _, g := range b.empty {
			g.Open()
		}
		b.empty = nil
	}
}

// any reports whether a lane is ready.
func (v *levels[K, E]) any() bool {
	return slices.ContainsFunc(v.at, func(x level[K, E]) bool { return x.lanes.n > 0 })
}

// admit takes the event of the sender that waited longest, if there is room now, and reports whether it did.
func (b *Backlog[K, E]) admit(l *lane[K, E]) bool {
	if len(l.senders) == 0 || !b.fits(l) {
		return false
	}
	s := l.senders[0]
	l.senders = slices.Delete(l.senders, 0, 1)
	b.fed(l)
	b.push(l, s.event)
	s.gate.Open()
	return true
}

// fed removes l from the hungry lanes when its last sender is served or gone.
func (b *Backlog[K, E]) fed(l *lane[K, E]) {
	if len(l.senders) == 0 {
		b.hungry = slices.DeleteFunc(b.hungry, func(o *lane[K, E]) bool { return o == l })
	}
}

// abandon ends the wait of a sender, which was served, cancelled or unwound.
func (b *Backlog[K, E]) abandon(l *lane[K, E], s *sender[E]) {
	i := slices.Index(l.senders, s)
	if i < 0 {
		return // its event is in the queue, also if it was cancelled in the same step
	}
	l.senders = slices.Delete(l.senders, i, i+1)
	b.fed(l)
	b.settle(l)
}

// setBlocked notes whether the oldest event of l waits for a handler.
func (b *Backlog[K, E]) setBlocked(l *lane[K, E], blocked bool) {
	if l.blocked != blocked {
		l.blocked, l.blockedAt = blocked, b.t.bus.nextSeq()
		for _, tb := range b.t.tables {
			tb.noteBlocked(b.t.without(l.key, tb.wild), l)
		}
		b.losePatience(l)
	}
	if blocked {
		l.ready = false
	} else {
		b.arm(l)
	}
}

// losePatience starts or stops the time after which the oldest event of a blocked lane is given up.
func (b *Backlog[K, E]) losePatience(l *lane[K, E]) {
	switch {
	case b.o.Patience <= 0:
	case (!l.blocked || l.closed) && l.patience != nil:
		l.patience.Stop()
		l.patience = nil
	case l.blocked && !l.closed && l.patience == nil:
		l.patience = b.t.bus.s.After(b.o.Patience, func() {
			l.patience = nil
			if l.blocked && !l.closed && l.q.n > 0 {
				b.drop(l.q.pop())
				b.setBlocked(l, false)
				b.settle(l)
			}
		})
	}
}
