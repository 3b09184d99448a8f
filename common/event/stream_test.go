package event_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/event"
)

// Contract 12.
func TestStreamPolicies(t *testing.T) {
	for _, c := range []struct {
		policy event.Overflow
		want   []int
		lost   uint64
		end    error
	}{
		{event.DropNewest, []int{0, 1, 2}, 2, coroutine.ErrTimeout},
		{event.DropOldest, []int{2, 3, 4}, 2, coroutine.ErrTimeout},
		{event.End, []int{0, 1, 2}, 1, event.ErrOverflow},
	} {
		w := newWorld(t)
		w.run(func(co *coroutine.Co) {
			s := w.port(1).Stream(3, c.policy)
			for i := range 5 {
				w.ports.Publish(at(1, i))
				w.ports.Publish(at(2, i))
			}
			settle(co)
			require.Equal(t, len(c.want), s.Len())
			require.Equal(t, c.lost, s.Dropped())
			for _, n := range c.want {
				e, err := s.Next(co)
				require.NoError(t, err)
				require.Equal(t, n, e.n)
			}
			_, err := s.NextTimeout(co, time.Second)
			require.ErrorIs(t, err, c.end)
			s.Close()
			require.Zero(t, w.listeners())
		})
	}
}

func TestStreamReaderRunsWithEachEvent(t *testing.T) {
	w := newWorld(t)
	w.run(func(co *coroutine.Co) {
		s := w.ports.All().Stream(1, event.End)
		reader := co.Go("reader", func(co *coroutine.Co) error {
			for {
				e, err := s.Next(co)
				if err != nil {
					return err
				}
				w.note("reader:%d", e.n)
			}
		})
		w.ports.All().Subscribe(func(e portEvent) { w.note("after:%d", e.n) })
		settle(co)
		_, err := s.Next(co)
		require.ErrorIs(t, err, event.ErrBusy)
		for i := range 3 {
			w.ports.Publish(at(1, i))
		}
		settle(co)
		require.Equal(t, []string{"reader:0", "after:0", "reader:1", "after:1", "reader:2", "after:2"}, w.log)
		s.Close()
		require.ErrorIs(t, reader.Wait(co), coroutine.ErrClosed)
		require.Equal(t, 1, w.listeners())
	})
}

func TestStreamReaderIsCancelled(t *testing.T) {
	w := newWorld(t)
	w.run(func(co *coroutine.Co) {
		s := w.ports.All().Stream(0, event.DropNewest)
		read := func(co *coroutine.Co) error {
			_, err := s.Next(co)
			return err
		}
		reader := co.Go("reader", read)
		settle(co)
		reader.Cancel()
		w.ports.Publish(at(1, 1))
		require.ErrorIs(t, reader.Wait(co), coroutine.ErrCancelled)
		settle(co)
		require.Equal(t, 1, s.Len(), "the event stays for the next reader")
		require.NoError(t, read(co))
		s.Close()
	})
}

func TestDispatchDoesNotAllocate(t *testing.T) {
	w := newWorld(t)
	n := 0
	count := func(port uint32) func(co *coroutine.Co) error { return waitLoop(w.port(port), &n) }
	w.s.Go("one", count(1), coroutine.Daemon())
	w.s.Go("any", func(co *coroutine.Co) error {
		one, up := w.ports.Match(on(1), event.AnyA).Slot(), w.state.All().Slot()
		for {
			if _, err := event.WaitAny(co, one, up); err != nil {
				return err
			}
			n++
		}
	}, coroutine.Daemon())
	w.ports.All().If(func(e portEvent) bool { return e.port == 1 }).Subscribe(func(portEvent) { n++ })
	w.run(func(co *coroutine.Co) {
		_ = co.Yield()
		send := func() {
			w.ports.Publish(at(1, 1))
			w.ports.Publish(at(2, 1))
			_ = co.Yield()
		}
		send()
		require.Zero(t, testing.AllocsPerRun(1000, send))
		require.Equal(t, 3*1002, n)
	})
}
