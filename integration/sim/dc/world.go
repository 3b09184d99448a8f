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
)

// Options of a run.
type Options struct {
	Seed   uint64
	Hosts  int
	Out    io.Writer // a line for what happens; nil for none
	Agents bool      // what agents log, too
	// Only are the steps to take of those that the seed has; nil for all. See Shrink.
	Only map[int]bool

	until time.Duration // the run is of no interest after it; 0 for no end
}

// stepsMax is how many steps a scheduler gets at a time at most, before another has its turn.
const stepsMax = 4

// World is everything.
type World struct {
	o      Options
	clock  *coroutine.Virtual
	s      *coroutine.Scheduler // of everything that is not an agent
	rand   *rand.Rand
	db     deployment   // the store's servers
	logger *slog.Logger // of agents
	hosts  []*Host
	ids    int

	running []*Host // those that have an agent, doubles of hosts included
	ready   []*Host // those whose agent may have something to do now
	spare   []*Host // memory of ready

	defs    definitions
	net     underlay
	wire    wire
	weather weather
	storms  int
	step    int  // being taken, see take
	calm    bool // no faults any more
	taken   []int
	trace   hash.Hash64
	err     error  // what went wrong first
	kind    string // of err: its text before the details
	stats   Stats
}

// Stats are what a run did.
type Stats struct {
	Changes, Refused, Faults, Kills, Frames, Probes, Arrived, Answers, Leases, Forged, Copies int
}

// start is when time begins in every run.
var start = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// New returns a world whose agents run, with an empty store.
func New(o Options) (*World, error) {
	w := &World{o: o, clock: coroutine.NewVirtual(start), calm: true, trace: fnv.New64a()}
	w.rand = rand.New(&dice{seed: mix(o.Seed), clock: w.clock})
	w.logger = slog.New(slog.DiscardHandler)
	if o.Agents && o.Out != nil {
		w.logger = slog.New(slog.NewTextHandler(o.Out, &slog.HandlerOptions{ReplaceAttr: w.stamp}))
	}
	w.s = coroutine.New(coroutine.Options{Clock: w.clock, Seed: mix(o.Seed), Logger: w.logger,
		OnPanic: func(name string, err *coroutine.PanicError) { w.fail("panic in %s: %v", name, err) }})
	w.db.init(w)
	w.defs.init(w)
	w.net.init(w)
	w.wire.init(w)
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

// memory is a store that is part of this world.
func (w *World) memory() *memstore.Store {
	return memstore.New(memstore.Options{Now: w.db.now, NewID: w.newID, Deliver: w.deliverHints})
}

// after runs fn later, as part of the world.
func (w *World) after(d time.Duration, fn func()) { w.s.After(d, fn) }

func (w *World) between(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(w.rand.Int64N(int64(hi-lo)))
}

func (w *World) chance(percent int) bool { return w.rand.IntN(100) < percent }

func (w *World) anyHost() *Host { return w.hosts[w.rand.IntN(len(w.hosts))] }

// log notes what happens, in the trace and for people.
func (w *World) log(format string, args ...any) {
	line := fmt.Sprintf("%12.6f ", w.since().Seconds()) + fmt.Sprintf(format, args...) + "\n"
	_, _ = io.WriteString(w.trace, line) // a hash does not fail
	if w.o.Out != nil {
		_, _ = io.WriteString(w.o.Out, line)
	}
}

// stamp has lines of agents begin with the time of this world.
func (w *World) stamp(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		a.Value = slog.StringValue(fmt.Sprintf("%.6f", w.since().Seconds()))
	}
	return a
}

// since is how much time has passed.
func (w *World) since() time.Duration { return w.clock.Now().Sub(start) }

// fail ends the run; the first reason counts.
func (w *World) fail(format string, args ...any) {
	if w.err == nil {
		w.kind = format
		w.err = fmt.Errorf("seed %d after %v: "+format, append([]any{w.o.Seed, w.since()}, args...)...)
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
		w.wake()
		if w.o.until > 0 && w.since() > w.o.until {
			w.fail("nothing until %v", w.o.until)
		}
	}
	return w.err
}

// turns gives turns until nobody has anything to do at this time, in an order that the seed says.
func (w *World) turns() {
	for w.err == nil {
		ran := w.s.Turn(stepsMax)
		batch := w.ready
		w.ready, w.spare = w.spare[:0], batch
		if len(batch) > 1 {
			w.rand.Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
		}
		for _, h := range batch {
			h.isReady = false
			ran = h.turn() || ran
		}
		if !ran && len(w.ready) == 0 {
			return
		}
	}
}

// next is when something is due next.
func (w *World) next() (time.Time, bool) {
	next, ok := w.s.Next()
	for _, h := range w.running {
		if h.timed && (!ok || h.due.Before(next)) {
			next, ok = h.due, true
		}
	}
	return next, ok
}

// wake has those agents run whose next timer is due.
func (w *World) wake() {
	now := w.clock.Now()
	for _, h := range w.running {
		if h.timed && !h.due.After(now) {
			h.poke()
		}
	}
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
