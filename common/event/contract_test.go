package event_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/event"
)

// Contract 3: what nobody listens for is gone, also for who comes in the step in which it was taken.
func TestAnEventThatNobodyListensForIsDropped(t *testing.T) {
	w := newWorld(t)
	w.run(func(co *coroutine.Co) {
		w.ports.Publish(at(1, 1))
		require.NoError(t, co.Yield()) // taken
		require.Zero(t, w.bus.Pending())
		_, err := w.port(1).WaitTimeout(co, time.Second)
		require.ErrorIs(t, err, coroutine.ErrTimeout)
	})
}

// Contract 14: who looks on sees an event once, also when it is offered again and again.
func TestABlockedEventIsSeenWhenItIsHandled(t *testing.T) {
	p := newShop(t, event.BacklogOptions[job]{Limit: 10})
	var seen []string
	p.topic.All().Subscribe(func(j job) { seen = append(seen, fmt.Sprint(j.key, j.n)) })
	p.run(func(co *coroutine.Co) error {
		require.NoError(t, p.backlog.Send(co, job{"a", 0}))
		for range 3 { // handlers that come near
			_, err := p.topic.All().If(func(j job) bool { return j.n == 9 }).Handling().WaitTimeout(co, time.Second)
			require.ErrorIs(t, err, coroutine.ErrTimeout)
			require.Empty(t, seen)
		}
		j, err := p.topic.All().Handling().Wait(co)
		require.NoError(t, err)
		require.Equal(t, []string{"a0"}, seen)
		require.Equal(t, job{"a", 0}, j)
		return nil
	})
}

// Contract 17: senders of a key in their order, however many wait for the whole.
func TestSendersOfAKeyAreServedInOrder(t *testing.T) {
	p := newShop(t, event.BacklogOptions[job]{Limit: 2})
	p.run(func(co *coroutine.Co) error {
		for n := range 4 {
			for _, key := range []string{"a", "b"} {
				co.Go("sender", func(co *coroutine.Co) error { return p.backlog.Send(co, job{key, n}) })
				require.NoError(t, co.Yield())
			}
		}
		p.work("", time.Second)
		require.NoError(t, co.Sleep(time.Minute))
		require.Zero(t, p.backlog.Len())
		return nil
	})
	next := map[string]int{}
	for _, d := range p.done {
		require.Equal(t, fmt.Sprint(d[:1], next[d[:1]]), d)
		next[d[:1]]++
	}
	require.Equal(t, map[string]int{"a": 4, "b": 4}, next)
}

// Contract 17: who is cancelled has sent nothing, and who was served in that step has.
func TestACancelledSenderHasSentNothingUnlessItWasServed(t *testing.T) {
	p := newShop(t, event.BacklogOptions[job]{Limit: 1})
	p.run(func(co *coroutine.Co) error {
		require.NoError(t, p.backlog.Send(co, job{"a", 0}))
		send := func(n int) *coroutine.Task {
			task := co.Go("sender", func(co *coroutine.Co) error { return p.backlog.Send(co, job{"a", n}) })
			require.NoError(t, co.Yield())
			return task
		}
		waits, served := send(1), send(2)
		waits.Cancel()
		require.ErrorIs(t, waits.Wait(co), coroutine.ErrCancelled)
		require.Equal(t, 1, p.backlog.Ignore(p.topic.All())) // makes room for the other
		served.Cancel()                                      // before it ran
		require.ErrorIs(t, served.Wait(co), coroutine.ErrCancelled)
		require.Equal(t, 1, p.backlog.Len())
		j, err := p.topic.All().Handling().Wait(co)
		require.NoError(t, err)
		require.Equal(t, 2, j.n)
		return nil
	})
}

// Contract 18.
func TestAHandlerThatEndsLeavesItsKeyToTheNext(t *testing.T) {
	p := newShop(t, event.BacklogOptions[job]{Limit: 5})
	p.run(func(co *coroutine.Co) error {
		first := p.work("a", time.Hour)
		for n := range 3 {
			require.NoError(t, p.backlog.Send(co, job{"a", n}))
		}
		require.NoError(t, co.Sleep(time.Second))
		require.Equal(t, []string{"a0"}, p.done)
		first.Cancel() // while it works on its first event
		p.work("", 0)
		return p.backlog.WaitEmpty(co)
	})
	require.Equal(t, []string{"a0", "a1", "a2"}, p.done)
}

// Contract 19: what was given up because nobody came in time, by counter and by name, with its bound.
func TestTheBoundIsCounted(t *testing.T) {
	p := newShop(t, event.BacklogOptions[job]{Limit: 2, Patience: time.Second})
	p.run(func(co *coroutine.Co) error {
		for n := range 4 {
			p.backlog.TrySend(job{"a", n})
		}
		require.Contains(t, p.s.Snapshot().Queues,
			coroutine.Depth{Name: "backlog job", N: 2, Limit: 2, Most: 2, Full: 2})
		require.NoError(t, co.Sleep(time.Minute))
		require.EqualValues(t, 2, p.backlog.Dropped())
		return nil
	})
}

func TestPostFromGoroutines(t *testing.T) {
	w := newWorld(t)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for n := range 100 {
				_ = w.ports.Post(at(uint32(i), n))
			}
		})
	}
	got := 0
	last := map[uint32]int{}
	w.run(func(co *coroutine.Co) {
		for ; got < 400; got++ {
			e, err := w.ports.All().Wait(co)
			require.NoError(t, err)
			require.Equal(t, last[e.port], e.n, "the order of each goroutine")
			last[e.port]++
		}
	})
	all.Wait()
	require.Equal(t, 400, got)
	require.ErrorIs(t, w.ports.Post(at(1, 1)), coroutine.ErrStopped)
}
