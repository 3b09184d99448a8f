package agent

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/model"
)

// TestNumbersOfAKeptNetworkGivenOutAgain: a store that has forgotten a network gives its numbers to the next one, whose
// frames must not get into the one that is kept.
func TestNumbersOfAKeptNetworkGivenOutAgain(t *testing.T) {
	w := newWorld(t, 2)
	w.startAll()
	one, two := w.hosts[0], w.hosts[1]
	backup := w.mem.Snapshot()
	w.network("blue", 1)
	w.port("web1", "blue")
	one.attach("p1", "web1")
	one.up("web1")
	w.settle()
	sent := one.status().Flows.Sent
	w.goBack(backup)
	w.holds(1)
	w.network("red", 2) // with the VNI and the tag of blue
	w.port("evil", "red")
	one.attach("p2", "evil")
	two.attach("p3", "evil2")
	w.port("evil2", "red")
	two.up("evil2") // that host never heard of blue
	want := map[string]int{"network/blue gone=true": 1, "subnet/blue-v4 gone=true": 1, "port/web1 gone=true": 1,
		"binding/web1 gone=true": 1, "network/red gone=false": 1, "subnet/red-v4 gone=false": 1, "port/evil gone=false": 1,
		"port/evil2 gone=false": 1, "binding/evil2 gone=false": 1}
	var got map[string]int
	await(t, "red is refused where blue is kept", func() bool { got = objects(w.holds(1)); return maps.Equal(want, got) })
	require.Equal(t, sent, one.status().Flows.Sent, "no flow was touched: %v", got)
	require.Zero(t, one.owned("network/red"))

	one.detach("p1")
	await(t, "red is taken when nobody needs blue here", func() bool { return one.owned("network/red") > 0 })
	one.up("evil")
	w.holds(0)
	w.settle()
}

// TestAddressOfAKeptPortGivenOutAgain: also one that the store has, with another address than the one that is kept.
func TestAddressOfAKeptPortGivenOutAgain(t *testing.T) {
	w, one, _ := blue(t)
	backup := w.mem.Snapshot()
	kept := model.MAC{2, 0, 0, 0, 0, 2}
	w.edit("web2", func(p *model.Port) { p.MAC = kept })
	before := one.dump()
	w.goBack(backup)
	w.holds(2)
	w.create(&model.Port{Name: "evil", Network: "blue", MAC: kept}) // in order before web2
	want := map[string]int{"port/web2 gone=false": 2, "port/evil gone=false": 2}
	var got map[string]int
	await(t, "both are refused", func() bool { got = objects(w.holds(2)); return maps.Equal(want, got) })
	require.Equal(t, before, one.dump())
	one.restart()
	await(t, "also when all is read", func() bool {
		held := one.status().Store.Hold
		return held != nil && held.Count == 2
	})
	require.Equal(t, before, one.dump())
	w.accept()
	w.holds(0)
	w.settle()
	require.NotEqual(t, before, one.dump())
}

// TestVLANOfAKeptSubPortGivenOutAgain: to one in another network, whose frames must not get into the one that is kept.
func TestVLANOfAKeptSubPortGivenOutAgain(t *testing.T) {
	w, one, _ := blue(t)
	w.network("green", 2)
	w.network("red", 3)
	w.settle()
	backup := w.mem.Snapshot()
	w.create(&model.Port{Name: "sub", Network: "green", Parent: "web1", VLAN: 20})
	one.up("sub")
	w.settle()
	before := one.dump()
	w.goBack(backup)
	w.holds(2)
	w.create(&model.Port{Name: "evil", Network: "red", Parent: "web1", VLAN: 20})
	await(t, "it is refused", func() bool { return objects(w.holds(2))["port/evil gone=false"] == 1 })
	require.Equal(t, before, one.dump())
	w.accept()
	w.holds(0)
	one.up("evil")
	w.settle()
	require.Zero(t, one.owned("port/sub"))
}

// TestPortMadeAnewWhileHolding: what is deleted waits, and so does where it is, which goes with it in the store. Until
// its host announces it again, which is away here, others go on sending there.
func TestPortMadeAnewWhileHolding(t *testing.T) {
	for _, c := range []struct {
		name    string
		between bool // others look between the deletion and the creation
		back    bool // its host comes back before the store is accepted
	}{{"seen between", true, false}, {"not seen between", false, false}, {"host comes back", true, true}} {
		t.Run(c.name, func(t *testing.T) {
			w, one, two := blue(t)
			w.lose()
			b, _ := w.cat.Get(t.Context(), model.KindPort, "web1")
			before, flows := two.dump(), two.status().Flows.Sent
			one.stop() // or it announced it again at once
			w.deaf.Store(!c.between)
			w.delete(model.KindPort, "web1")
			if c.between {
				w.nudgeAll()
				await(t, "the deletion waits", func() bool { return objects(w.holds(2))["binding/web1 gone=true"] == 1 })
			}
			w.create(b)
			w.deaf.Store(false)
			w.nudgeAll()
			await(t, "its binding is missing", func() bool {
				o := objects(w.holds(2))
				_, gone := o["port/web1 gone=true"]
				return !gone && o["binding/web1 gone=true"] == 1
			})
			require.Equal(t, before, two.dump())
			require.Equal(t, flows, two.status().Flows.Sent, "no flow was touched")
			if c.back { // it begins with its journal, which says that web1 is bound to it
				one.start()
				one.ready()
				await(t, "it is announced again", func() bool { return w.boundTo("web1") == "host1" })
				await(t, "only web9 is missing", func() bool {
					return maps.Equal(objects(w.holds(2)), map[string]int{"port/web9 gone=true": 2})
				})
				w.accept()
				w.holds(0)
				w.settle()
				require.Equal(t, before, two.dump())
				return
			}
			w.accept()
			await(t, "two takes the store's word", func() bool { return two.storeState() == "current" })
			require.Zero(t, two.owned("port/web1"))
		})
	}
}

// TestLeavesWhileTheStoreHasItElsewhere: a failover forgets that a port was made anew in another network, and its guest
// leaves while that is held. The binding that the store has, in the network of before, goes with it.
func TestLeavesWhileTheStoreHasItElsewhere(t *testing.T) {
	w, one, _ := blue(t)
	w.network("green", 2)
	w.settle()
	backup := w.mem.Snapshot()
	w.delete(model.KindPort, "web1")
	w.port("web1", "green")
	await(t, "it is up in the other network", func() bool {
		p := one.portOf("web1")
		return p.Network == "green" && p.State == status.PortUp
	})
	w.settle()
	w.goBack(backup)
	w.holds(1)
	require.Equal(t, "host1", w.boundTo("web1"))
	one.detach("p1")
	await(t, "it is bound to nobody", func() bool { return w.boundTo("web1") == "" })
}
