package dc

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// TestAnotherUplinkThanTheJournalSays: a crash takes the record of a change of uplinks, and there is no store. What
// comes from outside comes once.
func TestAnotherUplinkThanTheJournalSays(t *testing.T) {
	w, err := New(Options{Seed: 3, Hosts: 1})
	require.NoError(t, err)
	defer w.Close()
	w.operator("define", func(c *catalog.Changes) {
		c.Create(&model.Network{Name: "net", PhysNet: office})
		c.Create(w.subnetOf("net"))
		c.Create(&model.Port{Name: "vm", Network: "net"})
	})
	require.NoError(t, w.run(10*time.Second))
	h := w.hosts[0]
	h.attach("vm")
	require.NoError(t, w.run(10*time.Second))
	w.useSpare()
	require.NoError(t, w.run(300*time.Millisecond))
	h.kill()
	h.files.tear(50)
	h.away = true
	require.NoError(t, h.boot())
	require.NoError(t, w.run(5*time.Second))
	w.wire.call(w.defs.networks["net"], broadcastMAC)
	require.NoError(t, w.run(time.Second))
}
