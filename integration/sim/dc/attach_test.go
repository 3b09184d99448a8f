package dc

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// boundTo is the host in the binding of a port of the network net, "" for none.
func (w *World) boundTo(t *testing.T, port string) string {
	t.Helper()
	key := store.Key{Scope: store.NetworkScope("net"), Kind: string(model.KindBinding), ID: port}
	docs, err := w.db.mem.Get(context.Background(), key)
	require.NoError(t, err)
	if docs[0] == nil {
		return ""
	}
	var b model.Binding
	require.NoError(t, json.Unmarshal(docs[0].Value, &b))
	return b.Host
}

// newNet returns a world of hosts whose operators have defined the network net on a physical network, with ports that
// nobody has attached yet.
func newNet(t *testing.T, hosts int, physnet string, ports ...string) *World {
	t.Helper()
	w, err := New(Options{Seed: 3, Hosts: hosts})
	require.NoError(t, err)
	t.Cleanup(w.Close)
	w.operator("define", func(c *catalog.Changes) {
		c.Create(&model.Network{Name: "net", PhysNet: physnet})
		c.Create(w.subnetOf("net"))
		for _, name := range ports {
			c.Create(&model.Port{Name: name, Network: "net"})
		}
	})
	require.NoError(t, w.run(10*time.Second))
	return w
}

// migrated is a port that an agent bound, whose guest went to another host while the agent stood still from a moment
// on.
func migrated(t *testing.T, freezeAfter time.Duration, unknowns int) {
	t.Helper()
	w := newNet(t, 2, physnet, "vm")
	from, to := w.hosts[0], w.hosts[1]
	from.view.unknowns = unknowns
	g := from.attach("vm")
	require.NoError(t, w.run(freezeAfter))
	from.frozen, from.timed = true, false
	require.NoError(t, w.run(12*time.Second)) // a commit that is late is over
	bound := w.boundTo(t, "vm") == from.id
	next := to.attach("vm")
	next.pause()
	require.NoError(t, w.run(5*time.Second))
	g.pause()
	next.resume(g)
	require.NoError(t, w.run(5*time.Second))
	require.Equal(t, to.id, w.boundTo(t, "vm"), "it has the port where the guest runs")
	from.frozen = false
	from.poke()
	require.NoError(t, w.run(30*time.Second))
	if bound {
		require.Equal(t, to.id, w.boundTo(t, "vm"), "frozen after %v, %d outcomes unknown", freezeAfter, unknowns)
		require.NotEqual(t, "up", stateOf(from, "vm"))
	}
	g.detach()
	require.NoError(t, w.run(5*time.Second))
	if bound {
		require.Equal(t, to.id, w.boundTo(t, "vm"))
		require.Equal(t, "up", stateOf(to, "vm"))
	}
	next.detach()
	require.NoError(t, w.run(5*time.Second))
	require.Empty(t, w.boundTo(t, "vm"))
}

// TestAnAgentThatStoodStillLetsGo: whatever it was at when it stopped, also when it was not told that its binding was
// written.
func TestAnAgentThatStoodStillLetsGo(t *testing.T) {
	for unknowns := range 2 {
		for at := time.Duration(0); at < 30*time.Millisecond; at += 3 * time.Millisecond {
			migrated(t, at, unknowns)
		}
	}
}

// TestAnotherPortBehindANumberThatTheJournalKnows: an interface becomes another port while its agent is away, and there
// is no store. The port that it was is nowhere, and its frames come to nobody.
func TestAnotherPortBehindANumberThatTheJournalKnows(t *testing.T) {
	w := newNet(t, 1, physnet, "vm", "other", "peer")
	h := w.hosts[0]
	g, peer := h.attach("vm"), h.attach("peer")
	require.NoError(t, w.run(10*time.Second))
	h.startsBy(t, nil, func() { becomes(g, "other") })
	peer.sendProbe(w.defs.newProbe(peer), w.defs.ports["vm"].MAC, w.defs.ports["vm"].IP)
	require.NoError(t, w.run(time.Second))
}

// journal is what is on the disk of a host now.
func (h *Host) journal() disk {
	out := disk{}
	for name, f := range h.disk {
		out[name] = &file{bytes.Clone(f.data), f.synced}
	}
	return out
}

// becomes makes the interface of a guest another port.
func becomes(g *Guest, port string) {
	g.port = port
	g.h.setID(g.ifname, port)
	g.redefined()
}

// startsBy starts the agent anew without the store, with an older journal, as a disk that fails may leave it; nil: with
// what it has.
func (h *Host) startsBy(t *testing.T, journal disk, meanwhile func()) {
	t.Helper()
	h.kill()
	maps.Copy(h.disk, journal)
	meanwhile()
	h.away = true
	require.NoError(t, h.boot())
	require.NoError(t, h.w.run(5*time.Second))
}

// TestAJournalOlderThanTheFlows: a port has moved to another host, and what a failing disk has left of the journal says
// that it is here. Without the store its flows stay, which lead to where it is.
func TestAJournalOlderThanTheFlows(t *testing.T) {
	w := newNet(t, 2, physnet, "vm", "peer")
	h := w.hosts[0]
	g, peer := h.attach("vm"), h.attach("peer")
	require.NoError(t, w.run(10*time.Second))
	before := h.journal()
	g.detach()
	require.NoError(t, w.run(5*time.Second))
	now := w.hosts[1].attach("vm")
	require.NoError(t, w.run(10*time.Second))
	h.startsBy(t, before, func() {})
	id := w.defs.newProbe(peer)
	peer.sendProbe(id, now.mac, now.ip)
	require.NoError(t, w.run(time.Second))
	require.Equal(t, []*Guest{now}, w.defs.probes[id].arrived)
}

// TestAPortThatTheJournalDoesNotKnowHere: it came after what a crash has left of the journal, and its interface became
// another port. Its frames come to nobody.
func TestAPortThatTheJournalDoesNotKnowHere(t *testing.T) {
	w := newNet(t, 1, physnet, "vm", "other", "peer")
	h := w.hosts[0]
	peer := h.attach("peer")
	require.NoError(t, w.run(10*time.Second))
	before := h.journal()
	g := h.attach("vm")
	require.NoError(t, w.run(10*time.Second))
	h.startsBy(t, before, func() { becomes(g, "other") })
	peer.sendProbe(w.defs.newProbe(peer), w.defs.ports["vm"].MAC, w.defs.ports["vm"].IP)
	require.NoError(t, w.run(time.Second))
}
