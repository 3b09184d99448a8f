package agent

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
)

// TestBurstOfChanges: ten thousand ports that change in one commit are in force soon, and meanwhile the scheduler gives
// turns: the switch gets its echoes, guests their answers.
func TestBurstOfChanges(t *testing.T) {
	const ports = 10_000
	w := newWorld(t, 1)
	h := w.hosts[0]
	w.create(&model.Network{Name: "blue", PhysNet: "dc"})
	w.port("web1", "blue")
	w.startAll()
	h.attach("p1", "web1")
	h.up("web1")
	x := h.session()
	w.others(ports) // two commits: they are defined, and attached elsewhere
	var turns []time.Duration
	applied := func() bool {
		s, err := onScheduler(t.Context(), h.a, func() (int64, error) { return h.a.engine.applied, nil })
		require.NoError(t, err)
		return s >= w.rev()
	}
	for end := time.Now().Add(patience); !applied(); time.Sleep(time.Millisecond) {
		require.True(t, time.Now().Before(end), "not in time")
		h.nudge()
		began := time.Now()
		_, err := onScheduler(t.Context(), h.a, func() (bool, error) { return true, nil })
		require.NoError(t, err)
		turns = append(turns, time.Since(began))
	}
	require.Same(t, x, h.session(), "the switch was answered all the time")
	require.GreaterOrEqual(t, h.status().Flows.Installed, ports, "a flow for each")
	slices.Sort(turns)
	t.Logf("%d turns, the longest took %s", len(turns), turns[len(turns)-1])
	require.Less(t, turns[len(turns)-1], 5*time.Second, "Open vSwitch asks every five seconds whether we live")
}
