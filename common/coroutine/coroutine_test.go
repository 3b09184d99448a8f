package coroutine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func virtual(t testing.TB) *Scheduler {
	t.Helper()
	return New(Options{Clock: NewVirtual(time.Unix(1000, 0)), Seed: 1, Logger: slog.New(slog.NewTextHandler(io.Discard,
		nil))})
}

func run(t testing.TB, s *Scheduler) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(t, s.Run(ctx))
}

// Contract 1.
func TestStepsRunInOrder(t *testing.T) {
	s := virtual(t)
	var got []string
	for _, n := range []string{"a", "b"} {
		s.Go(n, func(co *Co) error {
			for i := range 3 {
				got = append(got, n+strconv.Itoa(i))
				require.NoError(t, co.Yield())
			}
			return nil
		})
	}
	run(t, s)
	require.Equal(t, "a0 b0 a1 b1 a2 b2", strings.Join(got, " "))
}

// Contract 3, 4.
func TestVirtualTimeJumps(t *testing.T) {
	s := virtual(t)
	var got []string
	for _, d := range []int{30, 10, 20, 10} {
		s.Go("sleeper", func(co *Co) error {
			require.NoError(t, co.Sleep(time.Duration(d)*time.Hour))
			got = append(got, strconv.Itoa(d))
			return nil
		})
	}
	began := time.Now()
	run(t, s)
	require.Equal(t, "10 10 20 30", strings.Join(got, " "))
	require.Equal(t, 30*time.Hour, s.Now().Sub(time.Unix(1000, 0)))
	require.Less(t, time.Since(began), 5*time.Second)
}

// Contract 5.
func TestChildrenEndBeforeTheirParent(t *testing.T) {
	s := virtual(t)
	var got []string
	s.Go("parent", func(co *Co) error {
		co.Go("child", func(co *Co) error {
			defer func() { got = append(got, "child") }()
			return co.Sleep(time.Hour)
		})
		require.NoError(t, co.Yield())
		return nil
	}).waiters = waitList{}
	parent := s.sortedTasks()[0]
	s.Go("watch", func(co *Co) error {
		require.NoError(t, parent.Wait(co))
		got = append(got, "parent")
		return nil
	})
	run(t, s)
	require.Equal(t, []string{"child", "parent"}, got)
}

// Contract 6.
func TestCancelledBodyIsUnwound(t *testing.T) {
	s := virtual(t)
	waits, deferred := 0, false
	task := s.Go("stubborn", func(co *Co) error {
		defer func() { deferred = true }()
		for {
			waits++
			if err := co.Sleep(time.Second); err != nil {
				require.ErrorIs(t, err, ErrCancelled)
			}
		}
	})
	s.After(10*time.Second, func() { task.Cancel() })
	run(t, s)
	require.True(t, deferred)
	require.ErrorIs(t, task.Err(), ErrCancelled)
	require.LessOrEqual(t, waits, 10+waitsAfterCancel+1)
}

// Contract 7.
func TestPanicStaysInItsCoroutine(t *testing.T) {
	s := virtual(t)
	task := s.Go("bad", func(*Co) error { panic("boom") })
	other := false
	s.Go("good", func(co *Co) error { other = true; return nil })
	run(t, s)
	var p *PanicError
	require.ErrorAs(t, task.Err(), &p)
	require.Contains(t, p.Error(), "boom")
	require.Contains(t, p.Error(), "coroutine_test.go")
	require.True(t, other)
}

// Contract 7.
func TestPanicsAreTold(t *testing.T) {
	var told []string
	s := New(Options{Clock: NewVirtual(time.Unix(0, 0)), OnPanic: func(name string, err *PanicError) {
		told = append(told, name+": "+fmt.Sprint(err.Value))
	}})
	s.Go("bad", func(*Co) error { panic("boom") })
	s.Go("own", func(*Co) error { panic("nobody's business") }, Contained())
	s.Go("good", func(co *Co) error { return co.Sleep(time.Minute) })
	s.Defer(func() { panic("deferred") })
	s.After(time.Second, func() { panic("due") })
	s.Defer(func() {
		require.NoError(t, Protect(func() {}))
		s.Report("part", fmt.Errorf("with more: %w", Protect(func() { panic("caught") })))
		s.Report("nothing", ErrCancelled)
	})
	run(t, s)
	require.ElementsMatch(t, []string{"bad: boom", ": deferred", ": due", "part: caught"}, told)
}

func TestSignalRemembersOneNotify(t *testing.T) {
	s := virtual(t)
	sig := NewSignal(s)
	sig.Notify()
	sig.Notify()
	s.Go("w", func(co *Co) error {
		require.NoError(t, sig.Wait(co))
		require.ErrorIs(t, sig.WaitTimeout(co, time.Second), ErrTimeout)
		s.After(time.Second, sig.Notify)
		return sig.WaitTimeout(co, time.Minute)
	})
	run(t, s)
	require.Equal(t, 2*time.Second, s.Now().Sub(time.Unix(1000, 0)))
}

func TestQueueHoldsBackItsSender(t *testing.T) {
	s := virtual(t)
	q := NewQueue[int](2)
	var got []int
	s.Go("send", func(co *Co) error {
		for i := range 10 {
			require.NoError(t, q.Put(co, i))
			require.LessOrEqual(t, q.Len(), 2)
		}
		q.Close()
		return nil
	})
	s.Go("receive", func(co *Co) error {
		for {
			v, err := q.Get(co)
			if errors.Is(err, ErrClosed) {
				return nil
			}
			got = append(got, v)
			require.NoError(t, co.Sleep(time.Second))
		}
	})
	run(t, s)
	require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, got)
}

// Contract 8.
func TestCallRunsOffTheScheduler(t *testing.T) {
	s := New(Options{})
	var ticks int
	s.Go("tick", func(co *Co) error {
		for co.Sleep(time.Millisecond) == nil {
			ticks++
		}
		return nil
	}, Daemon())
	s.Go("caller", func(co *Co) error {
		v, err := Call(co, func(context.Context) (int, error) { time.Sleep(50 * time.Millisecond); return 7, nil })
		require.NoError(t, err)
		require.Equal(t, 7, v)
		_, err = Call(co, func(context.Context) (int, error) { panic("in a call") })
		require.ErrorContains(t, err, "in a call")
		return nil
	})
	run(t, s)
	require.Greater(t, ticks, 1)
}

// Contract 8.
func TestStopCancelsACall(t *testing.T) {
	s := New(Options{})
	var err error
	s.Go("caller", func(co *Co) error {
		_, err = Call(co, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
		return err
	})
	s.Go("stopper", func(*Co) error { s.Stop(); return nil })
	run(t, s)
	require.ErrorIs(t, err, ErrCancelled)
	require.ErrorIs(t, s.Post(func() {}), ErrStopped)
}

// Contract 8.
func TestPostComesFromAnyGoroutineInOrder(t *testing.T) {
	s := New(Options{InboxLimit: 4})
	sig := NewSignal(s)
	var got int
	go func() {
		for i := range 1000 {
			_ = s.Post(func() {
				require.Equal(t, i, got)
				got++
				sig.Notify()
			})
		}
	}()
	s.Go("w", func(co *Co) error {
		for got < 1000 {
			if err := sig.Wait(co); err != nil {
				return err
			}
		}
		return nil
	})
	run(t, s)
	require.Equal(t, 1000, got)
}

// What was taken from the inbox and has not run yet counts: posters must not fill memory through the run queue.
func TestTheInboxBoundsWhatIsPosted(t *testing.T) {
	const limit, posts = 16, 20_000
	s := New(Options{InboxLimit: limit})
	done, longest, ran := NewSignal(s), 0, 0
	for range 4 {
		go func() {
			for range posts {
				_ = s.Post(func() {
					ran++
					longest = max(longest, s.run.len())
					if ran == 4*posts {
						done.Notify()
					}
				})
			}
		}()
	}
	s.Go("w", func(co *Co) error { return done.Wait(co) })
	run(t, s)
	require.LessOrEqual(t, longest, limit+1)
}

// A timer whose time came during a long step, and which was stopped before its own, does not happen.
func TestAStoppedTimerIsStoppedAlsoWhenItIsDue(t *testing.T) {
	s := New(Options{})
	sig := NewSignal(s)
	s.After(2*time.Millisecond, func() {
		sig.Notify()
		time.Sleep(10 * time.Millisecond)
	})
	s.Go("w", func(co *Co) error {
		require.NoError(t, sig.WaitTimeout(co, 5*time.Millisecond))
		began := time.Now()
		require.ErrorIs(t, sig.WaitTimeout(co, 100*time.Millisecond), ErrTimeout)
		require.GreaterOrEqual(t, time.Since(began), 90*time.Millisecond)
		return nil
	})
	run(t, s)
}

func TestACancelledWaiterPassesItsWakeOn(t *testing.T) {
	s := virtual(t)
	sig := NewSignal(s)
	a := s.Go("a", func(co *Co) error { return sig.Wait(co) })
	var err error
	s.Go("b", func(co *Co) error {
		err = sig.WaitTimeout(co, time.Minute)
		return nil
	})
	s.After(time.Second, func() {
		sig.Notify()
		a.Cancel()
	})
	run(t, s)
	require.ErrorIs(t, a.Err(), ErrCancelled)
	require.NoError(t, err)
}

func TestFutureHasManyWaiters(t *testing.T) {
	s := virtual(t)
	f := NewFuture[string]()
	n := 0
	for range 3 {
		s.Go("w", func(co *Co) error {
			v, err := f.WaitTimeout(co, time.Minute)
			require.NoError(t, err)
			require.Equal(t, "v", v)
			n++
			return nil
		})
	}
	s.After(time.Second, func() { f.Resolve("v", nil); require.False(t, f.Resolve("w", nil)) })
	run(t, s)
	require.Equal(t, 3, n)
}

func TestNothingIsLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 50 {
		s := virtual(t)
		for range 20 {
			s.Go("d", func(co *Co) error { return co.Sleep(time.Hour) }, Daemon())
		}
		s.Go("main", func(co *Co) error { return co.Yield() })
		run(t, s)
	}
	for i := 0; runtime.NumGoroutine() > before && i < 100; i++ {
		time.Sleep(time.Millisecond)
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), before)
}

func BenchmarkSwitch(b *testing.B) {
	s := virtual(b)
	s.Go("a", func(co *Co) error {
		b.ReportAllocs()
		b.ResetTimer()
		for range b.N {
			_ = co.Yield()
		}
		return nil
	})
	_ = s.Run(context.Background())
}

func BenchmarkSignal(b *testing.B) {
	s := virtual(b)
	ping, pong := NewSignal(s), NewSignal(s)
	s.Go("pong", func(co *Co) error {
		for ping.Wait(co) == nil {
			pong.Notify()
		}
		return nil
	}, Daemon())
	s.Go("ping", func(co *Co) error {
		b.ReportAllocs()
		b.ResetTimer()
		for range b.N {
			ping.Notify()
			_ = pong.Wait(co)
		}
		return nil
	})
	_ = s.Run(context.Background())
}
