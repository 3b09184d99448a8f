package coroutine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSnapshotSaysWhoWaitsForWhat(t *testing.T) {
	inside(t, func(co *Co) {
		q := NewQueue[int](5)
		remove := co.s.Gauge(func() Depth { return Depth{Name: "orders", N: q.Len(), Limit: 5} })
		require.True(t, q.TryPut(1))
		child := co.Go("child", func(co *Co) error { return co.Sleep(time.Hour) }, Daemon())
		require.NoError(t, co.Sleep(time.Minute))
		snap := co.s.Snapshot()
		require.Equal(t, TaskInfo{ID: 1, Name: "test", WaitsFor: "nothing: it runs", Since: time.Unix(1000, 0)},
			snap.Tasks[0])
		require.Equal(t, TaskInfo{ID: child.id, Parent: 1, Name: "child", WaitsFor: "the time", Daemon: true,
			Since: time.Unix(1000, 0)}, snap.Tasks[1])
		require.Contains(t, snap.Queues, Depth{Name: "orders", N: 1, Limit: 5})
		require.Equal(t, 1, snap.Timers)
		require.NotZero(t, snap.Steps)
		remove()
		require.Len(t, co.s.Snapshot().Queues, 3)
		child.Cancel()
	})
}

func TestSlowStepsAreNoted(t *testing.T) {
	s := New(Options{Seed: 1})
	s.Go("slow", func(co *Co) error {
		for range 2 {
			time.Sleep(slowStep + time.Millisecond) // a body must not; that is what is to be found
			if err := co.Yield(); err != nil {
				return err
			}
		}
		return nil
	})
	s.Go("quick", func(co *Co) error {
		for range 3 {
			if err := co.Yield(); err != nil {
				return err
			}
		}
		return nil
	})
	run(t, s)
	slow := s.Snapshot().Slow
	require.Len(t, slow, 2)
	require.Equal(t, "2 steps", slow[0].Name, "the first tells where to look")
	require.Equal(t, "slow", slow[1].Name)
	require.GreaterOrEqual(t, slow[1].Took, slowStep)
	for range 2 * slowStepsMax {
		s.noteSlow("x", time.Second)
	}
	require.Len(t, s.Snapshot().Slow, slowStepsMax)
}
