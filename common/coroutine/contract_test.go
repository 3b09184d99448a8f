package coroutine

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Contract 1, with every kind of step.
func TestStepsOfEveryKindRunInTheOrderInWhichTheyBecameRunnable(t *testing.T) {
	s := virtual(t)
	var got []string
	say := func(what string) func() { return func() { got = append(got, what) } }
	sig := NewSignal(s)
	s.Go("waiter", func(co *Co) error {
		require.NoError(t, sig.Wait(co))
		say("waiter")()
		return nil
	})
	s.Go("main", func(co *Co) error {
		s.After(0, say("timer"))
		s.Defer(say("first"))
		sig.Notify()
		s.Defer(say("second"))
		co.Go("child", func(*Co) error { say("child")(); return nil })
		s.Defer(say("third"))
		require.Empty(t, got, "inside a step nothing else runs")
		return co.Sleep(time.Second)
	})
	run(t, s)
	require.Equal(t, []string{"first", "waiter", "second", "child", "third", "timer"}, got)
}

// Contract 2: an invariant that is broken between two waits is never seen broken.
func TestWhatACoroutineChangesBeforeItWaitsIsSeenWhole(t *testing.T) {
	s := virtual(t)
	a, b := 100, 0
	for range 5 {
		s.Go("mover", func(co *Co) error {
			for range 20 {
				require.Equal(t, 100, a+b)
				a--
				s.Defer(func() { require.Equal(t, 100, a+b) })
				b++
				if err := co.Yield(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	run(t, s)
	require.Equal(t, 100, b)
}

// Contract 3.
func TestTimersAreDueInTheOrderOfTheirTimeAndMaking(t *testing.T) {
	s := virtual(t)
	var got []int
	for i, d := range []int{2, 1, 2, 0, 1, 0} {
		s.After(time.Duration(d)*time.Second, func() { got = append(got, i) })
	}
	moved := s.After(time.Second, func() { got = append(got, 6) })
	moved.Reset(0) // made anew
	s.Go("main", func(co *Co) error { return co.Sleep(time.Minute) })
	run(t, s)
	require.Equal(t, []int{3, 5, 6, 1, 4, 0, 2}, got)
}

// Contract 3.
func TestTimeStandsStillDuringAStep(t *testing.T) {
	s := New(Options{Seed: 1})
	s.Go("main", func(co *Co) error {
		began := co.Now()
		time.Sleep(2 * time.Millisecond) // a body must not
		require.Equal(t, began, co.Now())
		require.NoError(t, co.Yield())
		require.GreaterOrEqual(t, co.Now().Sub(began), 2*time.Millisecond)
		return nil
	})
	run(t, s)
}

// Contract 4.
func TestAVirtualClockAdvancesOnlyWhenNothingIsRunnable(t *testing.T) {
	s := virtual(t)
	began := s.Now()
	var fired time.Time
	s.After(time.Second, func() { fired = s.Now() })
	s.After(time.Hour, func() {})
	s.Go("busy", func(co *Co) error {
		for range 10_000 {
			require.NoError(t, co.Yield())
			require.Equal(t, began, co.Now())
		}
		return co.Sleep(2 * time.Second)
	})
	run(t, s)
	require.Equal(t, began.Add(time.Second), fired, "to the next timer and not past it")
	require.Equal(t, began.Add(2*time.Second), s.Now(), "and not to one that nobody waits for")
}

// Contract 5, when the parent panics and when it is cancelled while it waits for its children.
func TestChildrenEndFirstHoweverTheirParentEnds(t *testing.T) {
	for _, how := range []string{"returns", "panics", "is cancelled"} {
		inside(t, func(co *Co) {
			var order []string
			parent := co.Go("parent", func(co *Co) error {
				for i := range 2 {
					co.Go("child", func(co *Co) error {
						defer func() { order = append(order, fmt.Sprint("child ", i)) }()
						_ = co.Sleep(time.Hour)
						return co.Sleep(time.Second) // cleaning up waits too: in vain
					})
				}
				_ = co.Yield()
				if how == "panics" {
					panic("boom")
				}
				return nil
			}, Contained())
			require.NoError(t, co.Yield())
			if how == "is cancelled" {
				parent.Cancel()
			}
			err := parent.Wait(co)
			require.Equal(t, how == "panics", err != nil)
			require.Equal(t, []string{"child 0", "child 1"}, order, how)
		})
	}
}

// Contract 6, to the wait.
func TestTheThirdWaitAfterTheCancelledOneUnwinds(t *testing.T) {
	inside(t, func(co *Co) {
		var got []error
		deferred := false
		task := co.Go("stubborn", func(co *Co) error {
			defer func() { deferred = true }()
			for {
				got = append(got, co.Sleep(time.Hour))
			}
		})
		require.NoError(t, co.Yield())
		task.Cancel()
		require.ErrorIs(t, task.Wait(co), ErrCancelled)
		require.Equal(t, []error{ErrCancelled, ErrCancelled, ErrCancelled}, got, "the wait it was in, and two more")
		require.True(t, deferred)
	})
}

// inLine starts n coroutines, one after the other, that wait in take, and returns in which order they got through.
func inLine(co *Co, n int, take func(co *Co) error) (tasks []*Task, order *[]int) {
	order = &[]int{}
	for i := range n {
		tasks = append(tasks, co.Go(fmt.Sprint(i), func(co *Co) error {
			err := take(co)
			if err == nil {
				*order = append(*order, i)
			}
			return err
		}))
		_ = co.Yield()
	}
	return tasks, order
}

// Contract 9: also who comes between the wake of the one that waited and its step does not overtake it.
func TestNobodyOvertakesWhoWaits(t *testing.T) {
	inside(t, func(co *Co) {
		q := NewQueue[int](3)
		_, order := inLine(co, 3, func(co *Co) error { _, err := q.Get(co); return err })
		put := func(values ...int) {
			for _, v := range values {
				require.True(t, q.TryPut(v))
			}
		}
		put(1) // the first is woken
		co.s.After(time.Second, func() { put(2, 3); co.s.After(time.Second, func() { put(4) }) })
		v, err := q.Get(co)
		require.NoError(t, err)
		require.Equal(t, 4, v)
		require.Equal(t, []int{0, 1, 2}, *order)

		put(0, 0, 0)
		_, order = inLine(co, 2, func(co *Co) error { return q.Put(co, 5) })
		_, err = q.Get(co) // the first is woken
		require.NoError(t, err)
		require.False(t, q.TryPut(9), "the room is promised")
		co.s.After(time.Second, func() { q.take() })
		co.s.After(2*time.Second, func() { q.take() })
		require.NoError(t, q.Put(co, 9))
		require.Equal(t, []int{0, 1}, *order)
		require.Equal(t, []int{5, 5, 9}, q.items)
	})
}

// Contract 9.
func TestALimiterServesInOrder(t *testing.T) {
	inside(t, func(co *Co) {
		l := NewLimiter(co.s, 1, 1)
		require.True(t, l.Allow(co.s, 1))
		tasks, order := inLine(co, 3, func(co *Co) error { return l.Wait(co, 1) })
		require.NoError(t, co.Sleep(999*time.Millisecond))
		co.s.After(time.Millisecond, func() { require.False(t, l.Allow(co.s, 1), "it is the first one's") })
		require.NoError(t, tasks[2].Wait(co))
		require.Equal(t, []int{0, 1, 2}, *order)
	})
}

// Contract 9: what was granted to one that is cancelled in that step goes to the next.
func TestACancelledWaiterOfAQueueTakesNothing(t *testing.T) {
	inside(t, func(co *Co) {
		q := NewQueue[int](1)
		tasks, order := inLine(co, 2, func(co *Co) error { _, err := q.Get(co); return err })
		require.True(t, q.TryPut(1))
		tasks[0].Cancel()
		require.ErrorIs(t, tasks[0].Wait(co), ErrCancelled)
		require.NoError(t, tasks[1].Wait(co))
		require.Equal(t, []int{1}, *order)

		var l Lock
		require.NoError(t, l.Lock(co))
		tasks, order = inLine(co, 2, l.Lock)
		l.Unlock(co)
		tasks[0].Cancel()
		require.ErrorIs(t, tasks[0].Wait(co), ErrCancelled)
		require.NoError(t, tasks[1].Wait(co))
		require.Equal(t, []int{1}, *order)
	})
}

// Contract 10: when the caller is cancelled, what it started has ended when the caller has.
func TestWhatACancelledCallerStartedEndsBeforeItDoes(t *testing.T) {
	for name, call := range map[string]func(co *Co, b ...Body) error{
		"All":     func(co *Co, b ...Body) error { return All(co, "part", b...) },
		"Race":    func(co *Co, b ...Body) error { _, err := Race(co, "part", b...); return err },
		"Timeout": func(co *Co, b ...Body) error { return Timeout(co, time.Hour, "part", b[0]) },
	} {
		inside(t, func(co *Co) {
			ended := 0
			slow := func(co *Co) error {
				defer func() { ended++ }()
				return errors.Join(co.Sleep(time.Hour), co.Sleep(time.Second))
			}
			caller := co.Go("caller", func(co *Co) error {
				require.ErrorIs(t, call(co, slow, slow), ErrCancelled, name)
				return nil
			})
			require.NoError(t, co.Yield())
			caller.Cancel()
			require.NoError(t, caller.Wait(co))
			require.NotZero(t, ended, name)
			require.Empty(t, caller.children, name)
		})
	}
}

// Contract 11.
func TestRunReturnsWhenOnlyDaemonsAreLeft(t *testing.T) {
	s := virtual(t)
	var ended error
	s.Go("daemon", func(co *Co) error {
		ended = co.Sleep(time.Hour)
		return ended
	}, Daemon())
	s.Go("main", func(co *Co) error { return co.Sleep(time.Minute) })
	began := s.Now()
	run(t, s)
	require.Equal(t, time.Minute, s.Now().Sub(began))
	require.ErrorIs(t, ended, ErrCancelled, "it could clean up")
}
