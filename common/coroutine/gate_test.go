package coroutine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestGateRunsTheCoroutineInTheCallersStep(t *testing.T) {
	s := virtual(t)
	var g Gate
	n := 0
	s.Go("waiter", func(co *Co) error {
		for ; n < 3; n++ {
			require.NoError(t, g.Wait(co, "the gate", -1))
		}
		return nil
	})
	s.Go("opener", func(co *Co) error {
		require.True(t, g.Occupied())
		require.Equal(t, Waiting{"waiter", "the gate"}, s.Tasks()[0])
		require.True(t, g.Run())
		require.Equal(t, 1, n)
		g.Open()
		require.False(t, g.Run(), "it is runnable already")
		require.Equal(t, 1, n)
		require.NoError(t, co.Yield())
		require.Equal(t, 2, n)
		require.True(t, g.Run())
		require.False(t, g.Occupied())
		require.True(t, g.Run(), "nobody is there")
		return nil
	})
	run(t, s)
	require.Equal(t, 3, n)
}

func TestGateTimeoutAndCancel(t *testing.T) {
	s := virtual(t)
	var g Gate
	s.Go("waiter", func(co *Co) error {
		require.ErrorIs(t, g.Wait(co, "the gate", time.Second), ErrTimeout)
		require.False(t, g.Occupied())
		s.After(time.Second, g.Open)
		require.NoError(t, g.Wait(co, "the gate", time.Second), "opened in the step of the timeout")
		g.Open()
		require.NoError(t, g.Wait(co, "an open gate", 0))
		co.task.Cancel()
		g.Open()
		require.ErrorIs(t, g.Wait(co, "the gate", -1), ErrCancelled)
		require.False(t, g.Occupied())
		return nil
	})
	run(t, s)
}

func TestGateUnwindsABodyThatDoesNotEnd(t *testing.T) {
	s := virtual(t)
	var g Gate
	task := s.Go("waiter", func(co *Co) error {
		for {
			g.Open()
			_ = g.Wait(co, "the gate", -1)
			_ = co.Yield()
		}
	})
	s.Go("main", func(co *Co) error {
		require.NoError(t, co.Sleep(time.Second))
		return nil
	})
	s.After(0, task.Cancel)
	run(t, s)
	require.ErrorIs(t, task.Err(), ErrCancelled)
	require.False(t, g.Occupied())
}
