package coroutine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Errors of the scheduler and of waits.
var (
	ErrStopped   = errors.New("scheduler stopped")
	ErrCancelled = errors.New("coroutine cancelled")
	ErrTimeout   = errors.New("timed out")
	ErrClosed    = errors.New("queue closed")
)

// Defaults of Options.
const (
	DefaultInboxLimit  = 4096 // functions
	DefaultStopTimeout = 5 * time.Second
)

// Options of New. The zero value is a real scheduler with a random seed.
type Options struct {
	Clock      Clock // nil: real time
	Seed       uint64
	Logger     *slog.Logger
	InboxLimit int
	Offloader  Offloader // nil: goroutines
	// StopTimeout is how long coroutines that are cancelled at the end of Run may take to end.
	StopTimeout time.Duration
	// OnPanic is told, on the scheduler, of every panic that was caught: of the coroutine with that name, or of a function
	// that was posted, deferred or due ("" as its name). What the panic interrupted may be half done, so a program that
	// cannot tell what that was does best to end. nil only logs.
	OnPanic func(name string, err *PanicError)
}

// Scheduler runs coroutines. Make one with New.
type Scheduler struct {
	clock   Clock
	virtual *Virtual
	log     *slog.Logger
	rand    *rand.Rand
	offload Offloader
	onPanic func(name string, err *PanicError)

	stopTimeout time.Duration

	now    time.Time // of this step
	run    ring
	timers timerHeap
	tasks  map[*Task]struct{}
	held   int // tasks that are not daemons
	seq    uint64
	calls  int // blocking calls under way
	steps  uint64
	watch  stopwatch
	slow   []SlowStep
	// What the snapshot counts.
	slowSteps  uint64
	callsLimit int
	callsMost  int
	callsFull  uint64 // calls that had to wait
	gauges     []*gauge

	inbox inbox

	made      time.Time
	current   *Task                // whose step runs; nil for a function
	published atomic.Pointer[Task] // current, for Look
	turnBegan atomic.Int64         // after made; 0 between turns
}

// inbox is the only part that other goroutines touch.
type inbox struct {
	mu      sync.Mutex
	room    *sync.Cond
	fns     []func()
	taken   int // moved to the run queue and not run yet
	limit   int
	most    int    // that there ever were
	full    uint64 // posts that had to wait
	stopped bool
	bell    chan struct{} // holds one token while fns is not empty
}

// New returns a scheduler; nothing runs before Run.
func New(o Options) *Scheduler {
	s := &Scheduler{clock: o.Clock, log: o.Logger, offload: o.Offloader, onPanic: o.OnPanic,
		tasks: map[*Task]struct{}{}, made: time.Now()}
	if s.clock == nil {
		s.clock = Real()
	}
	s.virtual, _ = s.clock.(*Virtual)
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.offload == nil {
		s.offload, s.callsLimit = newPool(maxOffloaded), maxOffloaded
	}
	seed := o.Seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	s.rand = rand.New(rand.NewPCG(seed, seed))
	s.now = s.clock.Now()
	s.watch.s = s
	s.stopTimeout = cmp.Or(o.StopTimeout, DefaultStopTimeout)
	s.inbox.limit = o.InboxLimit
	if s.inbox.limit <= 0 {
		s.inbox.limit = DefaultInboxLimit
	}
	s.inbox.bell = make(chan struct{}, 1)
	s.inbox.room = sync.NewCond(&s.inbox.mu)
	return s
}

// Current is the name of the coroutine whose step runs, "" for a function. It is for what a step calls.
func (s *Scheduler) Current() string {
	if s.current == nil {
		return ""
	}
	return s.current.name
}

// Now is the time of the current step.
func (s *Scheduler) Now() time.Time { return s.now }

// Rand is the scheduler's seeded source.
func (s *Scheduler) Rand() *rand.Rand { return s.rand }

// Logger is the logger the scheduler was made with.
func (s *Scheduler) Logger() *slog.Logger { return s.log }

// Defer runs fn as a step of its own, after what is runnable now.
func (s *Scheduler) Defer(fn func()) { s.run.push(item{fn: fn}) }

// Post runs fn on the scheduler. It may be called from any goroutine but the scheduler's own, and waits while the inbox
// is full. It returns ErrStopped when fn will not run.
func (s *Scheduler) Post(fn func()) error { return s.inbox.post(context.Background(), fn) }

// PostContext is Post for those who do not wait longer than ctx: then its error is returned, and fn does not run.
func (s *Scheduler) PostContext(ctx context.Context, fn func()) error {
	stop := context.AfterFunc(ctx, func() {
		s.inbox.mu.Lock()
		s.inbox.room.Broadcast()
		s.inbox.mu.Unlock()
	})
	defer stop()
	return s.inbox.post(ctx, fn)
}

func (b *inbox) post(ctx context.Context, fn func()) error {
	b.mu.Lock()
	if len(b.fns)+b.taken >= b.limit {
		b.full++
	}
	for len(b.fns)+b.taken >= b.limit && !b.stopped && ctx.Err() == nil {
		b.room.Wait()
	}
	if b.stopped || ctx.Err() != nil {
		b.mu.Unlock()
		return cmp.Or(ctx.Err(), ErrStopped)
	}
	b.fns = append(b.fns, fn)
	b.most = max(b.most, len(b.fns)+b.taken)
	b.mu.Unlock()
	select {
	case b.bell <- struct{}{}:
	default:
	}
	return nil
}

// depth is how full the inbox is.
func (b *inbox) depth() Depth {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Depth{Name: "inbox", N: len(b.fns) + b.taken, Limit: b.limit, Most: b.most, Full: b.full}
}

// Stop ends Run: every coroutine is cancelled. It may be called from any goroutine.
func (s *Scheduler) Stop() {
	go func() { _ = s.Post(s.cancelAll) }() // not from here: the inbox may be full and this be the scheduler
}

func (s *Scheduler) cancelAll() {
	for _, t := range s.sortedTasks() {
		t.Cancel()
	}
	s.held = 0
	for t := range s.tasks {
		t.daemon = true
	}
}

// Run works until every coroutine that is not a daemon has ended, Stop is called or ctx is done; then what is left is
// cancelled and gets a bounded time to clean up. It returns nil, or ctx's error, and a *StragglersError when coroutines
// did not end in time.
func (s *Scheduler) Run(ctx context.Context) error {
	started := len(s.tasks) > 0
	for {
		s.takeInbox()
		s.fireTimers()
		if s.runSome(stepsPerRound) {
			started = true
			continue
		}
		if ctx.Err() != nil || (started && s.held == 0 && s.inboxEmpty()) {
			break
		}
		s.idle(ctx)
	}
	if left := s.shutdown(); left != nil {
		return errors.Join(ctx.Err(), left)
	}
	return ctx.Err()
}

// stepsPerRound bounds how long the inbox and the timers wait for the run queue.
const stepsPerRound = 1024

func (s *Scheduler) runSome(steps int) bool {
	n, posted := min(s.run.len(), steps), 0
	s.watch.turn()
	var it item
	for range n {
		it = s.run.pop()
		if it.posted {
			posted++
		}
		switch {
		case it.co != nil:
			it.co.resume()
		case it.timer != nil:
			s.enter(nil)
			it.timer.fire()
		default:
			s.enter(nil)
			s.call(it.fn)
		}
		s.watch.step(&it)
	}
	s.steps += uint64(n)
	s.watch.over(n, &it)
	s.giveBack(posted)
	return n > 0
}

// giveBack makes room in the inbox for what was posted and has run.
func (s *Scheduler) giveBack(posted int) {
	if posted == 0 {
		return
	}
	s.inbox.mu.Lock()
	s.inbox.taken -= posted
	s.inbox.room.Broadcast()
	s.inbox.mu.Unlock()
}

func (s *Scheduler) call(fn func()) {
	defer func() {
		if v := recover(); v != nil {
			s.panicked("", newPanicError(v), false)
		}
	}()
	fn()
}

func (s *Scheduler) panicked(name string, err *PanicError, contained bool) {
	s.log.Error("panic", "coroutine", name, "error", err)
	if s.onPanic != nil && !contained {
		s.onPanic(name, err)
	}
}

func (s *Scheduler) inboxEmpty() bool {
	s.inbox.mu.Lock()
	defer s.inbox.mu.Unlock()
	return len(s.inbox.fns) == 0
}

func (s *Scheduler) takeInbox() {
	b := &s.inbox
	b.mu.Lock()
	for i, fn := range b.fns {
		s.run.push(item{fn: fn, posted: true})
		b.fns[i] = nil
	}
	b.taken += len(b.fns)
	b.fns = b.fns[:0]
	b.mu.Unlock()
}

// idle waits for the next timer, the inbox or the end.
func (s *Scheduler) idle(ctx context.Context) {
	if s.virtual != nil && len(s.timers) > 0 && s.calls == 0 {
		s.virtual.advance(s.timers[0].at)
		return
	}
	var due <-chan time.Time
	if len(s.timers) > 0 && s.virtual == nil {
		d := s.timers[0].at.Sub(s.clock.Now())
		if d <= 0 {
			return
		}
		t := time.NewTimer(d)
		defer t.Stop()
		due = t.C
	}
	select {
	case <-s.inbox.bell:
	case <-due:
	case <-ctx.Done():
	}
}

// refuse has Post fail from now on.
func (s *Scheduler) refuse() {
	s.inbox.mu.Lock()
	s.inbox.stopped = true
	s.inbox.fns = nil
	s.inbox.room.Broadcast()
	s.inbox.mu.Unlock()
}

// StragglersError names the coroutines that did not end when they had to.
type StragglersError struct{ Tasks []Waiting }

// Error implements error.
func (e *StragglersError) Error() string {
	names := make([]string, len(e.Tasks))
	for i, t := range e.Tasks {
		names[i] = fmt.Sprintf("%s (waits for %s)", t.Name, t.For)
	}
	return "coroutines did not end: " + strings.Join(names, ", ")
}

// shutdown cancels what is left and lets it run, for a bounded time. It returns an error that names what did not end.
func (s *Scheduler) shutdown() error {
	s.cancelAll()
	deadline := time.Now().Add(s.stopTimeout)
	for len(s.tasks) > 0 && time.Now().Before(deadline) {
		s.takeInbox()
		if !s.runSome(stepsPerRound) {
			select {
			case <-s.inbox.bell:
			case <-time.After(time.Until(deadline)):
			}
		}
	}
	s.refuse()
	if left := s.Tasks(); len(left) > 0 {
		return &StragglersError{Tasks: left}
	}
	return nil
}
