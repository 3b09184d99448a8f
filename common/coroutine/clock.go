package coroutine

import (
	"container/heap"
	"sync"
	"time"
)

// Clock tells the time.
type Clock interface{ Now() time.Time }

type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

// Real is the computer's clock.
func Real() Clock { return realClock{} }

// Virtual is a clock that stands still until a scheduler that has nothing to run moves it to its next timer.
type Virtual struct {
	mu  sync.Mutex
	now time.Time
}

// NewVirtual returns a virtual clock that starts at start.
func NewVirtual(start time.Time) *Virtual { return &Virtual{now: start} }

// Now implements Clock.
func (v *Virtual) Now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}

func (v *Virtual) advance(to time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if to.After(v.now) {
		v.now = to
	}
}

// Timer is a pending call, see Scheduler.After.
type Timer struct {
	s     *Scheduler
	at    time.Time
	seq   uint64
	index int  // in the heap, -1 outside
	due   bool // it has left the heap and its step is to come
	fn    func()
}

// After runs fn on the scheduler after d; it is due at the earliest in the next step.
func (s *Scheduler) After(d time.Duration, fn func()) *Timer {
	t := &Timer{s: s, fn: fn, index: -1}
	t.Reset(d)
	return t
}

// Stop cancels the call and reports whether it was pending.
func (t *Timer) Stop() bool {
	if t.index < 0 {
		was := t.due
		t.due = false
		return was
	}
	heap.Remove(&t.s.timers, t.index)
	return true
}

// Reset makes the call due after d from now, whether or not it was pending.
func (t *Timer) Reset(d time.Duration) {
	t.s.seq++
	t.due = false
	t.at, t.seq = t.s.clock.Now().Add(max(d, 0)), t.s.seq
	if t.index >= 0 {
		heap.Fix(&t.s.timers, t.index)
		return
	}
	heap.Push(&t.s.timers, t)
}

// fireTimers makes due timers runnable and takes the time of the coming steps.
func (s *Scheduler) fireTimers() {
	s.now = s.clock.Now()
	for len(s.timers) > 0 && !s.timers[0].at.After(s.now) {
		t := heap.Pop(&s.timers).(*Timer)
		t.due = true
		s.run.push(item{timer: t})
	}
}

// fire is a timer's step. What was stopped or set anew between its time and its step does not happen.
func (t *Timer) fire() {
	if t.due {
		t.due = false
		t.s.call(t.fn)
	}
}

type timerHeap []*Timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].seq < h[j].seq
}
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *timerHeap) Push(x any) {
	t := x.(*Timer)
	t.index = len(*h)
	*h = append(*h, t)
}
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = -1
	return t
}
