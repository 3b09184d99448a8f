package dc

import (
	"slices"
	"time"
)

// Live is one run: it returns what happened, and the error with which it failed.
func Live(o Options, d time.Duration) (*World, error) {
	w, err := New(o)
	if err != nil {
		return nil, err
	}
	err = w.Run(d)
	w.Close()
	return w, err
}

// Shrink looks for steps of a run that failed without which it fails all the same, for at most patience of real time,
// and returns those that are left. It keeps to the failure: another one does not count.
func Shrink(failed *World, d time.Duration, patience time.Duration) []int {
	s := &shrinker{o: failed.o, d: d, kind: failed.kind, deadline: time.Now().Add(patience)}
	s.o.Out, s.o.Agents = nil, false
	s.o.until = failed.since() + calmTime
	s.steps = slices.Clone(failed.taken)
	s.try(slices.DeleteFunc(slices.Clone(s.steps), func(id int) bool { return classOf(id) == words }))
	s.try(slices.DeleteFunc(slices.Clone(s.steps), func(id int) bool { return stormOf(id) < failed.storms-1 }))
	s.try(slices.DeleteFunc(slices.Clone(s.steps), func(id int) bool { return classOf(id) == faults }))
	for size := (len(s.steps) + 1) / 2; size > 0 && s.inTime(); size /= 2 {
		for s.pass(size) && size == 1 {
			continue // every step may be the one that another was needed for
		}
	}
	return s.steps
}

// shrinker is a search for a smaller schedule.
type shrinker struct {
	o        Options
	d        time.Duration
	kind     string
	steps    []int // that still fail
	deadline time.Time
}

func (s *shrinker) inTime() bool { return time.Now().Before(s.deadline) }

// pass tries to leave out every row of so many steps, the last first. It reports whether one was not needed.
func (s *shrinker) pass(size int) (some bool) {
	for from := len(s.steps) - size; s.inTime(); from -= size {
		from = max(from, 0)
		if from < len(s.steps) && s.try(slices.Delete(slices.Clone(s.steps), from, min(from+size, len(s.steps)))) {
			some = true
		}
		if from == 0 {
			return some
		}
	}
	return false
}

// try runs with these steps alone, and keeps to them when that fails as well.
func (s *shrinker) try(steps []int) bool {
	if len(steps) == len(s.steps) || !s.inTime() {
		return false
	}
	s.o.Only = Set(steps)
	w, err := Live(s.o, s.d)
	if w == nil || err == nil || w.kind != s.kind {
		return false
	}
	s.steps = slices.DeleteFunc(slices.Clone(w.taken), func(id int) bool { return !s.o.Only[id] })
	return true
}

// Set is Options.Only of a list of steps.
func Set(steps []int) map[int]bool {
	out := make(map[int]bool, len(steps))
	for _, id := range steps {
		out[id] = true
	}
	return out
}
