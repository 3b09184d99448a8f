package agent

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/config"
)

// An agent that starts with another set of modules changes the flows of those that differ, and no other.
func TestAnotherSetOfModules(t *testing.T) {
	w, h := pair(t, func(*config.Config) {})
	whole, all := h.dump(), modules
	t.Cleanup(func() { modules = all })
	for _, name := range []string{"arp", "dhcpflows"} {
		i := slices.IndexFunc(all, func(m module) bool { return m.name == name })
		modules = slices.Delete(slices.Clone(all), i, i+1)
		h.restart()
		w.settle()
		fewer := h.dump()
		gone := strings.Count(whole, "\n") - strings.Count(fewer, "\n")
		require.Positive(t, gone, name)
		require.Equal(t, int64(gone), h.status().Flows.Sent, "those of %s alone", name)
		for line := range strings.Lines(fewer) {
			require.Contains(t, whole, strings.TrimSpace(line))
		}
		h.restart()
		w.settle()
		require.Zero(t, h.status().Flows.Sent, "the same set again")

		modules = all
		h.restart()
		w.settle()
		require.Equal(t, int64(gone), h.status().Flows.Sent, "%s is back", name)
		require.Equal(t, whole, h.dump())
	}
}
