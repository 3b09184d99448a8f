package coroutine

import "context"

// maxOffloaded bounds how many blocking calls run at a time.
const maxOffloaded = 64

// Offloader runs blocking calls off the scheduler. It must run work exactly once, and what work returns on s. Who calls
// is s.Current().
type Offloader interface {
	Offload(s *Scheduler, work func() (deliver func()))
}

type pool struct{ slots chan struct{} }

func newPool(n int) *pool { return &pool{slots: make(chan struct{}, n)} }

// Offload implements Offloader with goroutines.
func (p *pool) Offload(s *Scheduler, work func() func()) {
	go func() {
		p.slots <- struct{}{}
		deliver := work()
		<-p.slots
		_ = s.Post(deliver) // ErrStopped: nobody waits any more
	}()
}

// Inline is the Offloader of simulations: calls run on the scheduler, in a step of their own, and take no time.
type Inline struct{}

// Offload implements Offloader.
func (Inline) Offload(s *Scheduler, work func() func()) { s.Defer(func() { work()() }) }

// Call runs fn, which may block, off the scheduler and waits for its result. When co is cancelled, fn's context is,
// and Call returns without waiting for fn: fn must own what it uses.
func Call[T any](co *Co, fn func(ctx context.Context) (T, error)) (T, error) {
	return callThen(co, fn, func() {})
}

// callThen is Call, with over run on the scheduler when fn has returned.
func callThen[T any](co *Co, fn func(ctx context.Context) (T, error), over func()) (T, error) {
	f := NewFuture[T]()
	ctx := co.task.context()
	s := co.s
	s.countCall()
	s.offload.Offload(s, func() func() {
		v, err := protect(ctx, fn)
		return func() {
			s.calls--
			over()
			f.Resolve(v, err)
		}
	})
	return f.Wait(co)
}

func (s *Scheduler) countCall() {
	s.calls++
	s.callsMost = max(s.callsMost, s.calls)
	if s.callsLimit > 0 && s.calls > s.callsLimit {
		s.callsFull++
	}
}

func protect[T any](ctx context.Context, fn func(ctx context.Context) (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = newPanicError(p)
		}
	}()
	return fn(ctx)
}
