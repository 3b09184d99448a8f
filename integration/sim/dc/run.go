package dc

import (
	"math/rand/v2"
	"time"
)

const (
	stormMin    = time.Minute
	stormMax    = 10 * time.Minute
	expireEvery = 10 * time.Second

	faultsMax = 45 * time.Second // after the last fault is over
	settleMax = 60 * time.Second
	reachTime = 2 * time.Second
	freshTime = 15 * time.Second // from the start of an agent until it has nothing to do
	// calmTime is how long a calm is, whatever there was to settle: storms begin when the seed says.
	calmTime = faultsMax + settleMax + reachTime + 2*freshTime + 5*time.Second
)

// Run lives through storms of changes and faults, each followed by a calm in which everything has to come right, until
// so much time has passed. The error is what went wrong, with the seed that shows it again.
func (w *World) Run(d time.Duration) error {
	w.expire()
	for end := start.Add(d); w.clock.Now().Before(end); {
		left := end.Sub(w.clock.Now())
		r := rand.New(rand.NewPCG(w.o.Seed, uint64(w.storms)))
		length := stormMin + time.Duration(r.Int64N(int64(stormMax-stormMin)))
		w.storm(r, min(length, left))
		calm := w.clock.Now().Add(calmTime)
		if err := w.settle(); err != nil {
			return err
		}
		if err := w.run(calm.Sub(w.clock.Now())); err != nil {
			return err
		}
	}
	return nil
}

// storm is changes and faults for a while.
func (w *World) storm(r *rand.Rand, d time.Duration) {
	w.log("storm")
	w.calm = false
	w.weather = newWeather(r, len(w.hosts))
	for c := range classes {
		w.plan(c, rand.New(rand.NewPCG(r.Uint64(), uint64(c))), w.clock.Now().Add(d), 0)
	}
	_ = w.run(d) // settle returns it
	w.storms++
	w.calm = true
}

// expire has the flows end whose time is over.
func (w *World) expire() {
	for _, h := range w.hosts {
		h.sw.Expire()
	}
	w.after(expireEvery, w.expire)
}
