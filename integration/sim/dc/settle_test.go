package dc

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestFlowsAreContestedWhereSomebodyWasAtThem: an agent that says so of a host whose flows nobody changed lately fights
// itself.
func TestFlowsAreContestedWhereSomebodyWasAtThem(t *testing.T) {
	w, err := New(Options{Seed: 1, Hosts: 1})
	require.NoError(t, err)
	defer w.Close()
	require.NoError(t, w.run(10*time.Second))
	h := w.hosts[0]
	said := func() string {
		s := h.agent.Inspect()
		s.Problems = slices.Grow(s.Problems, 1)[:len(s.Problems)+1]
		s.Problems[len(s.Problems)-1].Code = contestedCode
		return h.unsettled(s)
	}
	require.Empty(t, h.unsettled(h.agent.Inspect()))
	require.Contains(t, said(), contestedCode)
	require.NotEmpty(t, h.meddle())
	require.NoError(t, w.run(time.Minute))
	require.Empty(t, said())
	require.NoError(t, w.run(contestedMax))
	require.Contains(t, said(), contestedCode)
}

// TestAGuestListensAgain: also when its port was renumbered right after it had an address as another port.
func TestAGuestListensAgain(t *testing.T) {
	w := newNet(t, 1, physnet, "vm", "other")
	h := w.hosts[0]
	g := h.attach("vm")
	require.NoError(t, w.run(10*time.Second))
	becomes(g, "other")
	for !g.ip.IsValid() {
		require.True(t, g.quiet)
		require.NoError(t, w.run(time.Millisecond))
	}
	h.ofport++
	h.sw.RemovePort(g.number)
	h.setNumber(g.ifname, h.ofport)
	require.NoError(t, w.run(time.Second))
	require.False(t, g.quiet)
}
