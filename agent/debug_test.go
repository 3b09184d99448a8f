package agent

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/coroutine"
)

func TestDebugTellsOfEveryPart(t *testing.T) {
	_, one, _ := blue(t)
	d, err := status.NewClient(one.cfg.API.Socket).Debug(t.Context())
	require.NoError(t, err)
	require.Nil(t, d.Stuck)
	waits := map[string]string{}
	for _, task := range d.Tasks {
		waits[task.Name] = task.WaitsFor
	}
	for _, part := range []string{"follower", "engine", "binder", "beater", "openflow", "meters"} {
		require.NotEmpty(t, waits[part], part)
	}
	require.Equal(t, "inbox", d.Queues[1].Name)
	require.NotZero(t, d.Queues[1].Most)
}

// An agent that hangs says where, and is well again when that is over.
func TestAStuckAgentSaysWhere(t *testing.T) {
	_, one, _ := blue(t)
	until, in := make(chan struct{}), make(chan struct{})
	require.NoError(t, one.a.s.Post(func() {
		one.a.s.Go("glutton", func(*coroutine.Co) error {
			close(in)
			<-until
			return nil
		})
	}))
	<-in
	d, err := status.NewClient(one.cfg.API.Socket).Debug(t.Context())
	close(until)
	require.NoError(t, err)
	require.NotNil(t, d.Stuck)
	require.Equal(t, "glutton", d.Stuck.Name)
	require.GreaterOrEqual(t, d.Stuck.Turn, stuckAfter)
	require.Contains(t, d.Stuck.Stack, "TestAStuckAgentSaysWhere")
	require.True(t, one.status().Ready)
}
