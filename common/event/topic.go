package event

// Topic is one type of events with its index. Make one with NewTopic.
type Topic[K Key[K], E any] struct {
	bus     *Bus
	name    string
	reason  string
	index   func(E) K
	without func(K, Mask) K

	pending ring[entry[K, E]]
	tables  []*table[K, E] // by the mask they serve
	n       int            // listeners
	slots   []*Slot[K, E]  // spare
	buckets []*bucket[K, E]

	parents  []upward[E]
	children []func() // offer what is blocked in topics that extend this one
	backlog  *Backlog[K, E]
	handlers int // listeners that handle
}

// upward is a topic that another extends, for events of that.
type upward[E any] struct {
	deliver func(E)
	wanted  func(E) bool
}

// entry is a pending event with its key.
type entry[K, E any] struct {
	key   K
	event E
}

// table finds the listeners of matchers that leave the same fields open.
type table[K Key[K], E any] struct {
	t    *Topic[K, E]
	wild Mask
	n    int // buckets
	at   map[K]*bucket[K, E]

	blocked map[K]map[*lane[K, E]]struct{} // lanes of the backlog without a handler, by their keys under wild
}

// bucket is the listeners of equal keys, in the order of their registration.
type bucket[K Key[K], E any] struct {
	of          *table[K, E]
	key         K
	first, last *Slot[K, E]
	idle        bool // in the bus's list of vacant buckets
}

// NewTopic returns a topic of b. index yields the index values of an event, without side effects; it is called once per
// event, by Publish.
func NewTopic[K Key[K], E any](b *Bus, name string, index func(E) K) *Topic[K, E] {
	return &Topic[K, E]{bus: b, name: name, reason: "an event of " + name, index: index, without: K.Without}
}

// Name is the name the topic was made with.
func (t *Topic[K, E]) Name() string { return t.name }

// Bus is the bus the topic was made on.
func (t *Topic[K, E]) Bus() *Bus { return t.bus }

// Listeners is how many waits and subscriptions are registered.
func (t *Topic[K, E]) Listeners() int { return t.n }

// Publish adds an event to the queue of the bus and returns at once. Whoever listens when the event is taken gets it;
// if nobody does, it is dropped.
func (t *Topic[K, E]) Publish(e E) {
	k := t.index(e)
	equal(k, k) // what cannot be compared panics here, in the publisher
	t.pending.push(entry[K, E]{k, e})
	t.bus.enqueue(t)
}

func equal[K comparable](a, b K) bool { return a == b }

// Post publishes from any goroutine but the scheduler's own. It waits while the scheduler's inbox is full, and returns
// coroutine.ErrStopped when the event will not be published.
func (t *Topic[K, E]) Post(e E) error { return t.bus.s.Post(func() { t.Publish(e) }) }

// Extend makes every event of child an event of parent too, as up says: who listens to the general kind hears of the
// special ones, and not the other way round. Both topics are of one bus. An event of child reaches the listeners of
// both in the order of their registration.
func Extend[K Key[K], E any, PK Key[PK], P any](child *Topic[K, E], parent *Topic[PK, P], up func(E) P) {
	if child.bus != parent.bus {
		panic("event: topics " + child.name + " and " + parent.name + " are of different buses")
	}
	child.parents = append(child.parents, upward[E]{
		deliver: func(e E) {
			p := up(e)
			parent.deliver(parent.index(p), &p)
		},
		wanted: func(e E) bool {
			p := up(e)
			return parent.wanted(parent.index(p), &p)
		},
	})
	parent.children = append(parent.children, child.unblockAll)
}

// take implements source.
func (t *Topic[K, E]) take() {
	p := t.pending.pop()
	t.deliver(p.key, &p.event)
}

// deliver gives an event to those who listen, with one map look-up for each mask in use.
func (t *Topic[K, E]) deliver(key K, e *E) {
	for _, tb := range t.tables {
		if b := tb.find(key); b != nil {
			t.offer(b, e)
		}
	}
	for _, up := range t.parents {
		up.deliver(*e)
	}
}

// wanted reports whether a handler listens for the event.
func (t *Topic[K, E]) wanted(key K, e *E) bool {
	if t.handlers > 0 {
		for _, tb := range t.tables {
			if b := tb.find(key); b != nil && t.handler(b, e) {
				return true
			}
		}
	}
	for _, up := range t.parents {
		if up.wanted(*e) {
			return true
		}
	}
	return false
}

// find returns the bucket for an event with that key.
func (tb *table[K, E]) find(key K) *bucket[K, E] {
	if tb.n == 0 {
		return nil
	}
	if tb.wild != 0 {
		key = tb.t.without(key, tb.wild)
	}
	return tb.at[key]
}

// handler reports whether one of a bucket's listeners handles the event.
func (t *Topic[K, E]) handler(b *bucket[K, E], e *E) bool {
	for s := b.first; s != nil; s = s.next {
		if s.handles && (s.pred == nil || t.holds(s.pred, *e)) && (s.full == nil || !s.full()) {
			return true
		}
	}
	return false
}

// offer gives an event to the listeners in a bucket.
func (t *Topic[K, E]) offer(b *bucket[K, E], e *E) {
	for s := b.first; s != nil; {
		next := s.next // s may leave
		if (s.pred == nil || t.holds(s.pred, *e)) && (s.full == nil || !s.full()) {
			s.accept(*e)
		}
		s = next
	}
}

// holds evaluates a predicate; one that panics does not match.
func (t *Topic[K, E]) holds(pred func(E) bool, e E) (ok bool) {
	defer t.bus.report("a predicate", t.name)
	return pred(e)
}

// table returns the table for a mask.
func (t *Topic[K, E]) table(wild Mask) *table[K, E] {
	for _, tb := range t.tables {
		if tb.wild == wild {
			return tb
		}
	}
	tb := &table[K, E]{t: t, wild: wild, at: map[K]*bucket[K, E]{}}
	t.tables = append(t.tables, tb)
	if t.backlog != nil {
		for _, l := range t.backlog.lanes {
			tb.noteBlocked(t.without(l.key, wild), l)
		}
	}
	return tb
}

// bucket returns the bucket of a key, a new one if need be.
func (tb *table[K, E]) bucket(k K) *bucket[K, E] {
	if b := tb.at[k]; b != nil {
		return b
	}
	var b *bucket[K, E]
	if n := len(tb.t.buckets); n > 0 {
		b = tb.t.buckets[n-1]
		tb.t.buckets = tb.t.buckets[:n-1]
	} else {
		b = &bucket[K, E]{}
	}
	b.of, b.key = tb, k
	tb.at[k] = b
	tb.n++
	return b
}

// link registers s, whose key is normalized.
func (t *Topic[K, E]) link(s *Slot[K, E]) {
	var b *bucket[K, E]
	if equal(s.key, s.key) {
		b = t.table(s.wild).bucket(s.key)
	} else {
		b = &bucket[K, E]{} // not a number: no event has this key
	}
	s.in, s.prev = b, b.last
	if b.last == nil {
		b.first = s
	} else {
		b.last.next = s
	}
	b.last = s
	t.n++
	if s.handles {
		t.handlers++
		t.unblock(s)
	}
}

// unlink removes s, if it is registered. A bucket that becomes empty during a dispatch step lives until its end:
// most waiters come back.
func (t *Topic[K, E]) unlink(s *Slot[K, E]) {
	b := s.in
	if b == nil {
		return
	}
	if s.prev == nil {
		b.first = s.next
	} else {
		s.prev.next = s.next
	}
	if s.next == nil {
		b.last = s.prev
	} else {
		s.next.prev = s.prev
	}
	s.in, s.prev, s.next = nil, nil, nil
	t.n--
	if s.handles {
		t.handlers--
	}
	switch {
	case b.first != nil || b.idle:
	case t.bus.running:
		b.idle = true
		t.bus.vacant = append(t.bus.vacant, b)
	default:
		b.sweep()
	}
}

// sweep implements sweeper.
func (b *bucket[K, E]) sweep() {
	b.idle = false
	if b.first != nil || b.of == nil {
		return
	}
	tb := b.of
	delete(tb.at, b.key)
	tb.n--
	*b = bucket[K, E]{}
	tb.t.buckets = append(tb.t.buckets, b)
}
