package agent

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcp"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
)

// TestAPanicEndsTheAgent: whichever part breaks, Run ends with an error that names it and has the stack, and no flow
// is touched.
func TestAPanicEndsTheAgent(t *testing.T) {
	w, one, _ := blue(t)
	before := one.dump()
	one.stop()
	for part, sabotage := range map[string]func(a *Agent){
		"follower": func(a *Agent) { a.follower.a = nil; a.follower.wake.Notify() },
		"engine":   func(a *Agent) { a.engine.set = nil; a.engine.wake.Notify() },
		"binder":   func(a *Agent) { a.binder.a = nil; a.binder.wake.Notify() },
		"beater":   func(a *Agent) { a.beater.a = nil; a.beater.wake.Notify() },
		"setup":    func(a *Agent) { a.ports.a = nil; a.ports.setupWake.Notify() },
		"stamps":   func(a *Agent) { a.ports.db = nil; a.ports.stamp("no such row", "x") },
		"openflow": func(a *Agent) { a.of.a = nil; a.of.sess.Close() },
		"adopt":    func(a *Agent) { a.of.up(nil) },
		"callback": func(a *Agent) { a.s.Defer(func() { panic("in a callback") }) },
	} {
		a, err := New(one.cfg, one.env)
		require.NoError(t, err)
		ended := make(chan error, 1)
		go func() { ended <- a.Run(context.Background()) }()
		<-a.Ready()
		require.NoError(t, a.s.Post(func() { sabotage(a) }))
		select {
		case err = <-ended:
		case <-time.After(patience):
			require.FailNow(t, "the agent lives on", part)
		}
		require.ErrorIs(t, err, ErrFault, part)
		require.ErrorContains(t, err, part)
		require.ErrorContains(t, err, "/agent/", "the stack")
		require.Equal(t, before, one.dump())
	}
	one.start()
	one.ready()
	w.settle()
	require.Zero(t, one.status().Flows.Sent)
}

// A part that only ends is missed like one that panicked.
func TestAPartThatEndsEndsTheAgent(t *testing.T) {
	a, err := New(newWorld(t, 1).hosts[0].cfg, Env{})
	require.NoError(t, err)
	a.part("idler", func(*coroutine.Co) error { return nil })
	a.s.Go("other", a.engine.run)
	require.NoError(t, a.s.Run(t.Context()))
	require.ErrorIs(t, a.fault, ErrFault)
	require.ErrorIs(t, a.fault, errEnded)
	require.ErrorContains(t, a.fault, "idler")
}

// What only reads is not worth the agent's end: a guest's packet, or an operator's question.
func TestAPanicOverAQuestionIsContained(t *testing.T) {
	_, one, _ := blue(t)
	_, err := onScheduler(t.Context(), one.a, func() (*status.Status, error) { panic("status") })
	require.ErrorIs(t, err, errPanicked)
	reply, err := onScheduler(t.Context(), one.a, func() (*dhcp.Reply, error) {
		one.a.dhcp.decide = func([]byte, dhcp.Client, model.MAC) (*dhcp.Reply, string) { panic("dhcp") }
		r, reason := one.a.dhcp.answer(nil, dhcp.Client{})
		require.Equal(t, reasonFault, reason)
		return r, nil
	})
	require.NoError(t, err)
	require.Nil(t, reply)
	require.True(t, one.status().Ready)
}
