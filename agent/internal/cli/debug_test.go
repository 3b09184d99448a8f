package cli

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/status"
)

func TestDebugShowsWhatTheSchedulerDoes(t *testing.T) {
	p := newCaller(t, fake{ready: true})
	out, _, code := p.run("debug")
	require.Equal(t, exitOK, code)
	for _, want := range []string{"version 1.0, 12 steps, 3 timers, 40 slow steps",
		`(?m)^inbox +2 +4096 +9 +1$`, `(?m)^run queue +1 +- +- +-$`,
		`(?m)^1 +- +engine +a signal +1m30s +-$`, `(?m)^2 +1 +reader +the time +0s +cancelled$`,
		`(?m)^engine +30ms +1s ago$`} {
		require.Regexp(t, want, out)
	}
	out, _, _ = p.run("debug", "-o", "json")
	var d status.Debug
	require.NoError(t, json.Unmarshal([]byte(out), &d))
	require.Equal(t, "engine", d.Tasks[0].Name)
	require.EqualValues(t, 30*time.Millisecond, d.Slow[0].Took)
	require.Nil(t, d.Stuck)
	out, _, _ = p.run("debug", "-o", "yaml")
	require.Contains(t, out, "waits_for: a signal")
}

func TestDebugSaysWhereTheSchedulerIsStuck(t *testing.T) {
	p := newCaller(t, fake{})
	out, stderr, code := p.run("debug")
	require.Equal(t, exitAway, code)
	require.Contains(t, stderr, "stuck in engine")
	require.Contains(t, out, "the scheduler is stuck in engine, for 1m30s at most\ninbox    4 of 4096\n\ngoroutine 7")
	out, _, code = p.run("debug", "-o", "json")
	require.Equal(t, exitAway, code)
	var d status.Debug
	require.NoError(t, json.Unmarshal([]byte(out), &d))
	require.Equal(t, "engine", d.Stuck.Name)
}
