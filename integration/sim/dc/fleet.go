package dc

import (
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Fleet is many runs, beside each other, of one seed after the other.
type Fleet struct {
	First   uint64                // seed
	Seeds   int                   // runs at most; 0 for no limit
	For     time.Duration         // of real time, after which no run begins; 0 for no limit
	Hosts   func(seed uint64) int // nil for Mixed
	Hours   float64               // simulated, of each run
	Workers int                   // runs at a time
	Done    func(Report)          // is told of every run, one at a time; nil for nobody
}

// Report is what became of a run.
type Report struct {
	Options
	Hours float64
	World *World
	Err   error
}

// Total is what a fleet did.
type Total struct {
	Runs      int
	HostHours float64
	Real, CPU time.Duration
	Failed    *Report // the first that failed; the fleet ends with it
}

// String says how fast it was.
func (t Total) String() string {
	return fmt.Sprintf("%d runs, %.1f host-hours simulated in %.1fs: %.0f host-hours a minute, %.0f a minute of CPU time",
		t.Runs, t.HostHours, t.Real.Seconds(), t.HostHours/t.Real.Minutes(), t.HostHours/t.CPU.Minutes())
}

// Mixed is the size of a run by its seed: small worlds, in which things meet more often, and some large ones.
func Mixed(seed uint64) int {
	if seed%32 == 0 {
		return 50
	}
	return 2 + int(seed%6)
}

// garbagePercent is how much garbage is worth a collection: worlds are small, and make much of it. Collections become
// more frequent where that would take more than memoryLimit, in bytes.
const (
	garbagePercent = 1000
	memoryLimit    = 2 << 30
)

// Run runs them until one fails or there is no more to do.
func (f Fleet) Run() Total {
	if f.Hosts == nil {
		f.Hosts = Mixed
	}
	defer debug.SetGCPercent(debug.SetGCPercent(garbagePercent))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(memoryLimit))
	r := &fleetRun{Fleet: f, began: time.Now()}
	cpu := cpuTime()
	var all sync.WaitGroup
	for range max(f.Workers, 1) {
		all.Go(r.work)
	}
	all.Wait()
	r.total.Real, r.total.CPU = time.Since(r.began), cpuTime()-cpu
	return r.total
}

// fleetRun is a fleet at work. The runs know nothing of each other.
type fleetRun struct {
	Fleet
	began time.Time

	mu    sync.Mutex
	next  int
	total Total
}

func (f *fleetRun) work() {
	for {
		seed, ok := f.take()
		if !ok {
			return
		}
		r := Report{Options: Options{Seed: seed, Hosts: f.Hosts(seed)}, Hours: f.Hours}
		r.World, r.Err = Live(r.Options, time.Duration(f.Hours*float64(time.Hour)))
		f.done(r)
	}
}

func (f *fleetRun) take() (seed uint64, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.total.Failed != nil || f.Seeds > 0 && f.next >= f.Seeds || f.For > 0 && time.Since(f.began) >= f.For {
		return 0, false
	}
	f.next++
	return f.First + uint64(f.next) - 1, true
}

func (f *fleetRun) done(r Report) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.Err != nil && f.total.Failed == nil {
		f.total.Failed = &r
	} else if r.Err == nil {
		f.total.Runs++
		f.total.HostHours += float64(r.Options.Hosts) * r.Hours
	}
	if f.Done != nil {
		f.Done(r)
	}
}

// cpuTime is what this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Explain shrinks the schedule of a run that failed, writes to out what happens in what is left, and returns the
// command that shows it again.
func (r *Report) Explain(out io.Writer, patience time.Duration) string {
	d := time.Duration(r.Hours * float64(time.Hour))
	if r.World == nil {
		return fmt.Sprintf("no world: %v", r.Err)
	}
	steps := Shrink(r.World, d, patience)
	o := r.Options
	o.Only, o.Out, o.Agents = Set(steps), out, true
	_, err := Live(o, d)
	texts := make([]string, len(steps))
	for i, id := range steps {
		texts[i] = fmt.Sprint(id)
	}
	return fmt.Sprintf("%v\n%d of %d steps are enough: %v\n  go run ./integration/sim -seed %d -hosts %d -hours %g "+
		"-v -agents -only %s", r.Err, len(steps), len(r.World.taken), err, o.Seed, o.Hosts, r.Hours,
		strings.Join(texts, ","))
}
