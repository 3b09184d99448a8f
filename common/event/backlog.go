package event

import (
	"cmp"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// BacklogOptions of NewBacklog.
type BacklogOptions[E any] struct {
	Limit    int // events in all, at least 1
	PerKey   int // events of one key; 0: Limit
	Reserved int // room that only keys without an event may use, so that busy keys never keep out a new one

	// Priority of an event: of two keys, the one whose oldest event has the larger priority is served first. Keys of the
	// same priority are served in turn. nil: all are the same.
	Priority func(E) int
	// Stale reports that nobody needs the event any more, when it is about to be delivered. nil: all are needed.
	Stale func(E) bool
	// Patience is how long a key may be blocked for want of a handler before its oldest event is given up; 0: for ever.
	Patience time.Duration
	// Dropped is told of events that are given up, stale or ignored. nil: they are only counted.
	Dropped func(E)
}

// Backlog holds the events of a topic that must be handled. Each key has a queue of its own: an event that no handler
// takes blocks its key, and no other, until a handler comes that matches it.
type Backlog[K Key[K], E any] struct {
	t     *Topic[K, E]
	o     BacklogOptions[E]
	lanes map[K]*lane[K, E]
	ready levels[K, E] // lanes with an event that can be delivered
	armed bool         // in the bus's order
	n     int

	hungry  []*lane[K, E] // lanes with senders that wait
	empty   []*coroutine.Gate
	dropped uint64
	most    int    // events that there ever were
	full    uint64 // sends that met the bound
}

// NewBacklog adds a backlog to t; a topic has at most one. Events that are sent to it go to the listeners of t like
// published ones, but not before one of them is a handler, see Matcher.Handling.
func NewBacklog[K Key[K], E any](t *Topic[K, E], o BacklogOptions[E]) *Backlog[K, E] {
	if t.backlog != nil {
		panic("event: topic " + t.name + " has a backlog already")
	}
	o.Limit = max(o.Limit, 1)
	if o.PerKey <= 0 || o.PerKey > o.Limit {
		o.PerKey = o.Limit
	}
	o.Reserved = min(max(o.Reserved, 0), o.Limit-1)
	b := &Backlog[K, E]{t: t, o: o, lanes: map[K]*lane[K, E]{}}
	t.backlog = b
	t.bus.s.Gauge(func() coroutine.Depth {
		return coroutine.Depth{Name: "backlog " + t.name, N: b.n, Limit: o.Limit, Most: b.most, Full: b.full}
	})
	return b
}

// Send adds e to the queue of its key, and waits while that or the whole is full. Senders of a key are served in order.
func (b *Backlog[K, E]) Send(co *coroutine.Co, e E) error {
	if err := co.Err(); err != nil {
		return err
	}
	l := b.lane(b.t.index(e))
	if len(l.senders) == 0 && b.fits(l) {
		b.push(l, e)
		return nil
	}
	b.full++
	s := &sender[E]{event: e}
	if len(l.senders) == 0 {
		b.hungry = append(b.hungry, l)
	}
	l.senders = append(l.senders, s)
	defer b.abandon(l, s)
	return s.gate.Wait(co, "room in the backlog of "+b.t.name, -1)
}

// TrySend adds e if there is room and nobody waits for it, and reports whether it did.
func (b *Backlog[K, E]) TrySend(e E) bool {
	l := b.lane(b.t.index(e))
	if len(l.senders) > 0 || !b.fits(l) {
		b.full++
		b.forget(l)
		return false
	}
	b.push(l, e)
	return true
}

// SendUrgent adds e whatever the limits say. It is for what keeps a program working when its queues are full.
func (b *Backlog[K, E]) SendUrgent(e E) { b.push(b.lane(b.t.index(e)), e) }

// Block keeps the events of a key back until Unblock, whether or not there is a handler.
func (b *Backlog[K, E]) Block(k K) {
	l := b.lane(k)
	l.closed = true
	b.setBlocked(l, true)
}

// Unblock ends Block, and has blocked events of the key offered again.
func (b *Backlog[K, E]) Unblock(k K) {
	if l := b.lanes[k]; l != nil {
		l.closed = false
		b.setBlocked(l, false)
	}
}

// Ignore drops the events that match, and returns how many those were.
func (b *Backlog[K, E]) Ignore(m Matcher[K, E]) int {
	n := 0
	var lanes []*lane[K, E]
	for k, l := range b.lanes {
		if b.t.without(k, m.wild) == m.key {
			lanes = append(lanes, l)
		}
	}
	slices.SortFunc(lanes, func(x, y *lane[K, E]) int { return cmp.Compare(x.seq, y.seq) })
	for _, l := range lanes {
		for range l.q.n {
			e := l.q.pop()
			if m.pred == nil || b.t.holds(m.pred, e) {
				n++
				b.drop(e)
			} else {
				l.q.push(e)
			}
		}
		b.setBlocked(l, l.closed)
		b.settle(l)
	}
	return n
}

// WaitEmpty waits until the backlog has no event and no sender.
func (b *Backlog[K, E]) WaitEmpty(co *coroutine.Co) error {
	for b.n > 0 || len(b.hungry) > 0 {
		g := &coroutine.Gate{}
		b.empty = append(b.empty, g)
		if err := g.Wait(co, "an empty backlog of "+b.t.name, -1); err != nil {
			return err
		}
	}
	return co.Err()
}

// Len is how many events wait.
func (b *Backlog[K, E]) Len() int { return b.n }

// Blocked is how many keys wait for a handler.
func (b *Backlog[K, E]) Blocked() (n int) {
	for _, l := range b.lanes {
		if l.blocked {
			n++
		}
	}
	return n
}

// Dropped is how many events were given up, stale or ignored.
func (b *Backlog[K, E]) Dropped() uint64 { return b.dropped }

// take implements source: it offers one event.
func (b *Backlog[K, E]) take() {
	b.armed = false
	l := b.ready.pop()
	if l == nil {
		return
	}
	l.ready = false
	if e := l.q.front(); b.o.Stale != nil && b.o.Stale(*e) {
		b.drop(l.q.pop())
	} else if b.t.wanted(l.key, e) {
		b.t.deliver(l.key, e)
		l.q.pop()
		b.n--
	} else {
		b.setBlocked(l, true)
	}
	b.settle(l)
}

func (b *Backlog[K, E]) drop(e E) {
	b.n--
	b.dropped++
	if b.o.Dropped != nil {
		b.o.Dropped(e)
	}
}
