package agent

import (
	"sync"
	"time"

	"github.com/stretchr/testify/require"
)

// clock is the real one, but it can be stopped, and then goes on only as far as it is told to. What an agent promises
// to do within a time it has to do within that by its own clock, however slow the machine is.
type clock struct {
	mu      sync.Mutex
	behind  time.Duration // the real one
	stopped time.Time     // zero while it goes
}

// Now implements coroutine.Clock.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *clock) now() time.Time {
	if !c.stopped.IsZero() {
		return c.stopped
	}
	return time.Now().Add(-c.behind)
}

func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = c.now()
}

func (c *clock) goOn() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stopped.IsZero() {
		c.behind, c.stopped = time.Since(c.stopped), time.Time{}
	}
}

// pass moves the stopped clock of a host.
func (h *host) pass(d time.Duration) {
	h.t.Helper()
	h.clock.mu.Lock()
	h.clock.stopped = h.clock.stopped.Add(d)
	h.clock.mu.Unlock()
	require.NoError(h.t, h.a.s.Post(func() {})) // it looks at its timers again
}
