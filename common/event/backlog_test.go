package event_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/event"
)

type job struct {
	key string
	n   int
}

type jobKey = event.Key1[string]

type shop struct {
	t       *testing.T
	s       *coroutine.Scheduler
	topic   *event.Topic[jobKey, job]
	backlog *event.Backlog[jobKey, job]
	done    []string
}

func newShop(t *testing.T, o event.BacklogOptions[job]) *shop {
	s := coroutine.New(coroutine.Options{Clock: coroutine.NewVirtual(time.Unix(0, 0)), Seed: 1})
	topic := event.NewTopic(event.NewBus(s), "job", func(j job) jobKey { return jobKey{A: j.key} })
	return &shop{t: t, s: s, topic: topic, backlog: event.NewBacklog(topic, o)}
}

func (p *shop) run(body coroutine.Body) {
	p.t.Helper()
	p.s.Go("test", body)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(p.t, p.s.Run(ctx))
}

// work handles jobs of a key, or of all with "", each of which takes a while.
func (p *shop) work(key string, takes time.Duration) *coroutine.Task {
	m := p.topic.All()
	if key != "" {
		m = p.topic.Match(jobKey{A: key}, event.Exact)
	}
	return p.s.Go("worker", func(co *coroutine.Co) error {
		for {
			j, err := m.Handling().Wait(co)
			if err != nil {
				return err
			}
			p.done = append(p.done, fmt.Sprint(j.key, j.n))
			if err := co.Sleep(takes); err != nil {
				return err
			}
		}
	}, coroutine.Daemon())
}

// Contract 14, 15.
func TestAnEventWithoutAHandlerBlocksItsKeyOnly(t *testing.T) {
	p := newShop(t, event.BacklogOptions[job]{Limit: 10})
	var seen []string
	p.topic.All().Subscribe(func(j job) { seen = append(seen, fmt.Sprint(j.key, j.n)) })
	p.run(func(co *coroutine.Co) error {
		p.work("b", 0)
		for n := range 2 {
			require.NoError(t, p.backlog.Send(co, job{"a", n}))
			require.NoError(t, p.backlog.Send(co, job{"b", n}))
		}
		require.NoError(t, co.Sleep(time.Second))
		require.Equal(t, []string{"b0", "b1"}, p.done)
		require.Equal(t, 2, p.backlog.Len())
		require.Equal(t, 1, p.backlog.Blocked())
		p.work("a", 0)
		require.NoError(t, p.backlog.WaitEmpty(co))
		require.Equal(t, []string{"b0", "b1", "a0", "a1"}, p.done)
		require.Zero(t, p.backlog.Blocked())
		return nil
	})
	require.Equal(t, []string{"b0", "b1", "a0", "a1"}, seen, "who looks on sees each event once")
}

// Contract 17.
func TestASenderWaitsForRoom(t *testing.T) {
	p := newShop(t, event.BacklogOptions[job]{Limit: 5, PerKey: 2})
	p.run(func(co *coroutine.Co) error {
		sent := 0
		sender := p.s.Go("sender", func(co *coroutine.Co) error {
			for n := range 6 {
				if err := p.backlog.Send(co, job{"a", n}); err != nil {
					return err
				}
				sent++
			}
			return nil
		})
		require.NoError(t, co.Sleep(time.Second))
		require.Equal(t, 2, sent, "a full key")
		require.False(t, p.backlog.TrySend(job{"a", 9}))
		require.True(t, p.backlog.TrySend(job{"b", 0}), "another key has room")
		gone := p.s.Go("gone", func(co *coroutine.Co) error { return p.backlog.Send(co, job{"a", 8}) })
		require.NoError(t, co.Yield())
		gone.Cancel()
		require.ErrorIs(t, gone.Wait(co), coroutine.ErrCancelled)
		p.work("", 0)
		require.NoError(t, sender.Wait(co))
		require.NoError(t, p.backlog.WaitEmpty(co))
		return nil
	})
	require.ElementsMatch(t, []string{"a0", "a1", "a2", "a3", "a4", "a5", "b0"}, p.done)
}

func TestUrgentEventsHaveNoLimit(t *testing.T) {
	p := newShop(t, event.BacklogOptions[job]{Limit: 1})
	p.run(func(*coroutine.Co) error {
		for n := range 3 {
			p.backlog.SendUrgent(job{"a", n})
		}
		require.Equal(t, 3, p.backlog.Len())
		return nil
	})
}

// Contract 17.
func TestBusyKeysLeaveRoomForNewOnes(t *testing.T) {
	p := newShop(t, event.BacklogOptions[job]{Limit: 4, Reserved: 2})
	p.run(func(*coroutine.Co) error {
		require.True(t, p.backlog.TrySend(job{"a", 0}))
		require.True(t, p.backlog.TrySend(job{"a", 1}))
		require.False(t, p.backlog.TrySend(job{"a", 2}))
		require.True(t, p.backlog.TrySend(job{"b", 0}))
		require.False(t, p.backlog.TrySend(job{"b", 1}))
		require.True(t, p.backlog.TrySend(job{"c", 0}))
		require.False(t, p.backlog.TrySend(job{"d", 0}), "the whole is full")
		return nil
	})
}

// Contract 16.
func TestPriorityFirstAndThenInTurn(t *testing.T) {
	p := newShop(t, event.BacklogOptions[job]{Limit: 100, Priority: func(j job) int {
		if j.key == "urgent" {
			return 1
		}
		return 0
	}})
	p.run(func(co *coroutine.Co) error {
		for n := range 3 {
			p.backlog.SendUrgent(job{"noisy", n})
		}
		p.backlog.SendUrgent(job{"quiet", 0})
		p.backlog.SendUrgent(job{"urgent", 0})
		p.backlog.SendUrgent(job{"urgent", 1})
		p.work("", time.Second)
		return p.backlog.WaitEmpty(co)
	})
	require.Equal(t, []string{"urgent0", "urgent1", "noisy0", "quiet0", "noisy1", "noisy2"}, p.done)
}

// Contract 19.
func TestWhatIsDroppedIsCountedAndMakesRoom(t *testing.T) {
	stale, dropped := false, []int(nil)
	p := newShop(t, event.BacklogOptions[job]{Limit: 3, Patience: time.Minute,
		Stale: func(j job) bool { return stale }, Dropped: func(j job) { dropped = append(dropped, j.n) }})
	p.run(func(co *coroutine.Co) error {
		for n := range 3 {
			p.backlog.SendUrgent(job{"a", n})
		}
		waits := p.s.Go("sender", func(co *coroutine.Co) error { return p.backlog.Send(co, job{"a", 3}) })
		require.NoError(t, co.Sleep(time.Second))
		odd := p.topic.All().If(func(j job) bool { return j.n%2 == 1 })
		require.Equal(t, 1, p.backlog.Ignore(odd))
		require.NoError(t, waits.Wait(co))
		require.Equal(t, 3, p.backlog.Len())
		require.NoError(t, co.Sleep(90*time.Second), "one has lost its patience")
		require.Equal(t, []int{1, 0}, dropped)
		stale = true
		p.work("", 0)
		require.NoError(t, p.backlog.WaitEmpty(co))
		require.Empty(t, p.done)
		require.Equal(t, []int{1, 0, 2, 3}, dropped)
		require.EqualValues(t, 4, p.backlog.Dropped())
		return nil
	})
}

func TestAKeyCanBeHeldByHand(t *testing.T) {
	p := newShop(t, event.BacklogOptions[job]{Limit: 3, Patience: time.Second})
	p.run(func(co *coroutine.Co) error {
		p.work("", 0)
		p.backlog.Block(jobKey{A: "a"})
		require.NoError(t, p.backlog.Send(co, job{"a", 0}))
		require.NoError(t, p.backlog.Send(co, job{"b", 0}))
		require.NoError(t, co.Sleep(time.Minute))
		require.Equal(t, []string{"b0"}, p.done)
		p.backlog.Unblock(jobKey{A: "a"})
		return p.backlog.WaitEmpty(co)
	})
	require.Equal(t, []string{"b0", "a0"}, p.done)
}

func TestAHandlingStreamLosesNothing(t *testing.T) {
	p := newShop(t, event.BacklogOptions[job]{Limit: 3})
	st := p.topic.All().Handling().Stream(1, event.DropNewest)
	p.run(func(co *coroutine.Co) error {
		co.Go("sender", func(co *coroutine.Co) error {
			for n := range 20 {
				if err := p.backlog.Send(co, job{"a", n}); err != nil {
					return err
				}
			}
			return nil
		})
		for n := range 20 {
			if n%3 == 0 {
				require.NoError(t, co.Sleep(time.Second))
			}
			j, err := st.Next(co)
			require.NoError(t, err)
			require.Equal(t, n, j.n)
		}
		return nil
	})
	require.Zero(t, st.Dropped())
}

// Contract 18.
func TestACancelledHandlerHasWhatItWasGiven(t *testing.T) {
	p := newShop(t, event.BacklogOptions[job]{Limit: 3})
	var handler *coroutine.Task
	p.topic.All().Subscribe(func(job) { handler.Cancel() }) // runs first
	var got []int
	handler = p.s.Go("handler", func(co *coroutine.Co) error {
		for {
			j, err := p.topic.All().Handling().Wait(co)
			if err != nil {
				return err
			}
			got = append(got, j.n)
		}
	})
	p.run(func(co *coroutine.Co) error {
		require.NoError(t, p.backlog.Send(co, job{"a", 1}))
		require.NoError(t, p.backlog.Send(co, job{"a", 2}))
		require.ErrorIs(t, handler.Wait(co), coroutine.ErrCancelled)
		require.Equal(t, []int{1}, got)
		require.Equal(t, 1, p.backlog.Len(), "the other one waits for another handler")
		return nil
	})
}

// Whatever happens, each event is handled once and in the order of its key, and no bound is passed.
//
// Contract 14, 15.
func TestEveryEventIsHandledOnce(t *testing.T) {
	for seed := range uint64(50) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { crowd(t, seed+1) })
	}
}

func crowd(t *testing.T, seed uint64) {
	s := coroutine.New(coroutine.Options{Clock: coroutine.NewVirtual(time.Unix(0, 0)), Seed: seed})
	topic := event.NewTopic(event.NewBus(s), "job", func(j job) jobKey { return jobKey{A: j.key} })
	rnd := s.Rand()
	limit, perKey := 1+rnd.IntN(8), 1+rnd.IntN(4)
	b := event.NewBacklog(topic, event.BacklogOptions[job]{Limit: limit, PerKey: perKey, Reserved: rnd.IntN(limit),
		Priority: func(j job) int { return len(j.key) % 2 }})
	const keys, each = 4, 30
	handled, offers, offer := map[string]int{}, 0, map[string]int{}
	topic.All().Subscribe(func(job) { offers++ }) // runs before the workers
	worker := func(co *coroutine.Co) error {
		for {
			m := topic.All()
			if rnd.IntN(2) == 0 {
				m = topic.Match(jobKey{A: fmt.Sprint(rnd.IntN(keys))}, event.Exact)
			}
			j, err := m.Handling().WaitTimeout(co, time.Duration(1+rnd.IntN(5))*time.Second)
			if errors.Is(err, coroutine.ErrTimeout) {
				continue
			}
			if err != nil {
				return err
			}
			if j.n != handled[j.key]-1 || offer[j.key] != offers { // both workers may get one event, in one offer
				require.Equal(t, handled[j.key], j.n)
				handled[j.key]++
				offer[j.key] = offers
			}
			require.LessOrEqual(t, b.Len(), limit)
			_ = co.Sleep(time.Duration(rnd.IntN(3)) * time.Second)
		}
	}
	s.Go("test", crowded(t, b, keys, each, worker))
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(t, s.Run(ctx))
	for k := range keys {
		require.Equal(t, each, handled[fmt.Sprint(k)], "seed %d", seed)
	}
}

// crowded sends, while workers come and go.
func crowded(t *testing.T, b *event.Backlog[jobKey, job], keys, each int, worker coroutine.Body) coroutine.Body {
	return func(co *coroutine.Co) error {
		s, rnd := co.Scheduler(), co.Scheduler().Rand()
		var senders []coroutine.Body
		for k := range keys {
			senders = append(senders, func(co *coroutine.Co) error {
				for n := range each {
					require.NoError(t, b.Send(co, job{fmt.Sprint(k), n}))
				}
				return nil
			})
		}
		workers := []*coroutine.Task{co.Go("worker", worker), co.Go("worker", worker)}
		co.Go("killer", func(co *coroutine.Co) error {
			for {
				if err := co.Sleep(time.Duration(1+rnd.IntN(20)) * time.Second); err != nil {
					return err
				}
				i := rnd.IntN(len(workers))
				workers[i].Cancel()
				_ = workers[i].Wait(co)
				workers[i] = s.Go("worker", worker, coroutine.Daemon())
			}
		})
		require.NoError(t, coroutine.All(co, "sender", senders...))
		return b.WaitEmpty(co)
	}
}

// A matcher of a new shape finds what is blocked, whatever else there is that is not.
func TestANewShapeOfMatcherFindsWhatIsBlocked(t *testing.T) {
	for range 20 { // maps are walked in random order
		p := newShop(t, event.BacklogOptions[job]{Limit: 20})
		p.run(func(co *coroutine.Co) error {
			for i := range 8 {
				p.backlog.Block(jobKey{A: fmt.Sprint("held", i)})
			}
			p.backlog.SendUrgent(job{"a", 0})
			require.NoError(t, co.Sleep(time.Second))
			p.work("", 0)
			return p.backlog.WaitEmpty(co)
		})
	}
}
