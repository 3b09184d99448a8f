package controller

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/event"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// module is one with a table of its own name.
func module(name string, start func(m *Instance) error) Module {
	if start == nil {
		start = func(*Instance) error { return nil }
	}
	return Module{Name: name, Tables: []Table{{Name: name}}, Start: start}
}

func names(c *Controller) string {
	var out []string
	for _, s := range c.Modules() {
		out = append(out, s.Name+":"+s.State.String())
	}
	return strings.Join(out, " ")
}

// run runs body as a coroutine of c.
func run(t *testing.T, c *Controller, body func(co *coroutine.Co)) {
	t.Helper()
	done := false
	c.s.Go("test", func(co *coroutine.Co) error {
		body(co)
		done = true
		return nil
	})
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	require.NoError(t, c.s.Run(ctx))
	require.True(t, done)
}

func TestNeedsAreLoadedFirstAndUnloadedLast(t *testing.T) {
	c := New(Options{})
	a, b, d := module("a", nil), module("b", nil), module("d", nil)
	a.Needs, b.Needs = []string{"b"}, []string{"d"}
	c.Provide(d)
	require.NoError(t, c.Load(a, b))
	require.Equal(t, "d:loaded b:loaded a:loaded", names(c))
	require.ErrorIs(t, c.Load(a), ErrLoaded)
	require.EqualError(t, c.Unload("d"), "unload d: module is needed by others: b")
	require.EqualError(t, c.Unload("x"), "unload x: no such module")
	require.NoError(t, c.Unload("a"))
	require.NoError(t, c.Unload("b"))
	require.NoError(t, c.Unload("d"))
	require.Empty(t, names(c))
}

func TestWhatCannotBeLoaded(t *testing.T) {
	c := New(Options{})
	a, b := module("a", nil), module("b", nil)
	a.Needs, b.Needs = []string{"b"}, []string{"a"}
	require.EqualError(t, c.Load(a), "load a → b: no such module")
	require.EqualError(t, c.Load(a, b), "load a → b → a: modules need one another in a circle")
	boom := module("boom", func(*Instance) error { panic("boom") })
	err := c.Load(boom)
	var p *coroutine.PanicError
	require.ErrorAs(t, err, &p)
	require.Contains(t, string(p.Stack), "TestWhatCannotBeLoaded")
	require.ErrorIs(t, c.Load(module("", nil)), ErrInvalid)
	twin := module("twin", nil)
	twin.Number, a.Needs = 7, nil
	a.Number = 7
	require.NoError(t, c.Load(a))
	require.ErrorContains(t, c.Load(twin), "number 7 in cookies is that of a")
	require.Equal(t, "a:loaded", names(c))
	require.Equal(t, []string{"a"}, c.Tables().Names())
}

func TestAModuleUsesWhatItNeeds(t *testing.T) {
	c := New(Options{})
	var err error
	var got string
	user := module("user", func(m *Instance) error {
		got, err = API[string](m, "maker")
		_, wrong := API[int](m, "maker")
		_, foreign := API[string](m, "other")
		return errors.Join(err, errors.Join(wrong, foreign))
	})
	user.Needs = []string{"maker"}
	load := c.Load(user, module("maker", func(m *Instance) error { m.Export("hello"); return nil }))
	require.NoError(t, err)
	require.Equal(t, "hello", got)
	require.ErrorContains(t, load, "use of maker, which exports string and not int")
	require.ErrorContains(t, load, "use of other by user, which does not need it")
}

func TestAPanicEndsItsModuleAndThoseThatNeedIt(t *testing.T) {
	c := New(Options{})
	faulty := module("faulty", func(m *Instance) error {
		m.Go("worker", func(co *coroutine.Co) error {
			require.NoError(t, co.Sleep(time.Millisecond))
			panic("boom")
		})
		return nil
	})
	user, cleaned := module("user", nil), false
	user.Needs = []string{"faulty"}
	user.Start = func(m *Instance) error {
		m.Go("idle", func(co *coroutine.Co) error {
			defer func() { cleaned = true }()
			return co.Sleep(time.Hour)
		})
		return nil
	}
	require.NoError(t, c.Load(module("other", nil), faulty, user))
	run(t, c, func(co *coroutine.Co) {
		seen := c.Events().Match(ModuleKey{A: "faulty"}, event.Exact)
		e, err := seen.Wait(co)
		require.NoError(t, err)
		require.Equal(t, Unloaded, e.State)
		var p *coroutine.PanicError
		require.ErrorAs(t, e.Err, &p)
		require.Contains(t, string(p.Stack), "controller_test.go")
		require.NoError(t, co.Yield())
	})
	require.Equal(t, "other:loaded faulty:unloaded user:unloaded", names(c))
	require.True(t, cleaned)
	require.ErrorIs(t, c.Modules()[2].Err, ErrNeededFailed)
}

func TestAFailedModuleIsRestarted(t *testing.T) {
	s := coroutine.New(coroutine.Options{Clock: coroutine.NewVirtual(time.Unix(0, 0))})
	c := New(Options{Scheduler: s})
	var starts []time.Duration
	m := module("m", func(m *Instance) error {
		starts = append(starts, m.Now().Sub(time.Unix(0, 0)))
		if len(starts) == 2 {
			return errors.New("not yet")
		}
		m.Go("worker", func(co *coroutine.Co) error {
			if len(starts) > 3 {
				return nil
			}
			return errors.New("gave up")
		})
		return nil
	})
	m.OnFailure = Restart
	require.NoError(t, c.Load(m))
	run(t, c, func(co *coroutine.Co) { require.NoError(t, co.Sleep(time.Hour)) })
	require.Equal(t, []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second}, starts)
	require.Equal(t, "m:loaded", names(c))
	require.Equal(t, 3, c.Modules()[0].Restarts)
}

// flows of a bridge, without what changes by itself.
func flows(sw *ovstest.Switch, bridge string) []string {
	var out []string
	for _, l := range strings.Split(sw.Ofctl("dump-flows", "--no-stats", sw.OpenFlow(bridge)), "\n") {
		if _, f, ok := strings.Cut(l, ", "); ok {
			out = append(out, strings.Replace(strings.TrimSpace(f), "reset_counts ", "", 1)) // implied by 1.0
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	return out
}

// place sorts flows by table and priority.
func place(flow string) string {
	table, prio := 0, 0
	for _, part := range strings.FieldsFunc(flow, func(r rune) bool { return r == ' ' || r == ',' }) {
		_, _ = fmt.Sscanf(part, "table=%d", &table)
		_, _ = fmt.Sscanf(part, "priority=%d", &prio)
	}
	return fmt.Sprintf("%03d %05d", table, 99999-prio)
}

func TestModulesComeAndGoOnARealSwitch(t *testing.T) {
	sw := ovstest.Start(t)
	for _, v := range []openflow.Version{openflow.Version13, openflow.Version10} {
		t.Run(v.String(), func(t *testing.T) { comeAndGo(t, sw, "br"+v.String()[2:], v) })
	}
}

func comeAndGo(t *testing.T, sw *ovstest.Switch, bridge string, v openflow.Version) {
	c := New(Options{Versions: []openflow.Version{v}})
	_, err := c.Serve(sw.Bridge(bridge))
	require.NoError(t, err)
	up := coroutine.NewQueue[*Switch](1)
	l2 := module("l2", func(m *Instance) error {
		m.OnSwitch(func(sw *Switch) error {
			require.NoError(t, sw.Want("port/1", flow.Flow{Priority: 9, Match: flow.Match{}.InPort(1), Goto: "flood"}))
			require.NoError(t, sw.Send(flow.Flow{Priority: 8, Match: flow.Match{}.InPort(7), IdleTimeout: 60}))
			up.TryPut(sw)
			return nil
		}, nil)
		return nil
	})
	l2.Tables = []Table{{Name: "l2", To: []string{"flood"}, Miss: MissDrop}, {Name: "flood", Path: "flood"}}
	wall := module("wall", func(m *Instance) error {
		m.OnSwitch(func(sw *Switch) error {
			require.NoError(t, sw.Want("telnet", flow.Flow{Priority: 5, Match: flow.Match{}.TCPDst(23)}))
			return nil
		}, nil)
		return nil
	})
	wall.Tables[0].Before = []string{"l2"}
	require.NoError(t, c.Load(l2))
	to := func(n int) string {
		if v == openflow.Version10 {
			return fmt.Sprintf("actions=resubmit(,%d)", n)
		}
		return fmt.Sprintf("actions=goto_table:%d", n)
	}
	want := func(flow ...string) { require.Equal(t, flow, flows(sw, bridge)) }
	run(t, c, func(co *coroutine.Co) {
		x, err := up.Get(co)
		require.NoError(t, err)
		require.Equal(t, v, x.Version())
		require.NoError(t, x.Sync(co))
		want("priority=9,in_port=1 "+to(10), "idle_timeout=60, priority=8,in_port=7 actions=drop",
			"priority=0 actions=drop", "table=10, priority=0 actions=drop")
		require.NoError(t, c.Load(wall))
		require.NoError(t, x.Sync(co))
		want("priority=5,tcp,tp_dst=23 actions=drop", "priority=0 "+to(5), "table=5, priority=9,in_port=1 "+to(10),
			"table=5, priority=0 actions=drop", "table=10, priority=0 actions=drop")
		require.NoError(t, c.Unload("wall"))
		require.NoError(t, x.Sync(co))
		want("priority=9,in_port=1 "+to(10), "priority=0 actions=drop", "table=10, priority=0 actions=drop")
	})
	adopted(t, sw, bridge, v, l2)
}

// adopted: another run of the program finds its flows, and changes none.
func adopted(t *testing.T, sw *ovstest.Switch, bridge string, v openflow.Version, l2 Module) {
	up := coroutine.NewQueue[*Switch](1)
	l2.Start = func(m *Instance) error {
		m.OnSwitch(func(sw *Switch) error {
			require.NoError(t, sw.Want("port/1", flow.Flow{Priority: 9, Match: flow.Match{}.InPort(1), Goto: "flood"}))
			up.TryPut(sw)
			return nil
		}, nil)
		return nil
	}
	c := New(Options{Versions: []openflow.Version{v}})
	require.NoError(t, c.Load(l2))
	_, err := c.Serve(sw.OpenFlow(bridge))
	require.NoError(t, err)
	run(t, c, func(co *coroutine.Co) {
		x, err := up.Get(co)
		require.NoError(t, err)
		for x.Counts().Installed == 0 {
			require.NoError(t, co.Sleep(time.Millisecond))
		}
		require.NoError(t, x.Sync(co))
		require.Equal(t, Counts{Wanted: 3, Installed: 3}, x.Counts())
	})
}
