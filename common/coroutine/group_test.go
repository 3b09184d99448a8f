package coroutine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func sleeper(d time.Duration, err error, log *[]string, name string) Body {
	return func(co *Co) error {
		if e := co.Sleep(d); e != nil {
			*log = append(*log, name+" cancelled")
			return e
		}
		*log = append(*log, name)
		return err
	}
}

func inside(t *testing.T, body func(co *Co)) *Scheduler {
	t.Helper()
	s := virtual(t)
	s.Go("test", func(co *Co) error {
		body(co)
		return nil
	})
	run(t, s)
	return s
}

func TestAllEndsWithTheLast(t *testing.T) {
	inside(t, func(co *Co) {
		var log []string
		a, b, c := sleeper(1, nil, &log, "a"), sleeper(2, nil, &log, "b"), sleeper(3, nil, &log, "c")
		require.NoError(t, All(co, "part", c, a, b))
		require.Equal(t, []string{"a", "b", "c"}, log)
		require.NoError(t, All(co, "none"))
	})
}

// Contract 10.
func TestAllFailsFast(t *testing.T) {
	bad := errors.New("bad")
	inside(t, func(co *Co) {
		var log []string
		began := co.Now()
		err := All(co, "part", sleeper(time.Hour, nil, &log, "long"), sleeper(time.Second, bad, &log, "bad"))
		require.Equal(t, bad.Error(), err.Error())
		require.Equal(t, []string{"bad", "long cancelled"}, log)
		require.Equal(t, time.Second, co.Now().Sub(began))

		err = All(co, "part", sleeper(time.Hour, nil, &log, "long"), func(*Co) error { panic("boom") })
		require.ErrorAs(t, err, new(*PanicError))
	})
}

func TestAllIsCancelledWithItsParent(t *testing.T) {
	inside(t, func(co *Co) {
		var log []string
		parent := co.Go("parent", func(co *Co) error {
			return All(co, "part", sleeper(time.Hour, nil, &log, "a"), sleeper(time.Hour, nil, &log, "b"))
		})
		require.NoError(t, co.Yield())
		parent.Cancel()
		require.ErrorIs(t, parent.Wait(co), ErrCancelled)
		require.Equal(t, []string{"a cancelled", "b cancelled"}, log)
	})
}

// Contract 10.
func TestRaceIsWonByTheFirstToEnd(t *testing.T) {
	bad := errors.New("bad")
	inside(t, func(co *Co) {
		var log []string
		i, err := Race(co, "runner", sleeper(2, nil, &log, "a"), sleeper(1, bad, &log, "b"), sleeper(3, nil, &log, "c"))
		require.Equal(t, 1, i)
		require.ErrorIs(t, err, bad)
		require.Equal(t, []string{"b", "a cancelled", "c cancelled"}, log)
		i, err = Race(co, "nobody")
		require.Equal(t, -1, i)
		require.NoError(t, err)
	})
}

// Contract 10.
func TestTimeoutCancelsAndWaits(t *testing.T) {
	inside(t, func(co *Co) {
		var log []string
		err := Timeout(co, time.Second, "slow", sleeper(time.Hour, nil, &log, "slow"))
		require.ErrorIs(t, err, ErrTimeout)
		require.EqualError(t, err, "slow: timed out after 1s")
		require.Equal(t, []string{"slow cancelled"}, log)
		require.NoError(t, Timeout(co, time.Hour, "quick", sleeper(time.Second, nil, &log, "quick")))
		err = Timeout(co, time.Second, "stubborn", func(co *Co) error {
			_ = co.Sleep(time.Hour)
			return nil
		})
		require.NoError(t, err, "it had a result all the same")
	})
}

func TestWorkersAreBounded(t *testing.T) {
	s := New(Options{Seed: 1})
	w := NewWorkers(2, 1)
	free := make(chan struct{})
	call := func(co *Co) error {
		_, err := Do(co, w, func(context.Context) (int, error) {
			<-free
			return 1, nil
		})
		return err
	}
	s.Go("test", func(co *Co) error {
		tasks := []*Task{co.Go("1", call), co.Go("2", call), co.Go("3", call)}
		require.NoError(t, co.Yield())
		require.ErrorIs(t, call(co), ErrTooMany)
		require.Equal(t, 2, w.Busy())
		tasks[0].Cancel()
		require.ErrorIs(t, tasks[0].Wait(co), ErrCancelled)
		require.Equal(t, 2, w.Busy(), "a call that nobody waits for is still a call")
		close(free)
		require.NoError(t, tasks[1].Wait(co))
		require.NoError(t, tasks[2].Wait(co))
		for w.Busy() > 0 { // the call of the first
			require.NoError(t, co.Sleep(time.Millisecond))
		}
		return nil
	})
	run(t, s)
}

// Contract 11.
func TestStragglersAreNamed(t *testing.T) {
	s := New(Options{StopTimeout: 20 * time.Millisecond})
	hostage := s.Go("hostage", func(co *Co) error { return co.Sleep(time.Hour) })
	s.Defer(func() { hostage.co.parked = false }) // as if its wake was lost
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err := s.Run(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.True(t, strings.Contains(err.Error(), "coroutines did not end: hostage (waits for the time)"), err)
}
