package event_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/event"
)

type alarm struct {
	port string
	n    int
}

// Contract 13.
func TestASpecialKindReachesThoseWhoListenToTheGeneralOne(t *testing.T) {
	p := newShop(t, event.BacklogOptions[job]{Limit: 5})
	alarms := event.NewTopic(p.topic.Bus(), "alarm", func(a alarm) jobKey { return jobKey{A: a.port} })
	event.Extend(p.topic, alarms, func(j job) alarm { return alarm{port: "port of " + j.key, n: j.n} })
	var got []string
	say := func(who string) func(job) { return func(j job) { got = append(got, fmt.Sprint(who, j.n)) } }
	p.topic.All().Subscribe(say("first "))
	alarms.Match(jobKey{A: "port of a"}, event.Exact).Subscribe(func(a alarm) {
		got = append(got, fmt.Sprint(a.port, " ", a.n))
	})
	p.topic.All().Subscribe(say("last "))
	p.run(func(co *coroutine.Co) error {
		p.topic.Publish(job{"a", 1})
		alarms.Publish(alarm{"port of a", 2})
		require.NoError(t, co.Sleep(time.Second))
		require.Equal(t, []string{"first 1", "port of a 1", "last 1", "port of a 2"}, got)

		require.NoError(t, p.backlog.Send(co, job{"a", 3}))
		require.NoError(t, co.Sleep(time.Second))
		require.Equal(t, 1, p.backlog.Blocked())
		a, err := alarms.All().Handling().Wait(co)
		require.NoError(t, err)
		require.Equal(t, 3, a.n, "a handler of the general kind")
		return nil
	})
}

func TestUntilAnEventComes(t *testing.T) {
	p := newShop(t, event.BacklogOptions[job]{})
	cleaned := false
	p.run(func(co *coroutine.Co) error {
		slot := p.topic.Match(jobKey{A: "stop"}, event.Exact).Slot()
		p.s.After(time.Second, func() { p.topic.Publish(job{"stop", 7}) })
		err := event.Until(co, "work", func(co *coroutine.Co) error {
			defer func() { cleaned = true }()
			return co.Sleep(time.Hour)
		}, slot)
		var i *event.Interrupted
		require.ErrorAs(t, err, &i)
		require.Zero(t, i.Case)
		require.True(t, cleaned, "the body has ended")
		j, _ := slot.Event()
		require.Equal(t, 7, j.n)
		require.NoError(t, event.Until(co, "short", func(co *coroutine.Co) error { return co.Sleep(time.Second) }, slot))
		require.EqualError(t, event.Until(co, "bad", func(*coroutine.Co) error { return errors.New("no") }, slot), "no")
		return nil
	})
	require.Zero(t, p.topic.Listeners())
}

func TestCallbackWhileABodyRuns(t *testing.T) {
	p := newShop(t, event.BacklogOptions[job]{})
	p.run(func(co *coroutine.Co) error {
		sum := 0
		add := func(j job) error {
			if sum += j.n; sum > 5 {
				return errors.New("too much")
			}
			return nil
		}
		publish := func(numbers ...int) coroutine.Body {
			return func(co *coroutine.Co) error {
				for _, n := range numbers {
					p.topic.Publish(job{"a", n})
					if err := co.Sleep(time.Second); err != nil {
						return err
					}
				}
				return nil
			}
		}
		require.NoError(t, event.WithCallback(co, p.topic.All(), add, publish(1, 2)))
		require.Equal(t, 3, sum)
		require.EqualError(t, event.WithCallback(co, p.topic.All(), add, publish(1, 3, 100)), "too much")
		require.Equal(t, 7, sum, "the body was cancelled before its last number")
		return nil
	})
}
