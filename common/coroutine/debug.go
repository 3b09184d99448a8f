package coroutine

import (
	"slices"
	"strconv"
	"time"
)

// Bounds of the record of slow steps.
const (
	slowStepsMax = 32 // kept, the newest
	slowStep     = 20 * time.Millisecond
	suspectTurns = 64 // turns after a slow one in which every step is timed
)

// SlowStep is a step that kept everything else waiting.
type SlowStep struct {
	Name string // of the coroutine; "function" or "timer" for other steps, "N steps" when it is not known which
	At   time.Time
	Took time.Duration
}

// TaskInfo is a coroutine and what it waits for.
type TaskInfo struct {
	ID        uint64
	Parent    uint64 // 0: none
	Name      string
	WaitsFor  string
	Since     time.Time // when that wait began
	Daemon    bool
	Cancelled bool
}

// Depth is how full a bounded thing is. A Limit of 0 is none.
type Depth struct {
	Name     string
	N, Limit int
}

// Snapshot is what a scheduler is doing, for people.
type Snapshot struct {
	Now    time.Time
	Steps  uint64 // so far
	Timers int
	Calls  int // blocking calls under way
	Queues []Depth
	Tasks  []TaskInfo
	Slow   []SlowStep // the newest last
}

// Gauge makes a queue visible in the snapshot, until the function that it returns is called.
func (s *Scheduler) Gauge(name string, depth func() (n, limit int)) (remove func()) {
	g := &gauge{name, depth}
	s.gauges = append(s.gauges, g)
	return func() { s.gauges = slices.DeleteFunc(s.gauges, func(o *gauge) bool { return o == g }) }
}

type gauge struct {
	name  string
	depth func() (n, limit int)
}

// Snapshot describes the scheduler. It is called on the scheduler.
func (s *Scheduler) Snapshot() Snapshot {
	out := Snapshot{Now: s.now, Steps: s.steps, Timers: len(s.timers), Calls: s.calls,
		Slow: slices.Clone(s.slow)}
	s.inbox.mu.Lock()
	posted := len(s.inbox.fns) + s.inbox.taken
	s.inbox.mu.Unlock()
	out.Queues = append(out.Queues, Depth{"run queue", s.run.len(), 0}, Depth{"inbox", posted, s.inbox.limit})
	for _, g := range s.gauges {
		n, limit := g.depth()
		out.Queues = append(out.Queues, Depth{g.name, n, limit})
	}
	for _, t := range s.sortedTasks() {
		i := TaskInfo{ID: t.id, Name: t.name, WaitsFor: t.co.reason, Since: t.co.since, Daemon: t.daemon,
			Cancelled: t.cancelled}
		if !t.co.parked {
			i.WaitsFor = "nothing: it runs"
		}
		if t.parent != nil {
			i.Parent = t.parent.id
		}
		out.Tasks = append(out.Tasks, i)
	}
	return out
}

// stopwatch finds slow steps at the price of two looks at the clock for a turn of the run queue: only when a turn was
// slow, the steps of the next turns are timed one by one. A turn of one step, the usual case, is known at once.
type stopwatch struct {
	s       *Scheduler
	began   time.Time
	last    time.Time
	suspect int // turns to be timed step by step
}

func (w *stopwatch) turn() {
	if w.s.virtual == nil {
		w.began = time.Now()
		w.last = w.began
	}
}

// step is told of the end of each step.
func (w *stopwatch) step(it *item) {
	if w.suspect == 0 || w.s.virtual != nil {
		return
	}
	now := time.Now()
	if took := now.Sub(w.last); took >= slowStep {
		w.s.noteSlow(it.name(), took)
		w.suspect = suspectTurns
	}
	w.last = now
}

// over is told of the end of a turn of n steps, the last of which was it.
func (w *stopwatch) over(n int, it *item) {
	if w.s.virtual != nil || n == 0 {
		return
	}
	known := w.suspect > 0
	if known {
		w.suspect--
	}
	if took := time.Since(w.began); took >= slowStep && !known {
		w.suspect = suspectTurns
		name := it.name()
		if n > 1 {
			name = strconv.Itoa(n) + " steps"
		}
		w.s.noteSlow(name, took)
	}
}

func (s *Scheduler) noteSlow(name string, took time.Duration) {
	if len(s.slow) >= slowStepsMax {
		s.slow = append(s.slow[:0], s.slow[1:]...)
	}
	s.slow = append(s.slow, SlowStep{Name: name, At: s.now, Took: took})
}

func (it *item) name() string {
	switch {
	case it.co != nil:
		return it.co.task.name
	case it.timer != nil:
		return "timer"
	default:
		return "function"
	}
}
