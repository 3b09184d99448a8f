package agent

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/model"
)

// TestLearning: what Open vSwitch learns of machines outside is counted, is nobody's drift, stays over a restart of the
// agent, and ages.
func TestLearning(t *testing.T) {
	w := newWorld(t, 1)
	h := w.hosts[0]
	const age = 6 * time.Second
	w.create(&model.PhysNet{Name: "plain", Type: model.TypeFlat}, &model.PhysPort{Name: "up0", PhysNet: "plain"},
		&model.Network{Name: "lan", PhysNet: "plain", Learning: true, LearningMax: 3, LearningAge: model.Duration(age),
			UnknownUnicast: model.UnknownDrop},
		&model.Port{Name: "n1", Network: "lan", MAC: model.MAC{0x0a, 5: 1}})
	w.startAll()
	h.attach("up0", "")
	h.attach("tap0", "n1")
	h.up("n1")
	w.settle()
	heard := func(ifname, dst, src string) {
		h.sw.Appctl("netdev-dummy/receive", ifname, fmt.Sprintf("%s%s88b5%092d", dst, src, 0))
	}
	const guest = "0a0000000001"
	learning := func(want status.Learning) {
		t.Helper()
		want.Network, want.Max, want.Unknown = "lan", 3, "drop"
		await(t, fmt.Sprintf("%+v", want), func() bool {
			s := h.status().Learning
			return len(s) == 1 && s[0] == want
		})
	}
	learning(status.Learning{})
	heard("tap0", "020000000001", guest)
	for n := range 5 {
		heard("up0", "ffffffffffff", fmt.Sprintf("02000000000%d", n+1))
	}
	heard("tap0", "020000000001", guest)
	heard("up0", "ffffffffffff", guest) // nobody to learn
	before := h.status().Flows.Sent
	restarted := time.Now()
	h.restart()
	require.Less(t, time.Since(restarted), age, "the machine is too slow for this test")
	require.Zero(t, h.status().Flows.Sent, "%d were sent before", before)
	learning(status.Learning{Machines: 3, UnknownFrames: 1, KnownFrames: 1})
	require.True(t, h.problem("learning_full", "lan"), "%+v", h.status().Problems)
	learning(status.Learning{UnknownFrames: 1, KnownFrames: 1})
	require.False(t, h.problem("learning_full", "lan"))
	require.Zero(t, h.status().Drift.Planted+h.status().Drift.Deleted+h.status().Drift.Changed)

	heard("up0", "ffffffffffff", "020000000007")
	var learnt []status.Flow
	for _, f := range h.flows() {
		if f.TableName == "learnt" && f.State != status.FlowInstalled {
			learnt = append(learnt, f)
		}
	}
	require.Len(t, learnt, 1)
	require.Equal(t, []string{status.FlowLearned, "network/lan", "learnt"},
		[]string{learnt[0].State, learnt[0].Owner, learnt[0].Module})
	require.Contains(t, learnt[0].Match, "dl_dst=02:00:00:00:00:07")
}
