package dc

import (
	"fmt"
	"hash"
	"hash/fnv"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/store/memstore"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// Options of a run.
type Options struct {
	Seed   uint64
	Hosts  int
	Out    io.Writer // a line for what happens; nil for none
	Agents *slog.Logger
}

// stepsMax is how many steps a scheduler gets at a time at most, before another has its turn.
const stepsMax = 4

// World is everything.
type World struct {
	o     Options
	clock *coroutine.Virtual
	s     *coroutine.Scheduler // of everything that is not an agent
	rand  *rand.Rand
	mem   *memstore.Store
	cat   *catalog.Catalog
	hosts []*Host
	ids   int
	agent int // generations of agents so far

	defs  definitions
	net   underlay
	calm  bool // no faults any more
	trace hash.Hash64
	err   error // what went wrong first
	stats Stats
}

// Stats are what a run did.
type Stats struct {
	Changes, Faults, Kills, Frames, Probes, Answers, Leases int
}

// start is when time begins in every run.
var start = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// New returns a world whose agents run, with an empty store.
func New(o Options) (*World, error) {
	w := &World{o: o, clock: coroutine.NewVirtual(start), rand: rand.New(rand.NewPCG(o.Seed, 1)), trace: fnv.New64a()}
	if w.o.Agents == nil {
		w.o.Agents = slog.New(slog.DiscardHandler)
	}
	w.s = coroutine.New(coroutine.Options{Clock: w.clock, Seed: o.Seed, Logger: w.o.Agents,
		OnPanic: func(name string, err *coroutine.PanicError) { w.fail("panic in %s: %v", name, err) }})
	w.mem = memstore.New(memstore.Options{Now: w.clock.Now, NewID: w.newID, Deliver: w.deliverHints})
	w.cat = catalog.New(w.mem, catalog.Options{})
	w.defs.init()
	w.net.init(w)
	if err := w.define(); err != nil {
		return nil, err
	}
	for i := range o.Hosts {
		h := newHost(w, i)
		w.hosts = append(w.hosts, h)
		if err := h.boot(); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *World) newID() string {
	w.ids++
	return fmt.Sprintf("id%d-%d", w.o.Seed, w.ids)
}

// deliverHints is the way of a notification from the store to a watcher: it takes a moment.
func (w *World) deliverHints(run func()) {
	w.after(w.between(50*time.Microsecond, 2*time.Millisecond), run)
}

// after runs fn later, as part of the world.
func (w *World) after(d time.Duration, fn func()) { w.s.After(d, fn) }

func (w *World) between(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(w.rand.Int64N(int64(hi-lo)))
}

func (w *World) chance(percent int) bool { return w.rand.IntN(100) < percent }

// log notes what happens, in the trace and for people.
func (w *World) log(format string, args ...any) {
	line := fmt.Sprintf("%12.6f ", w.clock.Now().Sub(start).Seconds()) + fmt.Sprintf(format, args...) + "\n"
	_, _ = io.WriteString(w.trace, line) // a hash does not fail
	if w.o.Out != nil {
		_, _ = io.WriteString(w.o.Out, line)
	}
}

// fail ends the run; the first reason counts.
func (w *World) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf("seed %d after %v: "+format, append([]any{w.o.Seed, w.clock.Now().Sub(start)}, args...)...)
		w.log("FAILED: %v", w.err)
	}
}

// Trace is the hash of everything that happened.
func (w *World) Trace() uint64 { return w.trace.Sum64() }

// Stats of the run so far.
func (w *World) Stats() Stats { return w.stats }

// run lets time pass.
func (w *World) run(d time.Duration) error {
	for end := w.clock.Now().Add(d); w.err == nil; {
		w.turns()
		next, ok := w.next()
		if !ok || next.After(end) {
			w.clock.Advance(end)
			break
		}
		w.clock.Advance(next)
	}
	return w.err
}

// turns gives turns until nobody has anything to do at this time.
func (w *World) turns() {
	for ran := true; ran && w.err == nil; {
		ran = w.s.Turn(stepsMax)
		for i, first := 0, w.rand.IntN(len(w.hosts)+1); i < len(w.hosts); i++ {
			h := w.hosts[(first+i)%len(w.hosts)]
			if h.agent != nil && h.agent.Scheduler().Turn(1+w.rand.IntN(stepsMax)) {
				ran = true
			}
		}
	}
}

// next is when something is due next.
func (w *World) next() (time.Time, bool) {
	next, ok := w.s.Next()
	for _, h := range w.hosts {
		if h.agent == nil {
			continue
		}
		if t, has := h.agent.Scheduler().Next(); has && (!ok || t.Before(next)) {
			next, ok = t, true
		}
	}
	return next, ok
}

func address(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{192, 0, byte(2 + i/250), byte(1 + i%250)})
}

// Close ends all agents.
func (w *World) Close() {
	for _, h := range w.hosts {
		h.kill()
	}
	w.s.Abandon()
}
