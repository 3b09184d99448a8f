package event

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// Bus is the queue of pending events of any number of topics, in the order in which they were published. It is used on
// its scheduler's goroutine only, but for Topic.Post.
type Bus struct {
	s     *coroutine.Scheduler
	order ring[source] // one entry for each pending event: the topic that has it

	planned bool   // a dispatch step is in the run queue
	running bool   // inside a dispatch step
	held    bool   // a listener of this event runs only after this step
	step    func() // dispatch, made once
	taken   uint64 // events taken so far
	seq     uint64 // registrations so far
	most    int    // events pending that there ever were

	hits   []hit // listeners of the event just taken
	mixed  bool  // hits is not in the order of registration
	spare  []*wait
	vacant []sweeper // buckets that became empty in this dispatch step
}

// source is a topic, as the bus sees it: take moves its oldest event to the listeners' places and adds them to hits.
type source interface{ take() }

// target is a listener that has its event: run hands it over, and reports false when it runs only later.
type target interface{ run() bool }

// sweeper is a bucket that may be empty.
type sweeper interface{ sweep() }

// hit is a listener with its place in the order of registration.
type hit struct {
	seq uint64
	to  target
}

// NewBus returns a bus that dispatches on s.
func NewBus(s *coroutine.Scheduler) *Bus {
	b := &Bus{s: s}
	b.step = b.dispatch
	s.Gauge(func() coroutine.Depth { return coroutine.Depth{Name: "pending events", N: b.order.n, Most: b.most} })
	return b
}

// Scheduler is the scheduler that the bus dispatches on.
func (b *Bus) Scheduler() *coroutine.Scheduler { return b.s }

// Pending is how many events were published and not yet taken.
func (b *Bus) Pending() int { return b.order.n }

// enqueue adds an event of src, and a dispatch step if none is coming.
func (b *Bus) enqueue(src source) {
	b.order.push(src)
	b.most = max(b.most, b.order.n)
	if !b.planned {
		b.planned = true
		b.s.Defer(b.step)
	}
}

// dispatch takes the events that are pending now, one after another; what is published meanwhile is for the next step,
// so that timers and input get their turn.
func (b *Bus) dispatch() {
	b.running, b.held = true, false
	defer b.finish()
	for n := b.order.n; n > 0 && !b.held; n-- {
		b.taken++
		b.order.pop().take()
		if b.mixed {
			slices.SortFunc(b.hits, func(x, y hit) int { return cmp.Compare(x.seq, y.seq) })
			b.mixed = false
		}
		for i := range b.hits {
			if !b.hits[i].to.run() {
				b.held = true
			}
		}
		b.clearHits()
	}
}

func (b *Bus) finish() {
	b.clearHits()
	b.running = false
	for i, v := range b.vacant {
		v.sweep()
		b.vacant[i] = nil
	}
	b.vacant = b.vacant[:0]
	if b.planned = b.order.n > 0; b.planned {
		b.s.Defer(b.step)
	}
}

func (b *Bus) clearHits() {
	clear(b.hits)
	b.hits, b.mixed = b.hits[:0], false
}

// add notes a listener of the event just taken.
func (b *Bus) add(seq uint64, to target) {
	if n := len(b.hits); n > 0 && b.hits[n-1].seq > seq {
		b.mixed = true
	}
	b.hits = append(b.hits, hit{seq, to})
}

func (b *Bus) nextSeq() uint64 {
	b.seq++
	return b.seq
}

// report logs what a user's function panicked with; it is to be deferred.
func (b *Bus) report(where, topic string) {
	if v := recover(); v != nil {
		b.s.Logger().Error("panic in "+where, "topic", topic,
			"error", &coroutine.PanicError{Value: v, Stack: debug.Stack()})
	}
}

// String describes the bus for a debug view.
func (b *Bus) String() string { return fmt.Sprintf("bus: %d pending, %d taken", b.order.n, b.taken) }
