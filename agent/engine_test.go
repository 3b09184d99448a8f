package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/common/controller/reconcile"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// The length of an OpenFlow message has 16 bits: a flow that is longer must not reach the switch with a wrong one.
func TestAFlowThatDoesNotFitIsRefusedHere(t *testing.T) {
	w := newWorld(t, 1)
	w.startAll()
	e := w.hosts[0].a.engine
	owner := pipeline.Owner{Module: pipeline.ModuleL2, Name: "network/big"}
	small := owner.Flow(pipeline.Flood, 1, pipeline.Match(), pipeline.Do(), pipeline.End)
	big := owner.Flow(pipeline.Flood, 2, pipeline.Match(), pipeline.Do(), pipeline.End)
	big.Instr = strings.Repeat("x", 1<<16)
	_, err := onScheduler(t.Context(), w.hosts[0].a, func() (struct{}, error) {
		var p parcel
		e.pack(&p, []reconcile.Op{{Kind: reconcile.Add, Flow: &big}, {Kind: reconcile.Add, Flow: &small}})
		require.Len(t, p.ops, 1)
		require.Len(t, p.msgs, 1)
		require.Equal(t, small.Key, p.ops[0].Flow.Key)
		require.ErrorIs(t, e.refused[big.Key].err, errTooLarge)
		return struct{}{}, nil
	})
	require.NoError(t, err)
}

// TestManyFlowsOneOfThemRefused: what goes in a bundle, which the switch refuses as a whole, is there all the same but
// for the flow that is wrong.
func TestManyFlowsOneOfThemRefused(t *testing.T) {
	const many = 3*partMax/2 + 1
	_, one, _ := blue(t)
	before := one.status().Flows.Installed
	_, err := onScheduler(t.Context(), one.a, func() (struct{}, error) {
		for i := range uint32(many) {
			o := pipeline.Owner{Module: pipeline.ModuleL2, Name: fmt.Sprint("port/many", i)}
			f := o.Flow(pipeline.L2, 1, pipeline.Match().Reg(pipeline.RegNetwork, 1000+i), pipeline.Do(), pipeline.End)
			if i == many/3 {
				f.Instr = "\xff\xff\x00\x08\x00\x00\x00\x00"
			}
			one.a.engine.set.Put(&f)
		}
		one.a.engine.wake.Notify()
		return struct{}{}, nil
	})
	require.NoError(t, err)
	await(t, "flow_refused", func() bool { return one.problem("flow_refused", testBridge) })
	await(t, "the others are there", func() bool { return one.status().Flows.Installed == before+many-1 })
	require.Equal(t, many-1, strings.Count(one.dump(), "priority=1,"))
	_, err = onScheduler(t.Context(), one.a, func() (struct{}, error) {
		require.Zero(t, one.a.engine.plain, "it takes bundles")
		return struct{}{}, nil
	})
	require.NoError(t, err)
}

// TestARefusedBundle: a switch that opens no bundle is sent the flows one by one, and is asked again later: one bad
// moment is not for as long as the session lasts.
func TestARefusedBundle(t *testing.T) {
	_, one, _ := blue(t)
	o := pipeline.Owner{Module: pipeline.ModuleL2, Name: "port/many"}
	f := o.Flow(pipeline.L2, 1, pipeline.Match().Reg(pipeline.RegNetwork, 1000), pipeline.Do(), pipeline.End)
	_, err := onCoroutine(t.Context(), one.a, func(co *coroutine.Co) (struct{}, error) {
		e := one.a.engine
		p, part := pusher{e, e.sess}, parcel{}
		require.NoError(t, p.stage(co, &part, []reconcile.Op{{Kind: reconcile.Add, Flow: &f}}))
		require.NoError(t, p.refusedBundle(co, &part, errors.New("no bundle")))
		require.True(t, e.takesPlain())
		e.plain = e.plain.Add(-plainTime)
		require.False(t, e.takesPlain())
		return struct{}{}, nil
	})
	require.NoError(t, err)
	require.Contains(t, one.dump(), "priority=1,")
}

// TestOneTimeToTryAgain: what was refused is tried again after a while, once, however often it was sent since.
func TestOneTimeToTryAgain(t *testing.T) {
	_, one, _ := blue(t)
	bad := pipeline.Flow{Key: "\x1e\x00\x64", Instr: "\xff\xff\x00\x08\x00\x00\x00\x00", Owner: "port/bad",
		Cookie: pipeline.Cookie(pipeline.ModuleL2, "port/bad")}
	var sent int64
	look := func(do func(*engine)) (timers int) {
		timers, err := onScheduler(t.Context(), one.a, func() (int, error) {
			do(one.a.engine)
			sent = one.a.engine.sent
			return one.a.s.Snapshot().Timers, nil
		})
		require.NoError(t, err)
		return timers
	}
	before := look(func(e *engine) { e.set.Put(&bad) })
	const often = 40
	for range often {
		was := sent
		look(func(e *engine) { e.wake.Notify() })
		await(t, "it is sent", func() bool { look(func(*engine) {}); return sent > was })
	}
	require.Less(t, look(func(*engine) {}), before+often/2)
}

// TestAnEmptySwitchWaitsForOVSDB: it was started again, and may have given our OpenFlow ports to others.
func TestAnEmptySwitchWaitsForOVSDB(t *testing.T) {
	e := still(t).engine
	e.set.BeginInstalled(pipeline.Ours)
	e.connected(new(ofconn.Session), nil)
	require.True(t, e.blind())
	e.a.ports.connected = true
	require.False(t, e.blind())
	e.a.ports.connected, e.settled = false, true
	require.False(t, e.blind(), "what was lost in this session is put back")
	e.settled = false
	e.set.BeginInstalled(pipeline.Ours)
	e.set.Found(of13.AppendFlowKey(nil, 0, 1, nil), pipeline.Cookie(pipeline.ModuleL2, "port/web1"), nil)
	e.connected(new(ofconn.Session), nil)
	require.False(t, e.blind(), "the connection was cut, and the switch is what it was")
}

// TestNothingIsComputedBeforeTheJournalIsRead: or flows of half of it would be, and again of all.
func TestNothingIsComputedBeforeTheJournalIsRead(t *testing.T) {
	a := still(t)
	a.follower.complete, a.ports.connected = true, true
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	a.s.Go("engine", func(co *coroutine.Co) error {
		defer cancel()
		a.engine.connected(new(ofconn.Session), nil)
		require.NoError(t, a.engine.step(co))
		require.True(t, a.view.Touched("web1"), "a step that computes takes it")
		return nil
	})
	require.ErrorIs(t, a.s.Run(ctx), context.Canceled)
}

// TestASessionThatEndedAcknowledgesNothing: what was sent in it may not have got to the switch, and there is nothing
// more to send, until another session has read what is there.
func TestASessionThatEndedAcknowledgesNothing(t *testing.T) {
	a := still(t)
	e := a.engine
	a.follower.begun, a.follower.complete, a.ports.connected = true, true, true
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	a.s.Go("engine", func(co *coroutine.Co) error {
		defer cancel()
		e.connected(new(ofconn.Session), nil)
		a.view.Graph.Flush()
		require.NotEmpty(t, e.plan(), "what was sent")
		require.NoError(t, e.lost(co, fmt.Errorf("outcome unknown: %w", ofconn.ErrDown)))
		require.NoError(t, e.step(co))
		require.Contains(t, e.touched, "web1")
		return nil
	})
	require.ErrorIs(t, a.s.Run(ctx), context.Canceled)
}
