package event_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/event"
	"github.com/vlcp-go/vlcp/common/memtest"
)

type portKey = event.Key2[uint64, uint32]

type portEvent struct {
	datapath uint64
	port     uint32
	n        int
}

func (e portEvent) key() portKey { return portKey{A: e.datapath, B: e.port} }

const burst = 64 // events that a benchmark's sender publishes in one step

// waitLoop waits for m again and again and counts.
func waitLoop(m event.Matcher[portKey, portEvent], got *int) func(co *coroutine.Co) error {
	return func(co *coroutine.Co) error {
		for {
			if _, err := m.Wait(co); err != nil {
				return err
			}
			*got++
		}
	}
}

// benchmarkSend publishes b.N events, a burst in each step, to waiting coroutines; next yields the port to send to.
func benchmarkSend(b *testing.B, waiting, perStep int, next func(i int) int) {
	s := coroutine.New(coroutine.Options{Seed: 1})
	t := event.NewTopic(event.NewBus(s), "port", portEvent.key)
	got := 0
	for i := range waiting {
		m := t.Match(portKey{A: 1, B: uint32(i)}, event.Exact)
		s.Go("waiter", waitLoop(m, &got), coroutine.Daemon())
	}
	s.Go("sender", func(co *coroutine.Co) error {
		send := func(n int) {
			for i := range n {
				t.Publish(portEvent{datapath: 1, port: uint32(next(i)), n: i})
				if i%perStep == perStep-1 {
					_ = co.Yield()
				}
			}
			_ = co.Yield()
			_ = co.Yield()
		}
		_ = co.Yield()
		send(3 * waiting) // the first wake of each grows the stacks and the free lists
		got = 0
		b.ReportAllocs()
		b.ResetTimer()
		send(b.N)
		b.StopTimer()
		return nil
	})
	require.NoError(b, s.Run(context.Background()))
	require.Equal(b, b.N, got)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkDispatch sends to ten coroutines while that many wait on distinct index values.
func BenchmarkDispatch(b *testing.B) {
	for _, n := range []int{10, 10000, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			benchmarkSend(b, n, burst, func(i int) int { return i % 10 * (n / 10) })
		})
	}
}

// BenchmarkDispatchEach sends to all waiting coroutines in turn: with 10,000 stacks the processor's caches count.
func BenchmarkDispatchEach(b *testing.B) {
	for _, n := range []int{10, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			benchmarkSend(b, n, burst, func(i int) int { return i % n })
		})
	}
}

// BenchmarkOneToOne is one sender and one waiter, in bursts and with a switch to the waiter after every event.
func BenchmarkOneToOne(b *testing.B) {
	for name, perStep := range map[string]int{"burst": burst, "each": 1} {
		b.Run(name, func(b *testing.B) { benchmarkSend(b, 1, perStep, func(int) int { return 0 }) })
	}
}

// BenchmarkSubscribe is one sender and one callback.
func BenchmarkSubscribe(b *testing.B) {
	s := coroutine.New(coroutine.Options{Seed: 1})
	t := event.NewTopic(event.NewBus(s), "port", portEvent.key)
	got := 0
	t.Match(portKey{A: 1}, event.AnyB).Subscribe(func(portEvent) { got++ })
	s.Go("sender", func(co *coroutine.Co) error {
		b.ReportAllocs()
		b.ResetTimer()
		for i := range b.N {
			t.Publish(portEvent{datapath: 1, port: uint32(i)})
			if i%burst == burst-1 {
				_ = co.Yield()
			}
		}
		return co.Yield()
	})
	require.NoError(b, s.Run(context.Background()))
	require.Equal(b, b.N, got)
}

// BenchmarkWaiting is what a waiting coroutine costs: B/waiter is memory in use, stack included.
func BenchmarkWaiting(b *testing.B) {
	const n = 100000
	for b.Loop() {
		s := coroutine.New(coroutine.Options{Seed: 1})
		t := event.NewTopic(event.NewBus(s), "port", portEvent.key)
		got := 0
		before := memtest.InUse()
		for i := range n {
			s.Go("waiter", waitLoop(t.Match(portKey{A: 1, B: uint32(i)}, event.Exact), &got), coroutine.Daemon())
		}
		s.Go("measure", func(co *coroutine.Co) error {
			_ = co.Yield()
			b.ReportMetric(float64(memtest.InUse()-before)/n, "B/waiter")
			return nil
		})
		require.NoError(b, s.Run(context.Background()))
	}
}

// BenchmarkBacklog is one sender that waits for room, and one handler.
func BenchmarkBacklog(b *testing.B) {
	s := coroutine.New(coroutine.Options{Seed: 1})
	t := event.NewTopic(event.NewBus(s), "port", portEvent.key)
	bl := event.NewBacklog(t, event.BacklogOptions[portEvent]{Limit: burst})
	got := 0
	s.Go("handler", waitLoop(t.All().Handling(), &got), coroutine.Daemon())
	s.Go("sender", func(co *coroutine.Co) error {
		_ = co.Yield()
		b.ReportAllocs()
		b.ResetTimer()
		for i := range b.N {
			if err := bl.Send(co, portEvent{datapath: 1, port: uint32(i % 8)}); err != nil {
				return err
			}
		}
		return bl.WaitEmpty(co)
	})
	require.NoError(b, s.Run(context.Background()))
	require.Equal(b, b.N, got)
}
