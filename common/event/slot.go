package event

// Matcher is a value or a wildcard for each index field of a topic, and perhaps a predicate. It is a plain value:
// make it once and wait for it as often as needed.
type Matcher[K Key[K], E any] struct {
	t    *Topic[K, E]
	key  K
	wild Mask
	pred func(E) bool

	handles bool
}

// Match returns the matcher for events whose index equals key in every field that is not in wild. A field that does
// not equal itself, such as a NaN, matches nothing.
func (t *Topic[K, E]) Match(key K, wild Mask) Matcher[K, E] {
	key = t.without(key, wild)
	equal(key, key) // what cannot be compared panics here
	return Matcher[K, E]{t: t, key: key, wild: wild}
}

// All returns the matcher for every event of the topic.
func (t *Topic[K, E]) All() Matcher[K, E] {
	var none K
	return t.Match(none, Anything)
}

// If returns m narrowed to events for which pred holds. Predicates are evaluated one by one after the index, when the
// event is taken and before any listener runs, and must have no side effects. One that panics is logged and does not
// match.
func (m Matcher[K, E]) If(pred func(E) bool) Matcher[K, E] {
	if first := m.pred; first != nil {
		m.pred = func(e E) bool { return first(e) && pred(e) }
	} else {
		m.pred = pred
	}
	return m
}

// Handling returns m as the matcher of a handler: an event of a Backlog that it gets is handled. What only looks on
// listens without.
func (m Matcher[K, E]) Handling() Matcher[K, E] {
	m.handles = true
	return m
}

// Slot is one case of WaitAny and WaitAll: a matcher and the event that it got. It can be used again and again, by one
// wait at a time.
type Slot[K Key[K], E any] struct {
	Matcher[K, E]
	in         *bucket[K, E] // nil: not registered
	prev, next *Slot[K, E]
	seq        uint64
	w          *wait        // either: the wait that it is a case of,
	sink       func(E) bool // or: the subscription's function, see target.run
	full       func() bool  // of a stream that handles: it has no room, so it does not match
	event      E
	fired      bool
}

// Slot returns a case for m.
func (m Matcher[K, E]) Slot() *Slot[K, E] { return &Slot[K, E]{Matcher: m} }

// Event is the event that the slot got in its last wait, and whether it got one.
func (s *Slot[K, E]) Event() (E, bool) { return s.event, s.fired }

func (s *Slot[K, E]) owner() *Bus { return s.t.bus }
func (s *Slot[K, E]) got() bool   { return s.fired }
func (s *Slot[K, E]) kept() bool  { return s.fired && s.handles }

// join implements Case.
func (s *Slot[K, E]) join(w *wait) bool {
	if s.w != nil {
		return false
	}
	var none E
	s.event, s.fired = none, false
	s.w, s.seq = w, w.seq
	s.t.link(s)
	return true
}

// leave implements Case.
func (s *Slot[K, E]) leave(w *wait) {
	if s.w == w {
		s.t.unlink(s)
		s.w = nil
	}
}

// accept gives s an event that it matches.
func (s *Slot[K, E]) accept(e E) {
	b, w := s.t.bus, s.w
	if w == nil {
		s.event = e
		b.add(s.seq, s)
		return
	}
	s.event, s.fired = e, true
	if w.all {
		s.t.unlink(s)
	}
	if w.left--; w.left <= 0 && !w.done {
		w.done = true
		b.add(w.seq, w)
	}
}

// run implements target for subscriptions.
func (s *Slot[K, E]) run() bool {
	var none E
	e := s.event
	s.event = none
	if s.in == nil { // closed by an earlier listener of this event
		return true
	}
	defer s.t.bus.report("a subscription", s.t.name)
	return s.sink(e)
}

// slot returns a case for a subscription.
func (m Matcher[K, E]) slot(sink func(E) bool) *Slot[K, E] {
	s := m.Slot()
	s.sink = sink
	return s
}

// register begins a subscription and returns the function that ends it.
func (t *Topic[K, E]) register(s *Slot[K, E]) func() {
	s.seq = t.bus.nextSeq()
	t.link(s)
	return func() { t.unlink(s) }
}
