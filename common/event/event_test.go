package event_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/event"
)

type stateEvent string

type world struct {
	t     *testing.T
	s     *coroutine.Scheduler
	bus   *event.Bus
	ports *event.Topic[portKey, portEvent]
	state *event.Topic[event.Key0, stateEvent]
	log   []string
}

func newWorld(t *testing.T) *world {
	s := coroutine.New(coroutine.Options{
		Clock: coroutine.NewVirtual(time.Unix(0, 0)), Seed: 1, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	b := event.NewBus(s)
	return &world{t: t, s: s, bus: b,
		ports: event.NewTopic(b, "port", portEvent.key),
		state: event.NewTopic(b, "state", func(stateEvent) event.Key0 { return event.Key0{} }),
	}
}

func (w *world) note(format string, args ...any) { w.log = append(w.log, fmt.Sprintf(format, args...)) }

// run runs body as the main coroutine and checks that nothing stays registered.
func (w *world) run(body func(co *coroutine.Co)) {
	main := w.s.Go("main", func(co *coroutine.Co) error {
		body(co)
		return nil
	})
	require.NoError(w.t, w.s.Run(context.Background()))
	require.NoError(w.t, main.Err())
}

// settle lets everything run that is runnable, and what that makes runnable.
func settle(co *coroutine.Co) { _ = co.Sleep(time.Millisecond) }

func on(port uint32) portKey            { return portKey{A: 1, B: port} }
func at(port uint32, n int) portEvent   { return portEvent{datapath: 1, port: port, n: n} }
func (w *world) port(p uint32) portM    { return w.ports.Match(on(p), event.Exact) }
func (w *world) listeners() (total int) { return w.ports.Listeners() + w.state.Listeners() }

type portM = event.Matcher[portKey, portEvent]

// looper waits for m until it is cancelled and notes what it gets.
func (w *world) looper(name string, m portM) *coroutine.Task {
	return w.s.Go(name, func(co *coroutine.Co) error {
		for {
			e, err := m.Wait(co)
			if err != nil {
				return err
			}
			w.note("%s:%d", name, e.n)
		}
	}, coroutine.Daemon())
}

// Contract 1, 2.
func TestEventsAreTakenInTheOrderOfPublishing(t *testing.T) {
	w := newWorld(t)
	w.ports.All().Subscribe(func(e portEvent) { w.note("port %d", e.n) })
	w.state.All().Subscribe(func(e stateEvent) { w.note("state %s", e) })
	w.run(func(co *coroutine.Co) {
		w.ports.Publish(at(1, 1))
		w.state.Publish("up")
		w.ports.Publish(at(2, 2))
		w.state.Publish("down")
		require.Empty(t, w.log, "publish runs no listener")
		require.Equal(t, 4, w.bus.Pending())
		settle(co)
	})
	require.Equal(t, []string{"port 1", "state up", "port 2", "state down"}, w.log)
	require.Equal(t, "bus: 0 pending, 4 taken", w.bus.String())
}

// Contract 3.
func TestListenersAreThoseWhenTheEventIsTaken(t *testing.T) {
	w := newWorld(t)
	w.run(func(co *coroutine.Co) {
		w.ports.Publish(at(1, 1))
		e, err := w.port(1).Wait(co)
		require.NoError(t, err)
		require.Equal(t, 1, e.n)
		w.ports.Publish(at(1, 2))
		settle(co) // nobody listens
		_, err = w.port(1).WaitTimeout(co, time.Second)
		require.ErrorIs(t, err, coroutine.ErrTimeout)
	})
}

// Contract 4.
func TestWaitingAgainAtOnceMissesNothing(t *testing.T) {
	w := newWorld(t)
	w.looper("a", w.port(1))
	w.looper("b", w.ports.Match(on(0), event.AnyB))
	w.run(func(co *coroutine.Co) {
		settle(co)
		for i := range 4 {
			w.ports.Publish(at(uint32(i%2), i))
		}
		settle(co)
	})
	require.Equal(t, []string{"b:0", "a:1", "b:1", "b:2", "a:3", "b:3"}, w.log)
}

// Contract 4, 10.
func TestAListenerThatIsRunnableAlreadyHoldsTheNextEvent(t *testing.T) {
	w := newWorld(t)
	other := w.s.Go("other", func(co *coroutine.Co) error {
		for {
			e, err := w.port(1).WaitTimeout(co, time.Second) // times out in the step of the events
			if err != nil {
				return err
			}
			w.note("other:%d", e.n)
		}
	}, coroutine.Daemon())
	w.s.After(time.Second, func() { // made first, due first
		w.ports.Publish(at(1, 1))
		w.ports.Publish(at(1, 2))
	})
	w.run(func(co *coroutine.Co) {
		_ = co.Sleep(time.Second + time.Millisecond)
		require.False(t, other.Done(), "an event in the step of the timeout counts")
		require.Equal(t, []string{"other:1", "other:2"}, w.log)
		_ = co.Sleep(2 * time.Second)
		require.ErrorIs(t, other.Err(), coroutine.ErrTimeout)
	})
}

// Contract 5.
func TestEveryListenerInTheOrderOfRegistration(t *testing.T) {
	w := newWorld(t)
	say := func(name string) func(portEvent) { return func(e portEvent) { w.note("%s:%d", name, e.n) } }
	w.ports.All().Subscribe(say("all"))
	w.port(1).Subscribe(say("exact"))
	w.ports.Match(on(0), event.AnyB).Subscribe(say("dp"))
	w.port(1).If(func(e portEvent) bool { return e.n > 1 }).Subscribe(say("big"))
	w.ports.Match(on(1), event.AnyA).Subscribe(say("port"))
	w.port(1).Subscribe(say("exact2"))
	w.run(func(co *coroutine.Co) {
		w.ports.Publish(at(1, 1))
		settle(co)
		require.Equal(t, []string{"all:1", "exact:1", "dp:1", "port:1", "exact2:1"}, w.log)
		w.log = nil
		w.ports.Publish(portEvent{datapath: 2, port: 1, n: 2})
		w.ports.Publish(at(1, 3))
		settle(co)
		require.Equal(t, []string{"all:2", "port:2", "all:3", "exact:3", "dp:3", "big:3", "port:3", "exact2:3"}, w.log)
	})
}

// Contract 6.
func TestAWaitBegunDuringDeliveryDoesNotGetThatEvent(t *testing.T) {
	w := newWorld(t)
	w.looper("a", w.ports.All())
	w.port(1).Subscribe(func(portEvent) {
		if len(w.log) < 3 {
			w.port(1).Subscribe(func(e portEvent) { w.note("late:%d", e.n) })
		}
	})
	w.run(func(co *coroutine.Co) {
		settle(co)
		w.ports.Publish(at(1, 1))
		settle(co)
		require.Equal(t, []string{"a:1"}, w.log)
	})
}

// Contract 6, 7.
func TestWaitAnyReturnsTheFirstCaseThatMatches(t *testing.T) {
	w := newWorld(t)
	w.run(func(co *coroutine.Co) {
		wide, exact, up := w.ports.All().Slot(), w.port(1).Slot(), w.state.All().Slot()
		w.state.Publish("up")
		i, err := event.WaitAny(co, exact, wide, up)
		require.NoError(t, err)
		require.Equal(t, 2, i)
		e, ok := up.Event()
		require.True(t, ok)
		require.Equal(t, stateEvent("up"), e)
		_, ok = wide.Event()
		require.False(t, ok)

		w.ports.Publish(at(1, 7))
		w.ports.Publish(at(1, 8))
		for n := 7; n <= 8; n++ {
			i, err = event.WaitAny(co, up, exact, wide)
			require.NoError(t, err)
			require.Equal(t, 1, i)
			p, _ := exact.Event()
			require.Equal(t, n, p.n, "one wake for an event that two cases match")
		}
		i, err = event.WaitAnyTimeout(co, time.Second, up, exact)
		require.ErrorIs(t, err, coroutine.ErrTimeout)
		require.Equal(t, -1, i)
		require.Zero(t, w.listeners())
	})
}

// Contract 7.
func TestWaitAllWakesOnceWithTheFirstEvents(t *testing.T) {
	w := newWorld(t)
	one, wide, up := w.port(1).Slot(), w.ports.All().Slot(), w.state.All().Slot()
	w.run(func(co *coroutine.Co) {
		for i := range 3 {
			w.ports.Publish(at(uint32(i), i))
		}
		w.state.Publish("up")
		require.NoError(t, event.WaitAll(co, one, wide, up))
		p, _ := one.Event()
		require.Equal(t, 1, p.n)
		p, _ = wide.Event()
		require.Equal(t, 0, p.n, "the first event")

		w.ports.Publish(at(1, 5))
		w.state.Publish("down")
		require.NoError(t, event.WaitAll(co, one, wide, up), "one event for two cases")

		w.ports.Publish(at(1, 6))
		require.ErrorIs(t, event.WaitAllTimeout(co, time.Second, one, up), coroutine.ErrTimeout)
		p, ok := one.Event()
		require.True(t, ok)
		require.Equal(t, 6, p.n)
		require.NoError(t, event.WaitAll(co))
		require.Zero(t, w.listeners())
	})
}

func TestMisusedCases(t *testing.T) {
	w := newWorld(t)
	foreign := event.NewTopic(event.NewBus(w.s), "f", func(stateEvent) event.Key0 { return event.Key0{} }).All().Slot()
	w.run(func(co *coroutine.Co) {
		s := w.port(1).Slot()
		_, err := event.WaitAny(co)
		require.ErrorIs(t, err, event.ErrNoCase)
		_, err = event.WaitAny(co, s, foreign)
		require.ErrorIs(t, err, event.ErrForeign)
		require.ErrorIs(t, event.WaitAll(co, s, s), event.ErrBusy)
		require.Zero(t, w.listeners())
	})
}

// Contract 2, 8.
func TestEventsPublishedDuringDispatchAreForALaterStep(t *testing.T) {
	w := newWorld(t)
	w.ports.All().Subscribe(func(e portEvent) {
		w.note("event %d", e.n)
		if e.n == 1 {
			w.s.Defer(func() { w.note("another step") })
			w.ports.Publish(at(1, 3))
		}
	})
	w.run(func(co *coroutine.Co) {
		w.ports.Publish(at(1, 1))
		w.ports.Publish(at(1, 2))
		settle(co)
	})
	require.Equal(t, []string{"event 1", "event 2", "another step", "event 3"}, w.log)
}

// Contract 9, 10.
func TestAWaitThatEndsLeavesNothingRegistered(t *testing.T) {
	w := newWorld(t)
	a, b := w.looper("a", w.port(1)), w.looper("b", w.port(2))
	c := w.s.Go("c", func(co *coroutine.Co) error {
		return event.WaitAll(co, w.port(1).Slot(), w.state.All().Slot())
	}, coroutine.Daemon())
	d := w.s.Go("d", func(co *coroutine.Co) error {
		for { // does not want to end: it is unwound
			_, _ = event.WaitAny(co, w.port(3).Slot(), w.state.All().Slot())
		}
	}, coroutine.Daemon())
	w.run(func(co *coroutine.Co) {
		settle(co)
		require.Equal(t, 6, w.listeners())
		w.ports.Publish(at(1, 1))
		for _, task := range []*coroutine.Task{a, b, c, d} {
			task.Cancel() // a is cancelled before its event is taken
		}
		settle(co)
		require.Zero(t, w.listeners())
		require.Empty(t, w.log, "a cancelled coroutine does not get the event")
		for _, task := range []*coroutine.Task{a, b, c, d} {
			require.ErrorIs(t, task.Err(), coroutine.ErrCancelled)
		}
		_, err := w.port(1).WaitTimeout(co, time.Second)
		require.ErrorIs(t, err, coroutine.ErrTimeout)
		require.Zero(t, w.listeners())
	})
}

// Contract 9, 10.
func TestCancellationByAnEarlierListener(t *testing.T) {
	w := newWorld(t)
	var victim *coroutine.Task
	var second *event.Subscription
	w.ports.All().Subscribe(func(portEvent) {
		victim.Cancel()
		second.Close()
	})
	victim = w.looper("victim", w.port(1))
	second = w.ports.All().Subscribe(func(portEvent) { w.note("second") })
	w.run(func(co *coroutine.Co) {
		settle(co)
		w.ports.Publish(at(1, 1))
		w.ports.Publish(at(1, 2))
		settle(co)
		require.Empty(t, w.log)
		require.ErrorIs(t, victim.Err(), coroutine.ErrCancelled)
		require.Equal(t, 1, w.listeners())
		second.Close()
		require.Equal(t, 1, w.listeners())
	})
}

// Contract 11.
func TestAPanicConcernsOnlyItsListener(t *testing.T) {
	w := newWorld(t)
	w.port(1).If(func(portEvent) bool { panic("predicate") }).Subscribe(func(portEvent) { w.note("never") })
	w.port(1).Subscribe(func(portEvent) { panic("callback") })
	bad := w.s.Go("bad", func(co *coroutine.Co) error {
		_, _ = w.port(1).Wait(co)
		panic("coroutine")
	})
	w.looper("good", w.port(1))
	w.run(func(co *coroutine.Co) {
		settle(co)
		w.ports.Publish(at(1, 1))
		w.ports.Publish(at(1, 2))
		settle(co)
		require.Equal(t, []string{"good:1", "good:2"}, w.log)
		var p *coroutine.PanicError
		require.ErrorAs(t, bad.Err(), &p)
		require.Equal(t, 3, w.listeners())
	})
}

func TestKeysThatEqualNothing(t *testing.T) {
	w := newWorld(t)
	type reading = event.Key2[float64, any]
	topic := event.NewTopic(w.bus, "reading", func(k reading) reading { return k })
	nan := reading{A: math.NaN(), B: 1}
	got := 0
	sub := topic.Match(nan, event.Exact).Subscribe(func(reading) { got += 100 })
	topic.Match(nan, event.AnyA).Subscribe(func(reading) { got++ })
	topic.Match(reading{B: 1}, event.Exact).Subscribe(func(reading) { got += 100 })
	w.run(func(co *coroutine.Co) {
		topic.Publish(nan)
		settle(co)
		require.Equal(t, 1, got)
		sub.Close()
		require.Equal(t, 2, topic.Listeners())
		require.Panics(t, func() { topic.Publish(reading{B: []int{}}) })
		require.Panics(t, func() { topic.Match(reading{B: []int{}}, event.Exact) })
		require.Zero(t, w.bus.Pending())
	})
}
