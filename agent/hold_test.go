package agent

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store/memstore"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// nudgeAll has every agent look at the store now.
func (w *world) nudgeAll() {
	for _, h := range w.hosts {
		_ = h.a.s.Post(h.a.follower.wake.Notify) // one that does not run has nothing to look at
	}
}

// goBack is a failover to a server that has not got everything.
func (w *world) goBack(to memstore.Snapshot) {
	w.mem.Restore(to)
	w.mem.Restart()
	w.nudgeAll()
}

// lose has the store lose web9, which it has only just acknowledged: both hosts hold.
func (w *world) lose() {
	w.t.Helper()
	backup := w.mem.Snapshot()
	w.port("web9", "blue")
	w.nudgeAll()
	w.settle()
	w.goBack(backup)
	w.holds(2)
}

// portAt defines a port of blue with addresses that no other has: those of a lost one are given out again, and refused.
func (w *world) portAt(name string, n byte) {
	w.t.Helper()
	w.create(&model.Port{Name: name, Network: "blue", MAC: model.MAC{2, 0, 0, 0, 0, n},
		IP: netip.AddrFrom4([4]byte{10, 1, 0, n})})
}

// holds waits until every host holds, and returns what the coordinator says of it.
func (w *world) holds(n int) *catalog.Holds {
	w.t.Helper()
	var h *catalog.Holds
	await(w.t, fmt.Sprintf("%d hosts hold", n), func() bool {
		var err error
		h, err = w.cat.Holds(w.t.Context())
		return err == nil && len(h.Hosts) == n // a real store is away for a while
	})
	return h
}

func (w *world) accept() {
	w.t.Helper()
	h, err := w.cat.Holds(w.t.Context())
	require.NoError(w.t, err)
	require.NoError(w.t, w.cat.Accept(w.t.Context(), h))
}

// objects lists what is held, and by how many hosts.
func objects(h *catalog.Holds) map[string]int {
	out := map[string]int{}
	for _, o := range h.Objects {
		out[fmt.Sprintf("%s gone=%v", o.Object, o.Gone)] = len(o.Hosts)
	}
	return out
}

func (h *host) storeState() string { return h.status().Store.State }

// TestStoreEmptied: whatever happened to the store, it is no reason to cut guests off. What is new is taken.
func TestStoreEmptied(t *testing.T) {
	w, one, two := blue(t)
	before := one.dump()
	w.mem.Flush()
	w.nudgeAll()
	await(t, "store_changed", func() bool { return one.problem("store_changed", "store") })
	require.Contains(t, fmt.Sprint(one.status().Problems), "the store is empty")
	one.nudge()
	time.Sleep(2 * retryMin)
	require.Equal(t, before, one.dump())

	w.initStore()
	w.create(&model.Network{Name: "green", PhysNet: "dc", VNI: 10009, Tag: 9}) // or it had the numbers of blue
	w.port("web9", "green")
	w.nudgeAll()
	want := map[string]int{"network/blue gone=true": 2, "subnet/blue-v4 gone=true": 2, "port/web1 gone=true": 2,
		"port/web2 gone=true": 2, "binding/web1 gone=true": 2, "binding/web2 gone=true": 2}
	await(t, "they hold what is gone, and have announced themselves", func() bool {
		return maps.Equal(want, objects(w.holds(2)))
	})
	require.Contains(t, fmt.Sprint(one.status().Problems), "6 objects stay as they are against the store (binding web1, ")
	one.attach("p9", "web9")
	one.up("web9")
	require.Equal(t, "host1", w.boundTo("web9"))
	require.Positive(t, one.owned("port/web9"))
	require.Equal(t, status.PortUp, one.portState("web1"))
	require.Positive(t, two.owned("port/web1"), "nothing was removed")

	one.restart()
	await(t, "the journal knows which store it was", func() bool { return one.problem("store_changed", "store") })
	require.Positive(t, one.owned("port/web2"))
	require.Equal(t, "hold", one.storeState())
	w.holds(2)

	w.accept()
	await(t, "the new definitions are in force", func() bool {
		return one.owned("port/web2") == 0 && two.owned("port/web1") == 0
	})
	w.holds(0)
	w.settle()
	require.Equal(t, status.PortUndefined, one.portState("web1"))
	one.restart()
	require.Equal(t, "current", one.storeState())
}

// TestStoreGoesBack: a failover lost acknowledged commits, and the new server went on from there. What works stays; it
// ends when what was lost is put back, or by accepting.
func TestStoreGoesBack(t *testing.T) {
	for _, overtaken := range []bool{false, true} {
		for _, accept := range []bool{false, true} {
			t.Run(fmt.Sprintf("overtaken=%v accept=%v", overtaken, accept), func(t *testing.T) {
				w, one, two := blue(t)
				w.settle()
				backup := w.mem.Snapshot()
				w.create(&model.Port{Name: "web3", Network: "blue", MAC: model.MAC{2, 0, 0, 0, 0, 3}})
				one.attach("p3", "web3")
				one.up("web3")
				w.settle()
				sent := two.status().Flows.Sent

				w.goBack(backup)
				if overtaken {
					for i := range 10 {
						w.port(fmt.Sprintf("x%d", i), "blue")
					}
				}
				w.nudgeAll()
				h := w.holds(2)
				want := map[string]int{"port/web3 gone=true": 2, "binding/web3 gone=true": 2}
				if overtaken {
					want["port/x0 gone=false"] = 2 // it was given the address of web3
					await(t, "x0 is refused by both", func() bool { h = w.holds(2); return maps.Equal(objects(h), want) })
				}
				require.Equal(t, want, objects(h))
				require.Contains(t, h.Hosts[0].Why, "has lost commits")
				require.Positive(t, one.owned("port/web3"))
				require.Positive(t, two.owned("port/web3"))
				require.Equal(t, sent, two.status().Flows.Sent, "no flow was touched")

				if accept {
					w.accept()
					await(t, "web3 is gone", func() bool { return two.owned("port/web3") == 0 })
				} else {
					w.create(&model.Port{Name: "web3", Network: "blue", MAC: model.MAC{2, 0, 0, 0, 0, 3}})
					if overtaken {
						w.holds(2) // it has another address
						w.accept()
					}
				}
				w.holds(0)
				w.settle()
				require.Equal(t, !accept, two.owned("port/web3") > 0)
				one.detach("p1")
				await(t, "web1 is withdrawn", func() bool { return w.boundTo("web1") == "" })
				w.settle()
				require.Zero(t, two.owned("port/web1"), "the history that is followed now counts")
			})
		}
	}
}

// TestLostBindings: agents know where their ports are, and say so again.
func TestLostBindings(t *testing.T) {
	w := newWorld(t, 3)
	one, two, three := w.hosts[0], w.hosts[1], w.hosts[2]
	w.network("blue", 1)
	for _, p := range []string{"web1", "web2", "web3"} {
		w.port(p, "blue")
	}
	w.startAll()
	three.attach("p3", "web3")
	one.attach("p1", "web1")
	one.up("web1")
	three.up("web3")
	w.settle()
	backup := w.mem.Snapshot() // web1 is on host 1, web2 nowhere
	two.attach("p2", "web2")
	two.up("web2")
	one.detach("p1")
	two.attach("p1", "web1")
	two.up("web1")
	w.settle()
	sent := three.status().Flows.Sent

	w.goBack(backup)
	await(t, "both are bound again", func() bool { return w.boundTo("web1") == "host2" && w.boundTo("web2") == "host2" })
	w.holds(0)
	w.settle()
	for _, h := range w.hosts {
		require.Equal(t, "current", h.storeState())
		require.Empty(t, h.status().Problems)
	}
	require.Equal(t, status.PortUp, two.portState("web1"))
	require.Equal(t, sent, three.status().Flows.Sent, "no flow of another host was touched")
}

// TestBackFromWhereItWas: the store says again that a port is here, which has moved on to a host whose agent is silent.
// That binding is withdrawn, and the port stays reachable where it is.
func TestBackFromWhereItWas(t *testing.T) {
	w, one, two := blue(t)
	w.port("web5", "blue")
	one.attach("p5", "web5")
	one.up("web5")
	w.settle()
	backup := w.mem.Snapshot()
	one.detach("p1")
	two.attach("p1", "web1")
	two.up("web1")
	w.settle()
	before := one.dump()
	two.stop()
	w.goBack(backup)
	await(t, "the old binding is withdrawn", func() bool { return w.boundTo("web1") == "" })
	await(t, "it is refused", func() bool { return objects(w.holds(1))["binding/web1 gone=true"] == 1 })
	require.Equal(t, before, one.dump())
	two.start()
	two.ready()
	await(t, "it is announced again", func() bool { return w.boundTo("web1") == "host2" })
	w.holds(0)
	w.settle()
	require.Equal(t, before, one.dump())
}

// TestMoveWhileHolding: guests that move while agents hold are followed.
func TestMoveWhileHolding(t *testing.T) {
	w, one, two := blue(t)
	w.port("web5", "blue")
	one.attach("p5", "web5")
	one.up("web5")
	w.lose()
	one.detach("p1")
	await(t, "web1 is withdrawn", func() bool { return w.boundTo("web1") == "" })
	two.attach("p1", "web1")
	two.up("web1")
	await(t, "it is followed", func() bool { return one.owned("port/web1") > 0 && one.portState("web1") == "" })
	require.Equal(t, "host2", w.boundTo("web1"))
	w.portAt("web7", 77)
	two.attach("p7", "web7")
	two.up("web7")
	await(t, "additions are taken", func() bool { return one.owned("port/web7") > 0 })
	two.detach("p7")
	await(t, "what is withdrawn now goes", func() bool { return one.owned("port/web7") == 0 })
	w.delete(model.KindPort, "web7")
	await(t, "what is deleted waits", func() bool {
		return objects(w.holds(2))["port/web7 gone=true"] == 2
	})
	w.accept()
	w.holds(0)
	w.settle()
}

// TestChangedWhileHolding: a definition that the store has differently stays as it was, until it is accepted.
func TestChangedWhileHolding(t *testing.T) {
	w, one, _ := blue(t)
	mac := func(b byte) {
		var c catalog.Changes
		c.Update(model.KindPort, "web2", func(o catalog.Object) error {
			o.(*model.Port).MAC = model.MAC{2, 0, 0, 0, 0, b}
			return nil
		})
		w.commit(&c)
	}
	mac(1)
	w.settle()
	backup := w.mem.Snapshot()
	mac(2)
	w.settle()
	before := one.dump()
	w.goBack(backup)
	require.Equal(t, map[string]int{"port/web2 gone=false": 2}, objects(w.holds(2)))
	require.Equal(t, before, one.dump())
	w.accept()
	await(t, "web2 has the address that the store says", func() bool { return one.dump() != before })
	w.settle()
	mac(2)
	w.settle()
	require.Equal(t, before, one.dump())
}

// TestHoldTwice: the store goes wrong again while agents hold, and while they are away.
func TestHoldTwice(t *testing.T) {
	w, one, two := blue(t)
	first := w.mem.Snapshot()
	w.port("web3", "blue")
	one.attach("p3", "web3")
	one.up("web3")
	w.settle()
	w.goBack(first)
	w.holds(2)
	second := w.mem.Snapshot()
	w.portAt("web4", 44)
	two.attach("p4", "web4")
	two.up("web4")
	await(t, "web4 is taken", func() bool { return one.owned("port/web4") > 0 })
	w.goBack(second)
	await(t, "web4 is held too", func() bool { return objects(w.holds(2))["port/web4 gone=true"] == 2 })
	require.Positive(t, one.owned("port/web3"))
	two.stop()
	w.goBack(first)
	w.holds(1)
	w.accept()
	await(t, "one follows", func() bool { return one.storeState() == "current" && one.owned("port/web3") == 0 })
	two.start()
	two.ready()
	await(t, "the other one accepts when it is back", func() bool {
		return two.storeState() == "current" && two.owned("port/web3") == 0 && two.owned("port/web4") == 0
	})
	w.settle()
}

// TestRestoredStore: a backup that has all that is in force needs nobody to accept it.
func TestRestoredStore(t *testing.T) {
	w, one, two := blue(t)
	im, err := w.cat.Backup(t.Context())
	require.NoError(t, err)
	sent := one.status().Flows.Sent
	w.mem.Flush()
	w.nudgeAll()
	await(t, "the store is empty", func() bool { return one.storeState() == "hold" && two.storeState() == "hold" })
	_, err = w.cat.Restore(t.Context(), im, catalog.RestoreOptions{})
	require.NoError(t, err)
	w.nudgeAll()
	await(t, "it is followed again", func() bool { return one.storeState() == "current" && two.storeState() == "current" })
	w.settle()
	require.Equal(t, sent, one.status().Flows.Sent, "no flow was touched")
	require.Empty(t, one.status().Problems)
	w.port("web3", "blue")
	one.attach("p3", "web3")
	one.up("web3")
	w.settle()
}

// TestServerStartedAgain: nothing is lost, nothing is read again, nothing is said.
func TestServerStartedAgain(t *testing.T) {
	w, one, _ := blue(t)
	sent := one.status().Flows.Sent
	for range 3 {
		w.mem.CutWatchers(errors.New("connection reset"))
		w.mem.Restart()
		w.mem.CutWatchers(nil)
		w.port(fmt.Sprint("x", w.rev()), "blue")
		w.settle()
		require.Equal(t, "current", one.storeState())
	}
	require.Equal(t, sent, one.status().Flows.Sent)
}

// TestHoldWaitsForNobodyWhoLeft: a port whose binding was to be written again, and whose guest has left before it was,
// does not keep the hold from ending.
func TestHoldWaitsForNobodyWhoLeft(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Tunnel.Address = netip.MustParseAddr("192.0.2.1")
	a, err := New(cfg, Env{})
	require.NoError(t, err)
	a.binder.announceAgain("web1", rewrite{rev: 7, from: "two"})
	a.engine.touched["web1"] = true
	require.NoError(t, a.binder.settle(nil, []string{"web1"}))
	require.Len(t, a.binder.again, 1, "the switch has not acknowledged it")
	delete(a.engine.touched, "web1")
	require.NoError(t, a.binder.settle(nil, []string{"web1"}))
	require.Empty(t, a.binder.again)
}
