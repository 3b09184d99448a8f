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
	// Name of the coroutine; "function" or "timer" for other steps, "N steps" when it is not known which.
	Name string        `json:"name"`
	At   time.Time     `json:"at"`
	Took time.Duration `json:"took_ns"`
}

// TaskInfo is a coroutine and what it waits for.
type TaskInfo struct {
	ID        uint64    `json:"id"`
	Parent    uint64    `json:"parent,omitempty"` // 0: none
	Name      string    `json:"name"`
	WaitsFor  string    `json:"waits_for"`
	Since     time.Time `json:"since"` // when that wait began
	Daemon    bool      `json:"daemon,omitempty"`
	Cancelled bool      `json:"cancelled,omitempty"`
}

// Depth is how full a bounded thing is.
type Depth struct {
	Name  string `json:"name"`
	N     int    `json:"n"`
	Limit int    `json:"limit"`          // 0: none
	Most  int    `json:"most,omitempty"` // the largest N so far, of those that count it
	Full  uint64 `json:"full,omitempty"` // how often somebody met the bound, of those that count it
}

// Snapshot is what a scheduler is doing, for people.
type Snapshot struct {
	Now       time.Time  `json:"now"`
	Steps     uint64     `json:"steps"` // so far
	Timers    int        `json:"timers"`
	Queues    []Depth    `json:"queues"`
	Tasks     []TaskInfo `json:"tasks"`
	SlowSteps uint64     `json:"slow_steps"` // so far
	Slow      []SlowStep `json:"slow"`       // the newest last
}

// Gauge makes a bounded thing visible in the snapshot, until the function that it returns is called.
func (s *Scheduler) Gauge(depth func() Depth) (remove func()) {
	g := &gauge{depth}
	s.gauges = append(s.gauges, g)
	return func() { s.gauges = slices.DeleteFunc(s.gauges, func(o *gauge) bool { return o == g }) }
}

type gauge struct{ depth func() Depth }

// Snapshot describes the scheduler. It is called on the scheduler.
func (s *Scheduler) Snapshot() Snapshot {
	out := Snapshot{Now: s.now, Steps: s.steps, Timers: len(s.timers), SlowSteps: s.slowSteps,
		Slow: slices.Clone(s.slow)}
	out.Queues = append(out.Queues, Depth{Name: "run queue", N: s.run.len()}, s.inbox.depth(),
		Depth{Name: "blocking calls", N: s.calls, Limit: s.callsLimit, Most: s.callsMost, Full: s.callsFull})
	for _, g := range s.gauges {
		out.Queues = append(out.Queues, g.depth())
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
		w.s.turnBegan.Store(int64(w.began.Sub(w.s.made)) | 1) // never 0
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
	w.s.turnBegan.Store(0)
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
	s.slowSteps++
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
