package coroutine

import (
	"errors"
	"slices"
	"time"
)

// waitList is the coroutines that wait for one thing, first come first.
type waitList struct{ cos []*Co }

func (w *waitList) add(co *Co) { w.cos = append(w.cos, co) }

func (w *waitList) remove(co *Co) {
	if i := slices.Index(w.cos, co); i >= 0 {
		w.cos = slices.Delete(w.cos, i, i+1)
	}
}

// turn reports whether co, which waits or is about to, is the one to be served next.
func (w *waitList) turn(co *Co) bool { return len(w.cos) == 0 || w.cos[0] == co }

func (w *waitList) wakeOne() {
	if len(w.cos) > 0 {
		w.cos[0].wake()
	}
}

func (w *waitList) wakeAll() {
	for _, co := range w.cos {
		co.wake()
	}
}

// await parks until ready reports true. timeout < 0 means for ever.
func (w *waitList) await(co *Co, reason string, timeout time.Duration, ready func() bool) error {
	if ready() {
		return co.Err()
	}
	if timeout >= 0 {
		co.startTimer(timeout)
		defer co.timer.Stop()
	}
	w.add(co)
	defer w.remove(co) // also when the body is unwound
	for {
		err := co.park(reason)
		if err == nil && timeout >= 0 && co.timedOut {
			err = ErrTimeout
		}
		if !errors.Is(err, ErrCancelled) && ready() {
			return nil
		}
		if err != nil {
			w.remove(co)
			w.wakeOne() // a wake that we were given and did not use is somebody else's
			return err
		}
	}
}

// Signal is a condition that something should be looked at. It remembers one Notify, so that none is missed between
// two waits, and any number of them cost one wake.
type Signal struct {
	s     *Scheduler
	set   bool
	list  waitList
	ready func() bool
}

// NewSignal returns a signal that is not set.
func NewSignal(s *Scheduler) *Signal {
	sig := &Signal{s: s}
	sig.ready = func() bool {
		was := sig.set
		sig.set = false
		return was
	}
	return sig
}

// Notify sets the signal and wakes the coroutine that waited longest.
func (sig *Signal) Notify() {
	sig.set = true
	sig.list.wakeOne()
}

// Wait returns when the signal is set, and clears it.
func (sig *Signal) Wait(co *Co) error { return sig.list.await(co, "a signal", -1, sig.ready) }

// WaitTimeout is Wait with ErrTimeout after d.
func (sig *Signal) WaitTimeout(co *Co, d time.Duration) error {
	return sig.list.await(co, "a signal or the time", d, sig.ready)
}

// Future is a value that is there later.
type Future[T any] struct {
	value T
	err   error
	done  bool
	list  waitList
	ready func() bool
}

// NewFuture returns a future without a value.
func NewFuture[T any]() *Future[T] {
	f := &Future[T]{}
	f.ready = func() bool { return f.done }
	return f
}

// Resolve gives the future its value. Only the first call counts; it reports whether it was that.
func (f *Future[T]) Resolve(v T, err error) bool {
	if f.done {
		return false
	}
	f.value, f.err, f.done = v, err, true
	f.list.wakeAll()
	return true
}

// Done reports whether the value is there.
func (f *Future[T]) Done() bool { return f.done }

// Wait waits for the value.
func (f *Future[T]) Wait(co *Co) (T, error) { return f.WaitTimeout(co, -1) }

// WaitTimeout is Wait with ErrTimeout after d; d < 0 waits for ever.
func (f *Future[T]) WaitTimeout(co *Co, d time.Duration) (T, error) {
	if err := f.list.await(co, "a result", d, f.ready); err != nil {
		var none T
		return none, err
	}
	return f.value, f.err
}

// Queue hands values from any number of coroutines to others, bounded: who puts into a full one waits. Who waits is
// served in order, and is not overtaken by those who come while it is about to be.
type Queue[T any] struct {
	items      []T
	limit      int
	closed     bool
	room, some waitList
}

// NewQueue returns a queue of at most limit values.
func NewQueue[T any](limit int) *Queue[T] { return &Queue[T]{limit: limit} }

// TryPut adds v if there is room that nobody waits for, and reports whether it did.
func (q *Queue[T]) TryPut(v T) bool {
	if q.closed || len(q.items) >= q.limit || len(q.room.cos) > 0 {
		return false
	}
	q.add(v)
	return true
}

func (q *Queue[T]) add(v T) {
	q.items = append(q.items, v)
	q.some.wakeOne()
}

// Put adds v, when there is room.
func (q *Queue[T]) Put(co *Co, v T) error {
	err := q.room.await(co, "room in a queue", -1, func() bool {
		return q.closed || len(q.items) < q.limit && q.room.turn(co)
	})
	if err != nil {
		return err
	}
	if q.closed {
		return ErrClosed
	}
	q.add(v)
	if len(q.items) < q.limit {
		q.room.wakeOne()
	}
	return nil
}

// Get takes the oldest value, when there is one. A closed queue is emptied first, then ErrClosed.
func (q *Queue[T]) Get(co *Co) (T, error) {
	var none T
	err := q.some.await(co, "a queue", -1, func() bool { return q.closed || len(q.items) > 0 && q.some.turn(co) })
	if err != nil {
		return none, err
	}
	if len(q.items) == 0 {
		return none, ErrClosed
	}
	return q.take(), nil
}

// take removes the oldest value.
func (q *Queue[T]) take() T {
	var none T
	v := q.items[0]
	q.items[0] = none
	q.items = q.items[1:]
	if len(q.items) > 0 {
		q.some.wakeOne()
	}
	q.room.wakeOne()
	return v
}

// Len is how many values wait.
func (q *Queue[T]) Len() int { return len(q.items) }

// Close ends the queue: nothing can be put any more.
func (q *Queue[T]) Close() {
	q.closed = true
	q.room.wakeAll()
	q.some.wakeAll()
}
