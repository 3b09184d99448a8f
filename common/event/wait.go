package event

import (
	"errors"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// Errors of waits and streams.
var (
	ErrBusy     = errors.New("slot or stream in use by another wait")
	ErrNoCase   = errors.New("nothing to wait for")
	ErrForeign  = errors.New("cases of different buses")
	ErrOverflow = errors.New("stream overflowed")
)

// wait is one wait of one coroutine, for one or several cases.
type wait struct {
	gate coroutine.Gate
	seq  uint64
	left int  // cases that must still get an event
	all  bool // a case is over with its first event
	done bool // it has its events, and runs before the next is taken
}

// run implements target.
func (w *wait) run() bool { return w.gate.Run() }

func (b *Bus) newWait(left int, all bool) *wait {
	var w *wait
	if n := len(b.spare); n > 0 {
		w = b.spare[n-1]
		b.spare = b.spare[:n-1]
	} else {
		w = &wait{}
	}
	w.seq, w.left, w.all, w.done = b.nextSeq(), left, all, false
	return w
}

func (b *Bus) release(w *wait) { b.spare = append(b.spare, w) }

// Wait waits for an event that matches.
func (m Matcher[K, E]) Wait(co *coroutine.Co) (E, error) { return m.WaitTimeout(co, -1) }

// WaitTimeout is Wait with coroutine.ErrTimeout after d; d < 0 waits for ever.
func (m Matcher[K, E]) WaitTimeout(co *coroutine.Co, d time.Duration) (e E, err error) {
	t := m.t
	s := t.borrow(&m)
	w := t.bus.newWait(1, false)
	s.w, s.seq = w, w.seq
	defer t.giveBack(s, w)
	co.Announce(s)
	if err = w.gate.Wait(co, t.reason, d); err == nil || s.kept() {
		return s.event, nil
	}
	return e, err
}

func (t *Topic[K, E]) borrow(m *Matcher[K, E]) *Slot[K, E] {
	n := len(t.slots)
	if n == 0 {
		return m.Slot()
	}
	s := t.slots[n-1]
	t.slots = t.slots[:n-1]
	s.Matcher = *m
	return s
}

// Arrived implements coroutine.Arrival: the coroutine waits now, unless it was cancelled first.
func (s *Slot[K, E]) Arrived() {
	if s.w != nil {
		s.t.link(s)
	}
}

func (t *Topic[K, E]) giveBack(s *Slot[K, E], w *wait) {
	s.leave(w)
	*s = Slot[K, E]{}
	t.slots = append(t.slots, s)
	t.bus.release(w)
}

// Case is a *Slot of any topic.
type Case interface {
	owner() *Bus
	join(w *wait) bool
	leave(w *wait)
	got() bool
	kept() bool
}

// WaitAny waits until an event matches one of the cases, which may be of different topics, and returns the first of
// those that it matches. Slot.Event has the event.
func WaitAny(co *coroutine.Co, cases ...Case) (int, error) { return WaitAnyTimeout(co, -1, cases...) }

// WaitAnyTimeout is WaitAny with coroutine.ErrTimeout after d; d < 0 waits for ever.
func WaitAnyTimeout(co *coroutine.Co, d time.Duration, cases ...Case) (int, error) {
	if len(cases) == 0 {
		return -1, ErrNoCase
	}
	if err := waitFor(co, d, false, cases); err != nil {
		return -1, err
	}
	for i, c := range cases {
		if c.got() {
			return i, nil
		}
	}
	return -1, ErrNoCase
}

// WaitAll waits until each of the cases had an event; an event counts for every case that it matches, and a case keeps
// its first one. The coroutine wakes once, at the end.
func WaitAll(co *coroutine.Co, cases ...Case) error { return WaitAllTimeout(co, -1, cases...) }

// WaitAllTimeout is WaitAll with coroutine.ErrTimeout after d, when some of the slots may have their event; d < 0 waits
// for ever.
func WaitAllTimeout(co *coroutine.Co, d time.Duration, cases ...Case) error {
	if len(cases) == 0 {
		return co.Err()
	}
	return waitFor(co, d, true, cases)
}

func waitFor(co *coroutine.Co, d time.Duration, all bool, cases []Case) error {
	b := cases[0].owner()
	for _, c := range cases {
		if c.owner() != b {
			return ErrForeign
		}
	}
	left := 1
	if all {
		left = len(cases)
	}
	w := b.newWait(left, all)
	defer leaveAll(b, w, cases)
	for _, c := range cases {
		if !c.join(w) {
			return ErrBusy
		}
	}
	err := w.gate.Wait(co, "events", d)
	for _, c := range cases {
		if !all && c.kept() {
			return nil // what a handler was given it has, also when it was cancelled in that step
		}
	}
	return err
}

func leaveAll(b *Bus, w *wait, cases []Case) {
	for _, c := range cases {
		c.leave(w)
	}
	b.release(w)
}
