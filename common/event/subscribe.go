package event

import (
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// Subscription is a function that gets events until it is closed.
type Subscription struct{ leave func() }

// Close ends the subscription: the function is not called any more, not even with the event being delivered.
func (s *Subscription) Close() { s.leave() }

// Subscribe calls fn with every matching event, as part of the dispatch: fn must not wait. If it panics, that is logged
// and the subscription stays.
func (m Matcher[K, E]) Subscribe(fn func(E)) *Subscription {
	return &Subscription{leave: m.t.register(m.slot(func(e E) bool {
		fn(e)
		return true
	}))}
}

// Overflow is what a full stream does with one event more.
type Overflow int

// The policies.
const (
	DropNewest Overflow = iota // the new event is lost
	DropOldest                 // the oldest event in the stream is lost
	End                        // the stream ends: what it has can still be read, then ErrOverflow
)

// Stream is a subscription that one coroutine at a time reads. Between two reads it keeps a bounded number of events.
type Stream[E any] struct {
	reason   string
	buf      ring[E]
	limit    int
	overflow Overflow
	dropped  uint64
	err      error // why it ended
	gate     coroutine.Gate
	leave    func()
	relieved func() // there is room again; nil unless the stream handles
}

// Stream subscribes with a buffer of limit events, at least one. A stream that handles loses nothing of a Backlog:
// while it is full, its events wait there.
func (m Matcher[K, E]) Stream(limit int, o Overflow) *Stream[E] {
	s := &Stream[E]{reason: "a stream of " + m.t.name, limit: max(limit, 1), overflow: o}
	slot := m.slot(s.push)
	if m.handles {
		slot.full = func() bool { return s.buf.n >= s.limit }
		s.relieved = func() { m.t.unblock(slot) }
	}
	s.leave = m.t.register(slot)
	return s
}

// push takes an event, see target.run.
func (s *Stream[E]) push(e E) bool {
	if s.buf.n >= s.limit {
		s.dropped++
		switch s.overflow {
		case DropOldest:
			s.buf.pop()
		case End:
			s.end(ErrOverflow)
			return true
		default:
			return true
		}
	}
	s.buf.push(e)
	return !s.gate.Occupied() || s.gate.Run()
}

func (s *Stream[E]) end(why error) {
	if s.err == nil {
		s.err = why
		s.leave()
	}
}

// Next returns the oldest event, when there is one. When the stream has ended and is read, the error is
// coroutine.ErrClosed or ErrOverflow.
func (s *Stream[E]) Next(co *coroutine.Co) (E, error) { return s.NextTimeout(co, -1) }

// NextTimeout is Next with coroutine.ErrTimeout after d; d < 0 waits for ever.
func (s *Stream[E]) NextTimeout(co *coroutine.Co, d time.Duration) (E, error) {
	var none E
	if s.gate.Occupied() {
		return none, ErrBusy
	}
	for s.buf.n == 0 || co.Err() != nil {
		if s.err != nil && co.Err() == nil {
			return none, s.err
		}
		if err := s.gate.Wait(co, s.reason, d); err != nil {
			return none, err
		}
	}
	e := s.buf.pop()
	if s.relieved != nil {
		s.relieved()
	}
	return e, nil
}

// Len is how many events are in the stream.
func (s *Stream[E]) Len() int { return s.buf.n }

// Dropped is how many events the stream lost because it was full.
func (s *Stream[E]) Dropped() uint64 { return s.dropped }

// Close ends the stream. A coroutine that waits for it gets coroutine.ErrClosed, after what the stream has.
func (s *Stream[E]) Close() {
	s.end(coroutine.ErrClosed)
	if s.gate.Occupied() {
		s.gate.Open()
	}
}
