package coroutine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTwoSchedulersOnOneClock(t *testing.T) {
	clock := NewVirtual(time.Unix(0, 0))
	a, b := New(Options{Clock: clock, Seed: 1}), New(Options{Clock: clock, Seed: 2})
	var log []string
	beat := func(name string, every time.Duration) Body {
		return func(co *Co) error {
			for {
				if err := co.Sleep(every); err != nil {
					return err
				}
				log = append(log, name)
			}
		}
	}
	a.Go("a", beat("a", 2*time.Second))
	b.Go("b", beat("b", 3*time.Second))
	for clock.Now().Before(time.Unix(6, 0)) {
		for a.Turn(1) || b.Turn(1) {
		}
		next, ok := a.Next()
		require.True(t, ok)
		if other, _ := b.Next(); other.Before(next) {
			next = other
		}
		clock.Advance(next)
	}
	require.Equal(t, []string{"a", "b", "a"}, log)
	require.True(t, a.Turn(1), "the one of second 6")
}

func TestAnAbandonedSchedulerRunsNothing(t *testing.T) {
	s := New(Options{Clock: NewVirtual(time.Unix(0, 0)), Seed: 1})
	deferred, later := 0, false
	s.Go("parent", func(co *Co) error {
		defer func() { deferred++ }()
		co.Go("child", func(co *Co) error {
			defer func() { deferred++ }()
			err := co.Sleep(time.Hour)
			later = true
			return err
		})
		return co.Sleep(time.Hour)
	})
	s.After(time.Second, func() { later = true })
	for s.Turn(10) {
	}
	s.Defer(func() { later = true })
	s.Abandon()
	require.Equal(t, 2, deferred)
	require.False(t, s.Turn(10))
	require.ErrorIs(t, s.Post(func() {}), ErrStopped)
	require.Empty(t, s.Tasks())
	require.False(t, later)
}
