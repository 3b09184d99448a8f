package agent

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/journal"
	"github.com/vlcp-go/vlcp/common/model"
)

// Physical networks of other types or UDP ports have tunnel ports of their own, made when a network of them is here.
func TestTunnelPortsOfPhysicalNetworks(t *testing.T) {
	w := newWorld(t, 2)
	one, two := w.hosts[0], w.hosts[1]
	vnis := model.Range{Lo: 10000, Hi: 20000}
	w.create(&model.PhysNet{Name: "far", Type: model.TypeGeneve, VNI: vnis},
		&model.PhysNet{Name: "old", Type: model.TypeVXLAN, VNI: vnis, UDPPort: 8472})
	for i, physnet := range []string{"dc", "far", "old"} {
		w.create(&model.Network{Name: "n-" + physnet, PhysNet: physnet, VNI: 10000 + uint32(i)})
		w.port(physnet+"1", "n-"+physnet)
		w.port(physnet+"2", "n-"+physnet)
	}
	w.startAll()
	require.NotContains(t, one.sw.Vsctl("list-ports", testBridge), "geneve", "nothing needs it")
	for _, physnet := range []string{"dc", "far", "old"} {
		one.attach("tap-"+physnet, physnet+"1")
		two.attach("tap-"+physnet, physnet+"2")
		one.up(physnet + "1")
		two.up(physnet + "2")
	}
	for _, h := range w.hosts {
		await(t, "tunnel ports", func() bool { return len(h.status().Problems) == 0 })
	}
	w.settle()
	for name, kind := range map[string]string{"vxlan0": "vxlan 4789", "geneve6081": "geneve 6081",
		"vxlan8472": "vxlan 8472"} {
		is := one.sw.Vsctl("get", "interface", name, "type", "options:dst_port")
		require.Equal(t, kind, strings.ReplaceAll(strings.Join(strings.Fields(is), " "), `"`, ""))
		number := strings.TrimSpace(one.sw.Vsctl("get", "interface", name, "ofport"))
		require.Equal(t, 1, strings.Count(one.dump(), "in_port="+number+" "), "frames of one network come by %s", name)
		require.Equal(t, 2, strings.Count(one.dump()+" ", "tun_dst,output:"+number), "unicast and flood: %s", one.dump())
	}
	require.Empty(t, one.status().Problems)

	two.sw.Vsctl("set", "interface", "vxlan8472", "type=internal")
	await(t, "it is said", func() bool {
		return two.problem("tunnel_port_mistyped", "vxlan8472") ||
			two.problem("tunnel_port_missing", "vxlan8472")
	})
}

// Hosts with tunnel addresses of IPv6 reach each other, and not those of IPv4, which is said.
func TestTunnelsOverIPv6(t *testing.T) {
	w := newWorld(t, 3)
	for i, h := range w.hosts[:2] {
		h.cfg.Tunnel.Address = netip.MustParseAddr("fd00::1")
		if i == 1 {
			h.cfg.Tunnel.Address = netip.MustParseAddr("fd00::2")
		}
	}
	w.network("blue", 1)
	for _, p := range []string{"b1", "b2", "b3"} {
		w.port(p, "blue")
	}
	w.startAll()
	for i, h := range w.hosts {
		h.attach("tap0", []string{"b1", "b2", "b3"}[i])
		h.up([]string{"b1", "b2", "b3"}[i])
	}
	w.settle()
	require.Equal(t, 2, strings.Count(w.hosts[0].dump(), "set_field:fd00::2->tun_ipv6_dst"))
	require.NotContains(t, w.hosts[0].dump(), "192.0.2.3")
	require.Contains(t, w.hosts[0].saysOf("tunnel_family"), "its tunnel address 192.0.2.3 and ours, fd00::1")
	require.NotContains(t, w.hosts[2].dump(), "fd00::")
	require.Contains(t, w.hosts[0].saysOf("tunnel_mtu"), "needs 1520", "and IPv6 takes more")
}

// slowDisk reads a file in a while.
type slowDisk struct{ Files }

func (d slowDisk) ReadFile(name string) ([]byte, error) {
	time.Sleep(500 * time.Millisecond)
	return d.Files.ReadFile(name)
}

// An agent that reads its journal after the switch, and has no store, knows which tunnel port its networks have.
func TestTunnelPortsByTheJournal(t *testing.T) {
	w := newWorld(t, 2)
	one, two := w.hosts[0], w.hosts[1]
	w.create(&model.PhysNet{Name: "far", Type: model.TypeGeneve, VNI: model.Range{Lo: 10000, Hi: 20000}},
		&model.Network{Name: "n", PhysNet: "far"})
	w.port("f1", "n")
	w.port("f2", "n")
	w.startAll()
	one.attach("tap1", "f1")
	two.attach("tap2", "f2")
	one.up("f1")
	two.up("f2")
	await(t, "tunnel ports", func() bool { return len(one.status().Problems) == 0 })
	w.settle()
	before := one.dump()
	one.written()
	w.away()
	one.env.Files = slowDisk{journal.Disk{}}
	one.restart()
	require.True(t, one.status().Store.FromJournal)
	require.Zero(t, one.status().Flows.Sent)
	require.Equal(t, before, one.dump())
}
