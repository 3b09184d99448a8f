package coroutine

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"slices"
	"time"
)

// waitsAfterCancel is how many waits of a cancelled body return ErrCancelled before the body is unwound.
const waitsAfterCancel = 3

// errUnwind is what a wait panics with to end a body that does not want to end; it never leaves this package.
var errUnwind = errors.New("coroutine unwound")

// Co is a running coroutine, as its own body sees it. A Co is used by its body only.
type Co struct {
	s      *Scheduler
	task   *Task
	next   func() (struct{}, bool)
	end    func()
	yield  func(struct{}) bool
	reason string    // what it waits for
	since  time.Time // and from when on

	arrival  Arrival // told once it is parked
	parked   bool
	queued   bool
	timer    *Timer // made once, at the first timed wait
	timedOut bool
	late     int // waits since the cancellation
}

// Task is a coroutine as others see it.
type Task struct {
	name      string
	id        uint64
	daemon    bool
	contained bool
	co        *Co
	parent    *Task
	children  []*Task

	cancelled bool
	ctx       context.Context
	cancelCtx context.CancelFunc
	done      bool
	err       error
	waiters   waitList
	ended     func(*Task) // told of the end before those who wait; nil for most
}

// GoOption changes how a coroutine is started.
type GoOption func(*Task)

// Daemon marks a coroutine that Run does not wait for.
func Daemon() GoOption { return func(t *Task) { t.daemon = true } }

// Contained marks a coroutine whose panic is its own affair: it leaves nothing half done, so OnPanic is not told.
func Contained() GoOption { return func(t *Task) { t.contained = true } }

// PanicError is what a body panicked with.
type PanicError struct {
	Value any
	Stack []byte
}

// Error implements error, with the stack: it is the only thing that leads to the fault.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.Value, e.Stack) }

func newPanicError(v any) *PanicError { return &PanicError{Value: v, Stack: debug.Stack()} }

// Go starts a coroutine; its first step comes after what is runnable now.
func (s *Scheduler) Go(name string, body func(co *Co) error, opts ...GoOption) *Task {
	s.seq++
	t := &Task{name: name, id: s.seq}
	for _, o := range opts {
		o(t)
	}
	co := &Co{s: s, task: t, reason: "its first step", since: s.now}
	t.co = co
	co.next, co.end = iter.Pull(func(yield func(struct{}) bool) {
		co.yield = yield
		t.err = co.body(body)
		co.join()
	})
	s.tasks[t] = struct{}{}
	if !t.daemon {
		s.held++
	}
	co.parked = true
	co.wake()
	return t
}

// Go starts a child: it ends before co's body is over.
func (co *Co) Go(name string, body func(co *Co) error, opts ...GoOption) *Task {
	t := co.s.Go(name, body, opts...)
	t.parent = co.task
	co.task.children = append(co.task.children, t)
	return t
}

// body runs the user's function and turns a panic into an error.
func (co *Co) body(fn func(co *Co) error) (err error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case any(errUnwind):
			err = ErrCancelled
		default:
			p := newPanicError(v)
			err = p
			co.s.panicked(co.task.name, p, co.task.contained)
		}
	}()
	return fn(co)
}

// join cancels the children and waits for them, whatever happens to co meanwhile.
func (co *Co) join() {
	for _, c := range slices.Clone(co.task.children) {
		c.Cancel()
	}
	for len(co.task.children) > 0 {
		co.reason, co.since = "its children", co.s.now
		co.parked = true
		if !co.yield(struct{}{}) {
			return
		}
		co.parked = false
	}
}

// resume runs the coroutine until its next wait.
func (co *Co) resume() {
	co.queued = false
	if co.task.done {
		return
	}
	co.parked = false
	co.s.enter(co.task)
	if _, more := co.next(); !more {
		co.s.finish(co.task)
		return
	}
	if a := co.arrival; a != nil {
		co.arrival = nil
		a.Arrived()
	}
}

func (s *Scheduler) finish(t *Task) {
	t.done = true
	delete(s.tasks, t)
	if !t.daemon {
		s.held--
	}
	if t.cancelCtx != nil {
		t.cancelCtx()
	}
	if t.co.timer != nil {
		t.co.timer.Stop()
	}
	if p := t.parent; p != nil {
		p.children = slices.DeleteFunc(p.children, func(c *Task) bool { return c == t })
		p.co.wake()
	}
	if t.ended != nil {
		t.ended(t)
	}
	t.waiters.wakeAll()
}

// wake makes a waiting coroutine runnable. A wait looks at its condition again, so a wake too many is harmless.
func (co *Co) wake() {
	if co.parked && !co.queued {
		co.queued = true
		co.s.run.push(item{co: co})
	}
}

// park waits for a wake. It returns ErrCancelled when the coroutine is or becomes cancelled.
func (co *Co) park(reason string) error {
	if err := co.cancelled(); err != nil {
		return err
	}
	co.reason, co.since = reason, co.s.now
	co.parked = true
	if !co.yield(struct{}{}) {
		panic(errUnwind)
	}
	co.parked = false
	return co.cancelled()
}

func (co *Co) cancelled() error {
	if !co.task.cancelled {
		return nil
	}
	if co.late++; co.late > waitsAfterCancel {
		panic(errUnwind)
	}
	return ErrCancelled
}

// startTimer arms the coroutine's one timer; the wait that uses it stops it.
func (co *Co) startTimer(d time.Duration) {
	co.timedOut = false
	if co.timer == nil {
		co.timer = &Timer{s: co.s, index: -1, fn: func() { co.timedOut = true; co.wake() }}
	}
	co.timer.Reset(d)
}

// Scheduler is the scheduler that co runs on.
func (co *Co) Scheduler() *Scheduler { return co.s }

// Now is the time of the current step.
func (co *Co) Now() time.Time { return co.s.now }

// Err is ErrCancelled once the coroutine was cancelled, else nil.
func (co *Co) Err() error {
	if co.task.cancelled {
		return ErrCancelled
	}
	return nil
}

// Yield lets everything run that is runnable now.
func (co *Co) Yield() error {
	if err := co.cancelled(); err != nil {
		return err
	}
	co.reason, co.since = "its turn", co.s.now
	co.queued = true
	co.s.run.push(item{co: co})
	if !co.yield(struct{}{}) {
		panic(errUnwind)
	}
	return co.cancelled()
}

// Sleep waits for d.
func (co *Co) Sleep(d time.Duration) error {
	co.startTimer(d)
	defer co.timer.Stop()
	for !co.timedOut {
		if err := co.park("the time"); err != nil {
			return err
		}
	}
	return nil
}

// Name of the task.
func (t *Task) Name() string { return t.name }

// Cancel makes the coroutine's waits return ErrCancelled.
func (t *Task) Cancel() {
	if t.done || t.cancelled {
		return
	}
	t.cancelled = true
	if t.cancelCtx != nil {
		t.cancelCtx()
	}
	t.co.wake()
}

// Done reports whether the coroutine has ended.
func (t *Task) Done() bool { return t.done }

// Err is what the body returned, nil while it runs.
func (t *Task) Err() error { return t.err }

// Wait waits until t has ended and returns its error.
func (t *Task) Wait(co *Co) error {
	for !t.done {
		t.waiters.add(co)
		err := co.park("the end of " + t.name)
		t.waiters.remove(co)
		if err != nil {
			return err
		}
	}
	return t.err
}

// context is cancelled with the task.
func (t *Task) context() context.Context {
	if t.ctx == nil {
		t.ctx, t.cancelCtx = context.WithCancel(context.Background())
		if t.cancelled {
			t.cancelCtx()
		}
	}
	return t.ctx
}

func (s *Scheduler) sortedTasks() []*Task {
	out := make([]*Task, 0, len(s.tasks))
	for t := range s.tasks {
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b *Task) int { return int(int64(a.id) - int64(b.id)) })
	return out
}

// Waiting is a coroutine and what it waits for.
type Waiting struct{ Name, For string }

// Tasks lists the coroutines in the order they were started, for a debug view.
func (s *Scheduler) Tasks() []Waiting {
	var out []Waiting
	for _, t := range s.sortedTasks() {
		out = append(out, Waiting{Name: t.name, For: t.co.reason})
	}
	return out
}
