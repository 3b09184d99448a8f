package agent

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/ovsctl"
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// session is the agent's OpenFlow session, nil when there is none.
func (h *host) session() *ofconn.Session {
	h.t.Helper()
	x, err := onScheduler(h.t.Context(), h.a, func() (*ofconn.Session, error) { return h.a.of.sess, nil })
	require.NoError(h.t, err)
	return x
}

// afterwards waits for the session after old.
func (h *host) afterwards(old *ofconn.Session) {
	h.t.Helper()
	await(h.t, "another session", func() bool { x := h.session(); return x != nil && x != old })
}

// reconnect has the agent lose its session.
func (h *host) reconnect() {
	h.t.Helper()
	old := h.session()
	require.NoError(h.t, h.a.s.Post(old.Close))
	h.afterwards(old)
}

// count is how many flows have a state.
func (h *host) count(state string) int {
	n := 0
	for _, f := range h.flows() {
		if f.State == state {
			n++
		}
	}
	return n
}

func TestStatusOfTheSwitch(t *testing.T) {
	w := newWorld(t, 1)
	w.startAll()
	s := w.hosts[0].status().Switch
	require.Equal(t, testBridge, s.Bridge)
	require.True(t, s.Connected)
	require.Regexp(t, `^\d+\.\d+`, s.OVSVersion, "the database has none, the switch itself does")
	require.Contains(t, w.hosts[0].sw.Vsctl("--version"), s.OVSVersion)
}

// TestRestartIsNotSeen: an agent that finds what it wants sends nothing, so that counters and ages go on.
func TestRestartIsNotSeen(t *testing.T) {
	w, one, _ := blue(t)
	p := one.portOf("web1")
	frame := func(mac string) string {
		return fmt.Sprintf("in_port(1),eth(src=%s,dst=ff:ff:ff:ff:ff:ff),eth_type(0x0806),arp(sip=%s,tip=10.1.0.3,"+
			"op=1,sha=%s,tha=00:00:00:00:00:00)", mac, p.IPs[0], mac)
	}
	one.sw.Appctl("netdev-dummy/receive", "p1", frame(p.MAC))
	one.sw.Appctl("netdev-dummy/receive", "p1", frame("0a:ff:00:00:00:01"))
	packets := func() (n uint64) {
		for _, f := range one.flows() {
			n += f.Packets
		}
		return n
	}
	await(t, "the packet is counted", func() bool { return packets() >= 3 })
	before, counted := one.dump(), packets()
	require.Contains(t, before, "cookie=0x564c")
	one.restart()
	w.settle()
	require.Zero(t, one.status().Flows.Sent)
	require.Equal(t, before, one.dump())
	require.Equal(t, counted, packets())
	require.Contains(t, before, "reg3=0x1,reg15=0,in_port=", "the counter of what was not the guest's own")
	await(t, "it is read", func() bool { return one.portOf("web1").Drops["mac"] == 1 })
	require.Equal(t, "host1", w.boundTo("web1"))
	one.detach("p1")
	await(t, "it goes with the guest", func() bool { return !strings.Contains(one.dump(), "reg3=0x1,reg15=0,in_port=") })
}

func TestRestartWithOtherDefinitions(t *testing.T) {
	w, one, two := blue(t)
	one.stop()
	w.port("web3", "blue")
	two.attach("p3", "web3")
	two.up("web3")
	one.start()
	one.ready()
	w.settle()
	require.EqualValues(t, 2, one.status().Flows.Sent, "one to send to it, one to answer ARP for it")

	one.stop()
	one.detach("p1")
	one.start()
	one.ready()
	await(t, "what left while nobody looked is withdrawn", func() bool { return w.boundTo("web1") == "" })
	w.settle()
	require.Zero(t, two.owned("port/web1"))
	require.Empty(t, one.status().Ports)
}

// TestStopLeavesFlows: start checks that it takes no longer than two seconds.
func TestStopLeavesFlows(t *testing.T) {
	_, one, _ := blue(t)
	before := one.dump()
	one.stop()
	require.Equal(t, before, one.dump())
	require.NoFileExists(t, one.cfg.API.Socket)
	_, err := one.a.Status(t.Context())
	require.ErrorIs(t, err, status.ErrUnavailable)
}

func TestSwitchRestarted(t *testing.T) {
	w, one, _ := blue(t)
	before := one.dump()
	one.sw.StopVswitchd()
	await(t, "switch_unreachable", func() bool { return one.problem("switch_unreachable", testBridge) })
	one.sw.StartVswitchd()
	await(t, "it is back", func() bool { return one.status().Switch.Connected })
	w.settle()
	require.Equal(t, before, one.dump())
	require.Empty(t, one.status().Problems)

	old := one.session()
	one.sw.StopVswitchd()
	one.sw.StartVswitchd() // too quick for anybody to see it away
	one.afterwards(old)
	w.settle()
	require.Equal(t, before, one.dump())
}

// TestDatabaseRestarted: ovs-vswitchd answers nobody while it is without its database, but goes on forwarding.
func TestDatabaseRestarted(t *testing.T) {
	w, one, two := blue(t)
	before, desired := one.dump(), one.status().Flows.Desired
	one.sw.StopDB()
	await(t, "ovsdb_unreachable", func() bool { return one.problem("ovsdb_unreachable", one.sw.DB) })
	w.port("web3", "blue") // the rest of the world goes on
	two.attach("p3", "web3")
	two.up("web3")
	await(t, "the new port is known", func() bool { return one.status().Flows.Desired == desired+2 })
	require.Equal(t, status.PortUp, one.portState("web1"))
	require.Equal(t, "host1", w.boundTo("web1"))

	one.sw.StartDB()
	await(t, "it is back", func() bool { return len(one.status().Problems) == 0 })
	w.settle()
	require.Equal(t, 2, one.owned("port/web3"))
	two.detach("p3")
	w.settle()
	await(t, "the flows are what they were", func() bool { return one.dump() == before })
	one.detach("p1")
	await(t, "changes are seen again", func() bool { return one.portState("web1") == "" && w.boundTo("web1") == "" })
	w.settle()
}

func TestBridgeDeleted(t *testing.T) {
	w, one, two := blue(t)
	before := one.dump()
	one.sw.Vsctl("del-br", testBridge)
	await(t, "web1 is withdrawn", func() bool { return w.boundTo("web1") == "" })
	await(t, "the bridge is back", func() bool {
		s := one.status()
		return s.Switch.Connected && len(s.Problems) == 0 && s.Flows.Installed > 0
	})
	require.Equal(t, "secure", one.sw.Vsctl("get-fail-mode", testBridge))
	one.attach("p1", "web1")
	one.up("web1")
	w.settle()
	require.Equal(t, strings.Count(before, "\n"), strings.Count(one.dump(), "\n"))
	require.Positive(t, two.owned("port/web1"))
}

// TestBridgeDeletedAgain: the flows that go with a bridge are not changed by anybody.
func TestBridgeDeletedAgain(t *testing.T) {
	w, one, _ := blue(t)
	for range fightProblem + 1 {
		one.sw.Vsctl("del-br", testBridge)
		await(t, "web1 is withdrawn", func() bool { return w.boundTo("web1") == "" })
		await(t, "the bridge is back", func() bool {
			s := one.status()
			return s.Switch.Connected && s.Flows.Installed == s.Flows.Desired &&
				!one.problem("bridge_setup_failed", testBridge) && !one.problem("tunnel_port_missing", "vxlan0")
		})
		one.attach("p1", "web1")
		one.up("web1")
	}
	require.False(t, one.problem("flows_contested", testBridge))
}

// TestOtherFlows: what was done while nobody looked is put right with the next connection: foreign flows and stale ones
// of ours removed, deleted ones put back.
func TestOtherFlows(t *testing.T) {
	w, one, _ := blue(t)
	before := one.dump()
	one.stop()
	stale := pipeline.Owner{Module: pipeline.ModuleL2, Name: "port/gone"}
	one.sw.Ofctl("add-flow", testBridge, fmt.Sprintf("table=30,priority=100,cookie=%#x,reg0=0x77,"+
		"dl_dst=0a:00:00:00:00:77,actions=output:1", pipeline.Cookie(stale.Module, stale.Name)))
	one.start()
	one.ready()
	w.settle()
	require.Equal(t, before, one.dump())
	require.EqualValues(t, 1, one.status().Flows.Sent)
}

// noTunnel is a switch without a tunnel port.
type noTunnel struct{ ovsctl.CLI }

func (n noTunnel) Ensure(ctx context.Context, s ovsctl.Setup) error {
	s.TunnelPort = ""
	return n.CLI.Ensure(ctx, s)
}

// TestRefusedFlow: a flow that the switch refuses holds nothing up for ever once nobody wants it any more.
func TestRefusedFlow(t *testing.T) {
	w, one, _ := blue(t)
	bad := pipeline.Flow{Key: "\x1e\x00\x64", Instr: "\xff\xff\x00\x08\x00\x00\x00\x00", Owner: "port/bad",
		Cookie: pipeline.Cookie(pipeline.ModuleL2, "port/bad")}
	put := func(f func()) {
		_, err := onScheduler(t.Context(), one.a, func() (bool, error) {
			f()
			one.a.engine.wake.Notify()
			return true, nil
		})
		require.NoError(t, err)
	}
	put(func() { one.a.engine.set.Put(&bad) })
	await(t, "flow_refused", func() bool { return one.problem("flow_refused", testBridge) })
	w.port("web3", "blue")
	await(t, "the store is read", func() bool { return one.status().Store.Revision == w.rev() })
	require.Less(t, one.status().Store.AppliedRevision, w.rev())
	put(func() { one.a.engine.set.Remove(bad.Key, bad.Owner) })
	await(t, "all is well", func() bool {
		s := one.status()
		return len(s.Problems) == 0 && s.Store.AppliedRevision == w.rev()
	})
}

func TestNoTunnelPort(t *testing.T) {
	w := newWorld(t, 2)
	w.network("blue", 1)
	w.port("web1", "blue")
	w.port("web2", "blue")
	w.hosts[0].env.Switch = noTunnel{}
	w.startAll()
	one, two := w.hosts[0], w.hosts[1]
	one.attach("p1", "web1")
	two.attach("p2", "web2")
	one.up("web1")
	two.up("web2")
	w.settle()
	require.True(t, one.problem("tunnel_port_missing", "vxlan0"))
	require.Equal(t, 1, one.owned("port/web2"), "ARP is answered all the same")
	one.sw.Vsctl("add-port", testBridge, "vxlan0", "--", "set", "interface", "vxlan0", "type=vxlan",
		"options:remote_ip=flow", "options:key=flow")
	await(t, "it is used", func() bool { return one.owned("port/web2") == 2 && len(one.status().Problems) == 0 })
}

// TestHostChangesItsID: an agent that was quicker than the tools that give the switch its id keeps its ports.
func TestHostChangesItsID(t *testing.T) {
	w, one, two := blue(t)
	require.Equal(t, "host1", one.status().HostID)
	one.sw.Vsctl("set", "open_vswitch", ".", "external_ids:system-id=6f0c")
	await(t, "the id is taken over", func() bool { return one.status().HostID == "6f0c" })
	await(t, "the port is announced again", func() bool {
		p, err := w.cat.Port(t.Context(), "web1")
		return err == nil && p.Host == "host1" && w.bound("6f0c") == 1 && w.bound("host1") == 0
	})
	w.settle()
	require.Equal(t, status.PortUp, one.portState("web1"))
	require.Equal(t, 2, two.owned("port/web1"))
	var c catalog.Changes
	c.Delete(model.KindPort, "web1")
	w.commit(&c)
	require.Zero(t, w.bound("6f0c"))
}

// bound counts the ports that the store lists for a host.
func (w *world) bound(hostID string) int {
	list, err := w.st.List(w.t.Context(), boundIndex(hostID))
	require.NoError(w.t, err)
	return len(list)
}

// TestSwitchAwayAtStart: nothing of Open vSwitch is there when the agent starts; it comes part by part.
func TestSwitchAwayAtStart(t *testing.T) {
	w := newWorld(t, 1)
	h := w.hosts[0]
	w.network("blue", 1)
	w.port("web1", "blue")
	h.sw.StopVswitchd()
	h.sw.StopDB()
	h.start()
	await(t, "both are missed", func() bool {
		return h.problem("ovsdb_unreachable", h.sw.DB) && h.problem("switch_unreachable", testBridge)
	})
	require.False(t, h.status().Ready)
	require.Contains(t, fmt.Sprint(h.status().Problems), "is ovsdb-server running?")
	h.sw.StartDB()
	await(t, "the database is there", func() bool { return !h.problem("ovsdb_unreachable", h.sw.DB) })
	require.True(t, h.problem("switch_unreachable", testBridge))
	h.sw.StartVswitchd()
	h.ready()
	await(t, "no problem is left", func() bool { return len(h.status().Problems) == 0 })
	h.attach("p1", "web1")
	h.up("web1")
	w.settle()
}

// TestLayoutOfAnotherBuild: what another build has made of the tables is changed in one step, with all that depends on
// it.
func TestLayoutOfAnotherBuild(t *testing.T) {
	w, one, _ := blue(t)
	before := one.dump()
	bundles := func() int {
		n, err := onScheduler(t.Context(), one.a, func() (int, error) { return one.a.engine.bundles, nil })
		require.NoError(t, err)
		return n
	}
	require.Zero(t, bundles())
	one.restart()
	require.Zero(t, bundles(), "the same build")
	one.stop()
	one.sw.Ofctl("mod-flows", "--strict", testBridge, "table=30,priority=0,actions=goto_table:40")
	one.sw.Ofctl("del-flows", testBridge, "table=41")
	one.start()
	one.ready()
	w.settle()
	require.Equal(t, 1, bundles())
	require.Equal(t, before, one.dump())

	one.stop()
	one.sw.StopVswitchd()
	one.sw.StartVswitchd()
	one.start()
	one.ready()
	w.settle()
	require.Zero(t, bundles(), "an empty switch is filled from the last table to the first")
	require.Equal(t, before, one.dump())
}
