package dc

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAnotherUplinkThanTheJournalSays: a disk has lost the record of a change of uplinks, and there is no store. What
// comes from outside comes once.
func TestAnotherUplinkThanTheJournalSays(t *testing.T) {
	w := newNet(t, 1, office, "vm")
	h := w.hosts[0]
	h.attach("vm")
	require.NoError(t, w.run(10*time.Second))
	w.useSpare()
	require.NoError(t, w.run(300*time.Millisecond))
	h.kill()
	h.disk.cut(50)
	h.away = true
	require.NoError(t, h.boot())
	require.NoError(t, w.run(5*time.Second))
	w.wire.call(w.defs.networks["net"], broadcastMAC)
	require.NoError(t, w.run(time.Second))
}
