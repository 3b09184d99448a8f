package agent

import (
	"fmt"
	"time"
)

const (
	fightBurst   = time.Second            // changes so close to one another are one
	fightPause   = 500 * time.Millisecond // before the second repair of a flow, and twice as long before each further one
	fightMax     = time.Minute            // at most
	fightOver    = 2 * time.Minute        // of peace
	fightProblem = 3                      // repairs of one flow that are a problem
	fightersMax  = 1 << 14                // flows that are remembered; the others share one memory
)

// fights remembers which flows were put right not long ago, so that somebody who changes them again and again does not
// make the agent do the same.
type fights struct {
	by map[string]*fight // by flow key
}

type fight struct {
	last    time.Time // somebody changed it
	times   int
	waiting bool // for the next repair
}

func newFights() fights { return fights{by: map[string]*fight{}} }

// next says how long to wait before a flow is put right that somebody changed; a negative time, when somebody waits
// already.
func (f *fights) next(key string, now time.Time) time.Duration {
	x := f.of(key, now)
	if x.waiting {
		x.last = now
		return -1
	}
	if x.times > 0 && now.Sub(x.last) > fightOver {
		*x = fight{}
	}
	if x.times == 0 || now.Sub(x.last) > fightBurst || f.own(key) {
		x.times++
	}
	x.last = now
	if x.times == 1 {
		return 0
	}
	x.waiting = f.own(key)
	return min(fightPause<<min(x.times-2, 10), fightMax)
}

// own reports whether a flow has a memory of its own.
func (f *fights) own(key string) bool { return f.by[key] != nil }

// of is the memory of a flow, or, when there are too many, that of all which have none.
func (f *fights) of(key string, now time.Time) *fight {
	if x := f.by[key]; x != nil {
		return x
	}
	if len(f.by) >= fightersMax {
		f.forget(now)
	}
	if len(f.by) >= fightersMax {
		key = ""
	}
	x := f.by[key]
	if x == nil {
		x = &fight{}
		f.by[key] = x
	}
	return x
}

func (f *fights) forget(now time.Time) {
	for key, x := range f.by {
		if !x.waiting && now.Sub(x.last) > fightOver {
			delete(f.by, key)
		}
	}
}

// ended is told that the switch is gone: what it told last is not that somebody changed flows, but that they went with
// the bridge.
func (f *fights) ended(now time.Time) {
	for key, x := range f.by {
		if now.Sub(x.last) <= fightBurst {
			delete(f.by, key)
		}
	}
}

// tried is told when a flow is put right.
func (f *fights) tried(key string) {
	if x := f.by[key]; x != nil {
		x.waiting = false
	}
}

// problem says that somebody does not leave it, "" when nobody does that.
func (f *fights) problem(now time.Time) string {
	flows, times := 0, 0
	for _, x := range f.by {
		if x.times >= fightProblem && now.Sub(x.last) <= fightOver {
			flows++
			times = max(times, x.times)
		}
	}
	if flows == 0 {
		return ""
	}
	return fmt.Sprintf("somebody changes flows again and again, %d of them, up to %d times: they are put right at ever "+
		"longer intervals, up to %s: find who it is, see drift.recent in `vlcp-agent status -o json`", flows, times,
		fightMax)
}
