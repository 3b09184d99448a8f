package coroutine

import (
	"errors"
	"slices"
)

// Errors of locks and semaphores.
var (
	ErrTooMany = errors.New("more than the semaphore has")
	ErrHeld    = errors.New("lock is held by this coroutine already")
)

// Semaphore bounds how many of something are in use at a time. Who asks first gets first: a small request does not
// overtake a big one that waits.
type Semaphore struct {
	limit, free int
	waiting     []*claim
}

// claim is one request that waits.
type claim struct {
	n       int
	granted bool
	list    waitList // of one
	ready   func() bool
}

// NewSemaphore returns a semaphore with limit permits.
func NewSemaphore(limit int) *Semaphore { return &Semaphore{limit: limit, free: limit} }

// Acquire takes n permits when they are free. A coroutine that is cancelled while it waits has none.
func (m *Semaphore) Acquire(co *Co, n int) error {
	if n > m.limit {
		return ErrTooMany
	}
	if err := co.cancelled(); err != nil {
		return err
	}
	if m.TryAcquire(n) {
		return nil
	}
	c := &claim{n: n}
	c.ready = func() bool { return c.granted }
	m.waiting = append(m.waiting, c)
	settled := false
	defer func() { // also when the body is unwound
		if !settled {
			m.giveUp(c)
		}
	}()
	err := c.list.await(co, "a permit", -1, c.ready)
	settled = err == nil
	return err
}

// giveUp takes back a claim, granted or not.
func (m *Semaphore) giveUp(c *claim) {
	if c.granted {
		m.Release(c.n)
		return
	}
	m.waiting = slices.DeleteFunc(m.waiting, func(o *claim) bool { return o == c })
	m.grant()
}

// TryAcquire takes n permits if they are free and nobody waits, and reports whether it did.
func (m *Semaphore) TryAcquire(n int) bool {
	if len(m.waiting) > 0 || m.free < n {
		return false
	}
	m.free -= n
	return true
}

// Release gives n permits back. To give back more than were taken is a broken invariant.
func (m *Semaphore) Release(n int) {
	if m.free += n; m.free > m.limit {
		panic("coroutine: more permits released than acquired")
	}
	m.grant()
}

// grant hands free permits to those who waited longest.
func (m *Semaphore) grant() {
	for len(m.waiting) > 0 && m.waiting[0].n <= m.free {
		c := m.waiting[0]
		m.waiting[0] = nil
		m.waiting = m.waiting[1:]
		m.free -= c.n
		c.granted = true
		c.list.wakeAll()
	}
}

// InUse is how many permits are taken.
func (m *Semaphore) InUse() int { return m.limit - m.free }

// Waiting is how many coroutines wait for permits.
func (m *Semaphore) Waiting() int { return len(m.waiting) }

// Lock is held by one coroutine at a time, first come first served. The zero value is free.
type Lock struct {
	sem    *Semaphore
	holder *Task
}

// Lock waits until the lock is free and takes it. A coroutine that holds it already gets ErrHeld at once, as it would
// wait for itself.
func (l *Lock) Lock(co *Co) error {
	if l.holder == co.task {
		return ErrHeld
	}
	if l.sem == nil {
		l.sem = NewSemaphore(1)
	}
	if err := l.sem.Acquire(co, 1); err != nil {
		return err
	}
	l.holder = co.task
	return nil
}

// TryLock takes the lock if it is free and nobody waits for it, and reports whether it did.
func (l *Lock) TryLock(co *Co) bool {
	if l.sem == nil {
		l.sem = NewSemaphore(1)
	}
	if !l.sem.TryAcquire(1) {
		return false
	}
	l.holder = co.task
	return true
}

// Unlock frees the lock. To unlock what another holds is a broken invariant.
func (l *Lock) Unlock(co *Co) {
	if l.holder != co.task {
		panic("coroutine: unlock of a lock that the coroutine does not hold")
	}
	l.holder = nil
	l.sem.Release(1)
}

// With runs fn while it holds the lock, which is free again however fn ends.
func (l *Lock) With(co *Co, fn func() error) error {
	if err := l.Lock(co); err != nil {
		return err
	}
	defer l.Unlock(co)
	return fn()
}

// KeyedLock is a lock for each key. Keys that nobody holds or waits for take no memory.
type KeyedLock[K comparable] struct{ locks map[K]*keyed }

type keyed struct {
	Lock
	users int
}

// With runs fn while it holds the lock of key k.
func (l *KeyedLock[K]) With(co *Co, k K, fn func() error) error {
	if l.locks == nil {
		l.locks = map[K]*keyed{}
	}
	kl := l.locks[k]
	if kl == nil {
		kl = &keyed{}
		l.locks[k] = kl
	}
	kl.users++
	defer func() {
		if kl.users--; kl.users == 0 {
			delete(l.locks, k)
		}
	}()
	return kl.With(co, fn)
}

// Len is how many keys are held or waited for.
func (l *KeyedLock[K]) Len() int { return len(l.locks) }
