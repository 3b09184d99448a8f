package dc

import (
	"math/rand/v2"
	"time"
)

// class is a kind of step.
type class int

// The classes of steps.
const (
	changes class = iota
	faults
	words
	classes
)

// action is something that a step can be.
type action struct {
	name   string
	weight int                 // how much oftener than others it happens
	do     func(*World) string // what it did, "" for nothing
}

// weather is how often what happens in a storm, which is another in each: what never happens matters as much as what
// does.
type weather struct {
	every   [classes]time.Duration
	actions [classes][]action // each as often as its weight
}

// base is how often steps come in a storm of mean strength.
var base = [classes]time.Duration{changes: 2 * time.Second, faults: 12 * time.Second, words: 250 * time.Millisecond}

// hostsOfBase is the size of world in which base is right; in others, steps come oftener by the root of what is more.
const hostsOfBase = 5

func newWeather(r *rand.Rand, hosts int) weather {
	w := weather{actions: [classes][]action{words: {{"talk", 1, (*World).talk}}}}
	for c, d := range base {
		for n := hosts; n > 4*hostsOfBase; n /= 4 {
			d /= 2
		}
		w.every[c] = time.Duration(float64(d) * (0.3 + 2*r.Float64()))
	}
	for c, list := range [][]action{changes: operations, faults: disturbances} {
		for len(w.actions[c]) == 0 {
			for _, a := range list {
				n := a.weight
				if r.IntN(100) < 40 && !essential[a.name] {
					n = 0
				}
				for range n {
					w.actions[c] = append(w.actions[c], a)
				}
			}
		}
	}
	return w
}

// essential are the actions without which there is nothing to see.
var essential = map[string]bool{"create network": true, "create port": true, "attach": true}

// stepsPerClass is how many steps of a class a storm has at most.
const stepsPerClass = 100_000

// plan takes the steps of a class until end. When they come, the seed says alone; what they are depends on the seed and
// the time; so leaving some out leaves the others what they were.
func (w *World) plan(c class, r *rand.Rand, end time.Time, n int) {
	d := w.weather.every[c]
	d = d/2 + time.Duration(r.Int64N(int64(d)))
	if n >= stepsPerClass || w.clock.Now().Add(d).After(end) {
		return
	}
	w.after(d, func() {
		w.take(c, n)
		w.plan(c, r, end, n+1)
	})
}

func classOf(step int) class { return class(step / stepsPerClass % int(classes)) }
func stormOf(step int) int   { return step / stepsPerClass / int(classes) }

func (w *World) take(c class, n int) {
	w.step = (w.storms*int(classes)+int(c))*stepsPerClass + n
	if w.o.Only != nil && !w.o.Only[w.step] {
		return
	}
	list := w.weather.actions[c]
	if c == changes && w.db.lost {
		list = withoutOperators
	}
	what := list[w.rand.IntN(len(list))].do(w)
	if what == "" {
		return
	}
	w.taken = append(w.taken, w.step)
	switch c {
	case faults:
		w.stats.Faults++
		w.log("#%d fault: %s", w.step, what)
	case changes:
		w.log("#%d %s", w.step, what)
	}
}
