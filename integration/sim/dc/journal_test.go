package dc

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// restartedAfterAMove has a guest move from the second host to the third, kills the agent of the first so long after
// that, and starts it where the store is away. It reports whether a frame of the moment of the kill came to the guest
// where it is now, and whether one did that was sent later.
func restartedAfterAMove(t *testing.T, after, slowDisk time.Duration) (before, later bool) {
	t.Helper()
	w := newNet(t, 3, physnet, "vm", "peer")
	h := w.hosts[0]
	h.slowDisk = slowDisk
	peer, g := h.attach("peer"), w.hosts[1].attach("vm")
	require.NoError(t, w.run(10*time.Second))
	w.operator("define", func(c *catalog.Changes) { c.Create(&model.Port{Name: "other", Network: "net"}) })
	require.NoError(t, w.run(300*time.Millisecond)) // the journal has that, and was synced lately
	g.detach()
	require.NoError(t, w.run(5*time.Millisecond))
	now := w.hosts[2].attach("vm")
	require.NoError(t, w.run(after))
	first := w.frame(peer, now)
	h.startsBy(t, nil, func() {})
	second := w.frame(peer, now)
	require.NoError(t, w.run(time.Second))
	return slices.Contains(first.arrived, now), slices.Contains(second.arrived, now)
}

// killedAfterItTookAGuest has a guest migrate to the first host, kills the agent there so long after, and starts it
// where the store is away. It reports whether the guest has its address again there, and hears what is for all. The
// store may be one that was started anew before.
func killedAfterItTookAGuest(t *testing.T, anew bool, after, slowDisk time.Duration) (leased, heard bool) {
	t.Helper()
	w := newNet(t, 2, physnet, "vm", "peer")
	h := w.hosts[0]
	h.slowDisk = slowDisk
	peer, was := h.attach("peer"), w.hosts[1].attach("vm")
	require.NoError(t, w.run(10*time.Second))
	g := h.attach("vm")
	g.pause()
	if anew {
		w.db.mem.Restart() // so that the binding is of another term
	}
	require.NoError(t, w.run(10*time.Second))
	was.pause()
	require.NoError(t, w.run(5*time.Millisecond))
	g.resume(was)
	require.NoError(t, w.run(after))
	h.startsBy(t, nil, func() {})
	w.frame(g, peer) // a guest that was not announced yet waits until it speaks
	require.NoError(t, w.run(time.Second))
	g.renewed = func() { leased = true }
	g.xid++
	g.dhcp(packet.DHCPRequest)
	id := w.defs.newProbe(peer)
	peer.send(peer.frame(id, broadcastMAC, peer.ip, g.ip))
	require.NoError(t, w.run(time.Second))
	return leased, slices.Contains(w.defs.probes[id].arrived, g)
}

// TestAnAgentKilledAfterItTookAGuest: whenever that is, the guest is served where it is.
func TestAnAgentKilledAfterItTookAGuest(t *testing.T) {
	for _, disk := range []time.Duration{0, 40 * time.Millisecond} {
		for after := time.Duration(0); after < 10*time.Millisecond+2*disk; after += 200*time.Microsecond + disk/30 {
			for _, anew := range []bool{false, true} {
				leased, heard := killedAfterItTookAGuest(t, anew, after, disk)
				require.True(t, leased && heard, "killed %v after it spoke, disk slower by %v, store anew: %v: %v, %v",
					after, disk, anew, leased, heard)
			}
		}
	}
}

// TestAJournalThatIsGoneIsWrittenAgain: also when the agent finds that while it waits for an answer of the store.
func TestAJournalThatIsGoneIsWrittenAgain(t *testing.T) {
	w := newNet(t, 1, physnet, "vm")
	h := w.hosts[0]
	h.attach("vm")
	require.NoError(t, w.run(10*time.Second))
	for after := 50 * time.Millisecond; after < 250*time.Millisecond; after += 20 * time.Millisecond {
		h.slowStore = 100 * time.Millisecond
		clear(h.disk)
		for _, name := range []string{"one", "two"} { // that finds it, and that is asked for meanwhile
			w.operator("define", func(c *catalog.Changes) { c.Create(&model.Port{Name: name, Network: "net"}) })
			require.NoError(t, w.run(after))
		}
		require.NoError(t, w.run(3*time.Second))
		h.slowStore = 0
		for _, name := range []string{"one", "two"} {
			w.operator("delete", func(c *catalog.Changes) { c.Delete(model.KindPort, name) })
		}
		require.NoError(t, w.run(12*time.Second))
		require.NotEmpty(t, h.disk, "%v between the two", after)
		require.Empty(t, h.agent.Inspect().Problems)
	}
}

// frame sends one from a guest to another.
func (w *World) frame(from, to *Guest) *probe {
	id := w.defs.newProbe(from)
	from.sendProbe(id, to.mac, to.ip)
	return w.defs.probes[id]
}

// TestAnAgentKilledRightAfterAMove: whenever that is, frames go to where they went.
func TestAnAgentKilledRightAfterAMove(t *testing.T) {
	for _, disk := range []time.Duration{0, 40 * time.Millisecond} {
		moved, moves := 0, 0
		for after := 5 * time.Millisecond; after < 20*time.Millisecond+3*disk; after += 200*time.Microsecond + disk/30 {
			moves++
			if before, later := restartedAfterAMove(t, after, disk); before {
				moved++
				require.True(t, later, "killed %v after the move, disk slower by %v", after, disk)
			}
		}
		require.Positive(t, moved)
		require.Less(t, moved, moves, "some are killed before they know")
	}
}

// TestADiskThatHangs: flows do not wait for it for ever.
func TestADiskThatHangs(t *testing.T) {
	before, _ := restartedAfterAMove(t, 300*time.Millisecond, time.Hour)
	require.True(t, before)
}
