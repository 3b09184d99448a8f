package agent

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

func TestAttachBeforeAndAfterDefinition(t *testing.T) {
	w := newWorld(t, 1)
	h := w.hosts[0]
	w.network("blue", 1)
	w.port("web1", "blue")
	w.startAll()
	await(t, "no problem is left", func() bool { return len(h.status().Problems) == 0 }) // the tunnel port comes last

	h.attach("p1", "web1")
	h.up("web1")
	require.Positive(t, h.owned("port/web1"))
	require.Equal(t, "host1", w.boundTo("web1"))

	h.attach("p2", "web2")
	await(t, "port_undefined", func() bool { return h.problem("port_undefined", "web2") })
	require.Equal(t, status.PortUndefined, h.portState("web2"))
	w.port("web2", "blue")
	h.up("web2")
	require.False(t, h.problem("port_undefined", "web2"))
	w.settle()
}

// TestIfaceIDSetLateChangedAndRemoved plays what tools do that add the interface first and say later whose it is.
func TestIfaceIDSetLateChangedAndRemoved(t *testing.T) {
	w := newWorld(t, 1)
	h := w.hosts[0]
	w.network("blue", 1)
	w.network("red", 2)
	w.port("web1", "blue")
	w.port("db1", "red")
	w.startAll()

	h.attach("p1", "")
	w.settle()
	require.Empty(t, h.status().Ports)
	before := h.dump()

	h.sw.Vsctl("set", "interface", "p1", "external_ids:iface-id=web1")
	h.up("web1")

	h.sw.Vsctl("set", "interface", "p1", "external_ids:iface-id=db1")
	h.up("db1")
	await(t, "web1 is withdrawn", func() bool { return w.boundTo("web1") == "" })
	require.Empty(t, h.portState("web1"))
	require.Zero(t, h.owned("port/web1"))
	require.Zero(t, h.owned("network/blue"), "a network without a port here has no flows here")
	require.Positive(t, h.owned("port/db1"))

	h.sw.Vsctl("remove", "interface", "p1", "external_ids", "iface-id")
	await(t, "db1 is withdrawn", func() bool { return w.boundTo("db1") == "" })
	w.settle()
	require.Equal(t, before, h.dump())
}

// TestTheNewestAttachWins: a port that two hosts have is where it was attached last, and stays there.
func TestTheNewestAttachWins(t *testing.T) {
	w := newWorld(t, 3)
	one, two, three := w.hosts[0], w.hosts[1], w.hosts[2]
	w.network("blue", 1)
	w.port("web1", "blue")
	w.port("web2", "blue")
	w.startAll()
	three.attach("p2", "web2")
	one.attach("p1", "web1")
	three.up("web2")
	one.up("web1")

	two.attach("p1", "web1")
	await(t, "it is ready", func() bool { return two.portState("web1") == status.PortStandby })
	w.settle()
	require.Equal(t, "host1", w.boundTo("web1"), "until the guest speaks")
	two.speaks("p1")
	two.up("web1")
	await(t, "host1 knows", func() bool { return one.problem("port_claimed_elsewhere", "web1") })
	require.Equal(t, status.PortElsewhere, one.portState("web1"))
	w.settle()
	require.Equal(t, "host2", w.boundTo("web1"))
	require.Contains(t, three.dump(), "set_field:192.0.2.2->tun_dst")
	require.NotContains(t, three.dump(), "set_field:192.0.2.1->tun_dst")

	one.restart() // it must know also after a restart that it lost the port
	w.settle()
	require.Equal(t, "host2", w.boundTo("web1"))
	require.True(t, one.problem("port_claimed_elsewhere", "web1"))

	two.detach("p1")
	await(t, "host2 withdraws", func() bool { return w.boundTo("web1") == "" })
	w.settle()
	one.restart()
	w.settle()
	require.Empty(t, w.boundTo("web1"), "who lost a port does not take it back by itself")
	require.True(t, one.problem("port_claimed_elsewhere", "web1"))
	for _, h := range w.hosts {
		require.Zero(t, h.owned("port/web1"), "a port that is nowhere has no flows anywhere: %s", h.cfg.Host)
	}

	one.detach("p1")
	one.attach("p1", "web1")
	one.up("web1")
	w.settle()
	require.Equal(t, "host1", w.boundTo("web1"))
	require.Contains(t, three.dump(), "set_field:192.0.2.1->tun_dst")
	require.Empty(t, one.status().Problems)
}

// TestOneOfTwoInterfacesLeaves: a second interface took the port back; the first lost it, and has lost it still.
func TestOneOfTwoInterfacesLeaves(t *testing.T) {
	w, one, two := blue(t)
	two.attach("p9", "web1")
	await(t, "it is ready", func() bool { return two.portState("web1") == status.PortStandby })
	two.speaks("p9")
	await(t, "host1 knows", func() bool { return one.portState("web1") == status.PortElsewhere })
	one.attach("p0", "web1")
	await(t, "it is ready", func() bool { return one.portState("web1") == status.PortStandby })
	one.speaks("p0")
	one.up("web1")
	w.settle()
	require.True(t, one.problem("duplicate_iface_id", "web1"))
	require.Equal(t, status.PortElsewhere, two.portState("web1"))

	one.detach("p0")
	await(t, "it is withdrawn", func() bool { return w.boundTo("web1") == "" })
	w.settle()
	require.Equal(t, status.PortElsewhere, one.portState("web1"))
	require.Zero(t, one.owned("port/web1")+two.owned("port/web1"))
}

// TestPortCreatedAgainInAnotherNetwork: same name, same interface, other network; a third host follows both networks.
func TestPortCreatedAgainInAnotherNetwork(t *testing.T) {
	w := newWorld(t, 2)
	one, two := w.hosts[0], w.hosts[1]
	w.network("blue", 1)
	w.network("red", 2)
	for name, net := range map[string]string{"web1": "red", "b2": "blue", "r2": "red"} {
		w.port(name, net)
	}
	w.startAll()
	one.attach("p1", "web1")
	two.attach("p1", "b2")
	two.attach("p2", "r2")
	one.up("web1")
	two.up("b2")
	two.up("r2")
	w.settle()
	for i, network := range []string{"blue", "red", "blue"} {
		w.delete(model.KindPort, "web1")
		w.port("web1", network)
		await(t, "web1 has moved", func() bool {
			p := one.status().Ports[0]
			return p.Network == network && p.State == status.PortUp
		})
		w.settle()
		require.Equal(t, "host1", w.boundTo("web1"))
		require.Positive(t, two.owned("port/web1"), "round %d: the other host sends to it", i)
		require.Equal(t, []status.Tunnel{{Host: "host2", Address: two.cfg.Tunnel.Address}}, one.status().Tunnels)
	}
}

func TestNetworkDeletedAfterItsPorts(t *testing.T) {
	w := newWorld(t, 2)
	one, two := w.hosts[0], w.hosts[1]
	w.network("blue", 1)
	w.port("web1", "blue")
	w.port("web2", "blue")
	w.startAll()
	bare := []string{one.dump(), two.dump()}
	one.attach("p1", "web1")
	two.attach("p1", "web2")
	one.up("web1")
	two.up("web2")
	w.delete(model.KindPort, "web1", "web2")
	w.delete(model.KindSubnet, "blue-v4")
	w.delete(model.KindNetwork, "blue")
	await(t, "port_undefined", func() bool {
		return one.problem("port_undefined", "web1") && two.problem("port_undefined", "web2")
	})
	w.settle()
	require.Equal(t, bare, []string{one.dump(), two.dump()})

	w.network("blue", 3)
	w.port("web1", "blue")
	one.up("web1")
	require.Equal(t, "10.3.0.2", one.status().Ports[0].IPs[0].String())
}

func TestSubnetUpdated(t *testing.T) {
	w := newWorld(t, 1)
	h := w.hosts[0]
	w.network("blue", 1)
	w.port("web1", "blue")
	w.startAll()
	h.attach("p1", "web1")
	h.up("web1")
	w.settle()
	served := h.dump()
	require.Contains(t, served, "userdata=")

	update := func(edit func(s *model.Subnet)) {
		var c catalog.Changes
		c.Update(model.KindSubnet, "blue-v4", func(o catalog.Object) error { edit(o.(*model.Subnet)); return nil })
		w.commit(&c)
		w.settle()
	}
	off, on := false, true
	update(func(s *model.Subnet) { s.DHCP = &off })
	require.NotContains(t, h.dump(), "userdata=", "guests may have a server of their own")
	require.Zero(t, h.owned("subnet/blue-v4"))
	update(func(s *model.Subnet) { s.DHCP = &on })
	require.Equal(t, served, h.dump())

	sent := h.status().Flows.Sent
	update(func(s *model.Subnet) { s.Gateway = netip.MustParseAddr("10.1.0.100") })
	require.Equal(t, sent, h.status().Flows.Sent, "the gateway is in no flow")
	got, err := onScheduler(t.Context(), h.a, func() (model.Subnet, error) {
		s, _ := h.a.view.Subnets.Peek("blue-v4")
		return s, nil
	})
	require.NoError(t, err)
	require.Equal(t, "10.1.0.100", got.Gateway.String(), "but in what DHCP says")
}
