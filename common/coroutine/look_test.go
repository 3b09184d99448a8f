package coroutine

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// looked runs a scheduler until a step of it is stuck, and returns what Look says from outside. stick is given what the
// stuck step must wait for.
func looked(t *testing.T, stick func(s *Scheduler, until <-chan struct{})) Running {
	t.Helper()
	s := New(Options{Seed: 1, InboxLimit: 2})
	until := make(chan struct{})
	stick(s, until)
	ended := make(chan error)
	go func() { ended <- s.Run(t.Context()) }()
	var r Running
	require.Eventually(t, func() bool {
		r = s.Look()
		return r.Turn > 20*time.Millisecond
	}, 10*time.Second, time.Millisecond)
	for range 2 {
		require.NoError(t, s.Post(func() {}))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, s.PostContext(ctx, func() { t.Error("it was given up") }), context.DeadlineExceeded)
	require.Equal(t, Depth{Name: "inbox", N: 2, Limit: 2, Most: 2, Full: 1}, s.Look().Inbox)
	close(until)
	require.NoError(t, <-ended)
	require.Equal(t, Running{Inbox: Depth{Name: "inbox", Limit: 2, Most: 2, Full: 1}}, s.Look(), "it rests")
	require.ErrorIs(t, s.PostContext(t.Context(), func() {}), ErrStopped)
	return r
}

// Contract 8.
func TestLookNamesTheCoroutineThatIsStuck(t *testing.T) {
	r := looked(t, func(s *Scheduler, until <-chan struct{}) {
		s.Go("idle", func(co *Co) error { return co.Sleep(time.Hour) }, Daemon())
		s.Go("glutton", func(co *Co) error {
			require.NoError(t, co.Yield())
			stuckUntil(until)
			return nil
		})
	})
	require.Equal(t, "glutton", r.Name)
	require.Contains(t, r.Stack, "stuckUntil")
	require.NotContains(t, r.Stack, "Sleep", "nobody else's stack")
}

func TestLookSeesTheCoroutineThatAnotherStepRuns(t *testing.T) {
	var g Gate
	r := looked(t, func(s *Scheduler, until <-chan struct{}) {
		s.Go("waiter", func(co *Co) error {
			err := g.Wait(co, "the gate", -1)
			stuckUntil(until)
			return err
		})
		s.Go("opener", func(*Co) error {
			g.Run()
			return nil
		})
	})
	require.Equal(t, "waiter", r.Name)
	require.Contains(t, r.Stack, "stuckUntil")
	require.NotContains(t, r.Stack, "Gate).Run")
}

func TestLookSeesAFunctionThatIsStuck(t *testing.T) {
	r := looked(t, func(s *Scheduler, until <-chan struct{}) {
		var g Gate
		s.Go("waiter", func(co *Co) error { return g.Wait(co, "the gate", -1) })
		s.Go("first", func(co *Co) error { return co.Yield() })
		s.Defer(func() { g.Run(); stuckUntil(until) })
	})
	require.Equal(t, "function", r.Name, "also after it has run a coroutine")
	require.Contains(t, r.Stack, "stuckUntil")
}

// stuckUntil is what a step must not do, with a name to be found by.
//
//go:noinline
func stuckUntil(c <-chan struct{}) { <-c }
