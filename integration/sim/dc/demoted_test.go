package dc

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestACommitThatADemotedMasterTook: the agent is told that its host is written by a server that nobody follows any
// more, in a term of which it has read nothing, and talks to the new master before it has read anything there.
func TestACommitThatADemotedMasterTook(t *testing.T) {
	w := newNet(t, 1, physnet, "vm")
	h := w.hosts[0]
	w.db.mem.Restart() // what is written now is of another term
	require.NoError(t, w.run(10*time.Second))
	h.view.old = w.demoted()
	h.rename("other")
	require.NoError(t, w.run(10*time.Millisecond))
	require.NotEqual(t, "other", h.stored().Name)
	w.db.mem.Restart()
	h.view.old = nil
	require.NoError(t, w.run(30*time.Second))
	require.Equal(t, "other", h.stored().Name)
}
