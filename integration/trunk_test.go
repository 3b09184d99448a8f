package integration

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A guest web1 that has a port in blue, untagged, and one in green, in VLAN 20; both networks have the same addresses.
const trunks = `
physnets:
  - {name: tenants, type: vxlan, vni: 10000-20000}
networks:
  - {name: blue, physnet: tenants}
  - {name: green, physnet: tenants}
subnets:
  - {name: blue-v4, network: blue, cidr: 10.10.0.0/24}
  - {name: green-v4, network: green, cidr: 10.10.0.0/24}
ports:
  - {name: web1, network: blue, ip: 10.10.0.11, mac: "0a:00:00:00:00:11"}
  - {name: web2, network: blue, ip: 10.10.0.12}
  - {name: peer, network: green, ip: 10.10.0.12}
  - {name: near, network: green, ip: 10.10.0.13}
`

// vlanGuest is a guest that knows VLANs: a bridge of its own in the Open vSwitch of a host, with an interface for the
// port on br-int, and machines behind it: untagged, in VLAN 20 and in VLAN 21.
func (l *lab) vlanGuest(host, port string) {
	l.t.Helper()
	vsctl := func(args ...string) { l.exec(host, append([]string{"ovs-vsctl"}, args...)...) }
	vsctl("add-br", "br-guest", "--", "set", "bridge", "br-guest", "datapath_type=netdev")
	l.t.Cleanup(func() { vsctl("del-br", "br-guest") })
	l.ip("-n", host, "link", "add", "nic0", "type", "veth", "peer", "name", "tap0")
	l.t.Cleanup(func() { l.ip("-n", host, "link", "del", "nic0") })
	for _, name := range []string{"nic0", "tap0"} {
		l.ip("-n", host, "link", "set", name, "up")
	}
	vsctl("add-port", "br-guest", "nic0", "tag=4000", "vlan_mode=native-untagged")
	for name, tag := range map[string]string{"untagged": "4000", "vlan20": "20", "vlan21": "21"} {
		l.namespace(name)
		l.ip("-n", host, "link", "add", "to-"+name, "type", "veth", "peer", "name", "eth0", "netns", name)
		l.ip("netns", "exec", name, "ethtool", "-K", "eth0", "tx", "off") // nobody behind a userspace datapath fills it in
		l.ip("-n", host, "link", "set", "to-"+name, "up")
		vsctl("add-port", "br-guest", "to-"+name, "tag="+tag)
		l.t.Cleanup(func() { l.ip("-n", host, "link", "del", "to-"+name) })
	}
	vsctl("add-port", "br-int", "tap0", "--", "set", "interface", "tap0", "external_ids:iface-id="+port)
	l.t.Cleanup(func() { vsctl("--if-exists", "del-port", "br-int", "tap0") })
}

// lease has a machine take its address by DHCP, with a MAC.
func (l *lab) lease(machine, mac string) {
	l.t.Helper()
	hook, err := filepath.Abs("../scripts/lib/dhcp-hook")
	require.NoError(l.t, err)
	l.ip("-n", machine, "link", "set", "eth0", "address", mac, "up")
	l.ip("netns", "exec", machine, "env", "VLCP_LAB_GUEST_DIR="+l.t.TempDir(), "udhcpc", "-i", "eth0", "-n", "-q", "-f",
		"-s", hook, "-t", "10", "-T", "1")
}

// machinePings pings from a machine, which is no guest of the lab's, three times, and reports
// whether all are answered; none must be, else.
func (l *lab) machinePings(machine, to string) bool {
	l.t.Helper()
	r := l.try("hv1", "ip", "netns", "exec", machine, "ping", "-n", "-c", "3", "-i", "0.05", "-W", "1", to)
	require.True(l.t, strings.Contains(r.out, " 0% packet loss") || strings.Contains(r.out, " 100% packet loss"), r.out)
	return strings.Contains(r.out, " 0% packet loss")
}

func TestTrunkPorts(t *testing.T) {
	l := on(t)
	l.apply(trunks)
	l.coordinator("port", "create", "web1-v20", "--network", "green", "--parent", "web1", "--vlan", "20", "--ip",
		"10.10.0.11", "--mac", "0a:00:00:00:00:20")
	require.Contains(t, l.coordinator("port", "list"), "web1 (VLAN 20)")
	l.vlanGuest("hv1", "web1")
	l.guests("hv2/web2", "hv2/peer", "hv1/near")
	require.Contains(t, l.exec("hv1", "vlcp-agent", "ports"), "tap0 (VLAN 20)")
	require.Equal(t, "up", l.status("hv1").port("web1-v20").State)

	wire := l.start("hv1", "tcpdump", "-nnel", "--immediate-mode", "-i", "tap0")
	l.eventually(func() bool { return strings.Contains(wire.out.String(), "listening on") }, "tcpdump: %s", wire.out)
	l.lease("untagged", "0a:00:00:00:00:11")
	l.lease("vlan20", "0a:00:00:00:00:20")
	require.True(t, l.machinePings("untagged", "10.10.0.12"))
	require.True(t, l.machinePings("vlan20", "10.10.0.12"), "peer, through the tunnel")
	require.True(t, l.machinePings("vlan20", "10.10.0.13"), "near, on the same host")
	l.silent("web2", "10.10.0.13") // blue has no such
	l.pings("peer", "10.10.0.11")
	out := wire.stop()
	for _, want := range []string{
		"0a:00:00:00:00:20 > ff:ff:ff:ff:ff:ff, ethertype 802.1Q (0x8100), length",
		"> 0a:00:00:00:00:20, ethertype 802.1Q (0x8100)", "vlan 20, p 0, ethertype IPv4",
		"> 0a:00:00:00:00:11, ethertype IPv4",
	} {
		require.Contains(t, out, want)
	}
	for line := range strings.Lines(out) {
		if strings.Contains(line, "0a:00:00:00:00:20 >") || strings.Contains(line, "> 0a:00:00:00:00:20") {
			require.Contains(t, line, "vlan 20, p 0", "each of its frames has the tag")
		}
		require.NotContains(t, strings.Replace(line, "vlan 20,", "", 1), "vlan", "and no other, nor two")
	}

	l.ip("-n", "vlan21", "link", "set", "eth0", "address", "0a:00:00:00:00:20", "up")
	l.ip("-n", "vlan21", "addr", "add", "10.10.0.11/24", "dev", "eth0")
	require.False(t, l.machinePings("vlan21", "10.10.0.12"), "nobody's tag")
	l.eventually(func() bool { return l.status("hv1").port("web1").Drops["vlan"] > 0 }, "it is counted")
	l.ip("-n", "vlan20", "link", "set", "eth0", "address", "0a:00:00:00:00:66")
	require.False(t, l.machinePings("vlan20", "10.10.0.12"), "not its MAC")
	l.eventually(func() bool { return l.status("hv1").port("web1-v20").Drops["mac"] > 0 }, "it is counted as its own")
	l.ip("-n", "vlan20", "link", "set", "eth0", "address", "0a:00:00:00:00:20")

	l.coordinator("port", "update", "web1-v20", "--vlan", "21")
	l.coordinator("wait")
	require.True(t, l.machinePings("vlan21", "10.10.0.12"), "it has another tag now")
	require.False(t, l.machinePings("vlan20", "10.10.0.12"))
	r := l.tryCoordinator("port", "delete", "web1")
	require.Equal(t, 4, r.code)
	require.Contains(t, r.err, "port web1: name: in use by port web1-v20: delete what uses it first")
	r = l.try("hv2", "vlcp-agent", "attach", "web1-v20", "--netns", "web2")
	require.Contains(t, r.err, "attach web1")
	require.Contains(t, l.try("hv1", "vlcp-agent", "detach", "web1-v20").err, "refused: port web1-v20 is a sub-port")
	l.coordinator("port", "delete", "web1-v20")
	l.coordinator("wait")
	require.False(t, l.machinePings("vlan21", "10.10.0.12"))
	require.True(t, l.machinePings("untagged", "10.10.0.12"))
}
