package coroutine

import "context"

// Workers bounds blocking calls of one kind: so many at a time, and so many coroutines in line for them. Whoever comes
// when the line is full gets ErrTooMany at once, so that a service that hangs holds up only those who use it.
type Workers struct {
	sem  *Semaphore
	line int
}

// NewWorkers returns workers for calls at a time and a line of that length.
func NewWorkers(calls, line int) *Workers { return &Workers{sem: NewSemaphore(calls), line: line} }

// Busy is how many calls are under way, those that nobody waits for any more included.
func (w *Workers) Busy() int { return w.sem.InUse() }

// Do is Call with one of the workers. The worker is free when fn has returned, also when co was cancelled before.
func Do[T any](co *Co, w *Workers, fn func(ctx context.Context) (T, error)) (T, error) {
	var none T
	if w.sem.Waiting() >= w.line && w.sem.free == 0 {
		return none, ErrTooMany
	}
	if err := w.sem.Acquire(co, 1); err != nil {
		return none, err
	}
	return callThen(co, fn, func() { w.sem.Release(1) })
}
