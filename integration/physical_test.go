package integration

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Two networks in VLANs of a trunk, with the same addresses, one without a tag on the same interface, and one that
// stays where it is.
const physical = `
physnets:
  - {name: office, type: vlan, vlan: 100-101}
  - {name: plain, type: flat}
  - {name: here, type: local}
physports:
  - {name: trunk, physnet: office, interface: up0}
  - {name: nowhere, physnet: office, interface: up9, host: "other*"}
  - {name: plain, physnet: plain, interface: up0}
networks:
  - {name: blue, physnet: office, vlan: 100}
  - {name: green, physnet: office}
  - {name: lan, physnet: plain}
  - {name: alone, physnet: here}
  - {name: pair, physnet: here}
subnets:
  - {name: blue-v4, network: blue, cidr: 10.10.0.0/24}
  - {name: green-v4, network: green, cidr: 10.10.0.0/24}
  - {name: lan-v4, network: lan, cidr: 10.20.0.0/24}
  - {name: alone-v4, network: alone, cidr: 10.30.0.0/24}
  - {name: pair-v4, network: pair, cidr: 10.40.0.0/31}
ports:
  - {name: b1, network: blue, ip: 10.10.0.11, mac: "0a:00:00:00:00:11"}
  - {name: b2, network: blue, ip: 10.10.0.12, mac: "0a:00:00:00:00:12"}
  - {name: g1, network: green, ip: 10.10.0.11, mac: "0a:00:00:00:00:11"}
  - {name: g2, network: green, ip: 10.10.0.12, mac: "0a:00:00:00:00:12"}
  - {name: n1, network: lan, ip: 10.20.0.11}
  - {name: n2, network: lan, ip: 10.20.0.12}
  - {name: a1, network: alone, ip: 10.30.0.11}
  - {name: a2, network: alone, ip: 10.30.0.12}
  - {name: a3, network: alone, ip: 10.30.0.13}
  - {name: p1, network: pair}
  - {name: p2, network: pair}
`

const (
	sw      = "hv3"     // where the physical switch is
	machine = "machine" // namespace of the one outside
)

// plug connects an interface in a namespace to a port of the physical switch.
func (l *lab) plug(port, peer, netns string, settings ...string) {
	l.t.Helper()
	l.ip("-n", sw, "link", "add", port, "type", "veth", "peer", "name", peer, "netns", netns)
	l.t.Cleanup(func() { l.ip("-n", sw, "link", "del", port) })
	l.ip("-n", sw, "link", "set", port, "up")
	l.ip("-n", netns, "link", "set", peer, "up")
	l.exec(sw, append([]string{"ovs-vsctl", "add-port", "br-sw", port}, settings...)...)
}

// uplink puts an interface on the bridge of a host.
func (l *lab) uplink(host, ifname string) {
	l.t.Helper()
	l.exec(host, "ovs-vsctl", "add-port", "br-int", ifname)
	l.t.Cleanup(func() { l.exec(host, "ovs-vsctl", "del-port", "br-int", ifname) })
}

// physicalSwitch is a switch with VLANs, a bridge of its own in the Open vSwitch of hv3, with trunks to hv1 and hv2 and
// a machine in VLAN 100.
func (l *lab) physicalSwitch() {
	l.t.Helper()
	l.namespace(machine)
	vsctl := func(host string, args ...string) { l.exec(host, append([]string{"ovs-vsctl"}, args...)...) }
	vsctl(sw, "add-br", "br-sw", "--", "set", "bridge", "br-sw", "datapath_type=netdev")
	l.t.Cleanup(func() { vsctl(sw, "del-br", "br-sw") })
	for _, host := range []string{"hv1", "hv2"} {
		l.plug("to-"+host, "up0", host)
		l.uplink(host, "up0")
	}
	l.plug("m0", "eth0", machine, "tag=100")
	l.ip("-n", machine, "addr", "add", "10.10.0.200/24", "dev", "eth0")
}

// wire captures what passes between hv1 and the switch, with tags.
func (l *lab) wire(filter string) *process {
	l.t.Helper()
	p := l.start("hv3", "tcpdump", "-nnel", "--immediate-mode", "-i", "to-hv1", filter)
	l.eventually(func() bool { return strings.Contains(p.out.String(), "listening on") }, "tcpdump: %s", p.out)
	return p
}

func TestPhysicalNetworks(t *testing.T) {
	l := on(t)
	l.apply(physical)
	l.guests("hv1/b1", "hv1/a1", "hv1/a2")
	l.eventually(func() bool { return l.status("hv1").problem("uplink_missing", "office") != nil }, "no uplink yet")
	l.physicalSwitch()
	gratuitous := l.wire("vlan 101 and arp")
	l.guests("hv2/b2", "hv1/g1", "hv2/g2", "hv1/n1", "hv2/n2", "hv2/a3", "hv1/p1", "hv1/p2")
	l.eventually(func() bool { return len(l.status("hv1").Problems) == 0 }, "%+v", l.status("hv1").Problems)
	require.Contains(t, gratuitous.stop(), "who-has 10.10.0.11 tell 10.10.0.11", "so that switches learn where it is")
	require.Contains(t, l.coordinator("network", "show", "green"), "vlan: 101")
	require.Contains(t, l.exec("b1", "ip", "link", "show", "eth0"), "mtu 1500")

	l.ip("-n", "hv1", "link", "set", "up0", "mtu", "1400")
	l.eventually(func() bool { return l.status("hv1").problem("uplink_mtu", "plain") != nil }, "packets do not fit")
	l.ip("-n", "hv1", "link", "set", "up0", "mtu", "1500")
	l.eventually(func() bool { return len(l.status("hv1").Problems) == 0 }, "they do: %+v", l.status("hv1").Problems)

	trunk := l.wire("icmp or (vlan and icmp)")
	l.pings("b1", "10.10.0.12")
	l.pings("g1", "10.10.0.12")
	l.pings("n1", "10.20.0.12")
	l.pings("b1", "10.10.0.200")
	l.ip("netns", "exec", machine, "ping", "-n", "-c", "5", "-i", "0.05", "-W", "2", "10.10.0.12")
	out := trunk.stop()
	require.Equal(t, 20, count(out, "vlan 100,"), out)
	require.Equal(t, 10, count(out, "vlan 101,"), out)
	require.Equal(t, 10, count(out, "10.20.0.1"), out)

	l.silent("g1", "10.10.0.200") // it is in the other VLAN
	l.pings("a1", "10.30.0.12")
	l.silent("a1", "10.30.0.13") // on another host
	require.Equal(t, "10.40.0.0", l.address("p1"), "a subnet of two addresses (RFC 3021)")
	l.pings("p1", "10.40.0.1")
	broadcasts := l.wire("vlan 100 and icmp[icmptype] == icmp-echo")
	l.try("b1", "ping", "-n", "-b", "-c", "3", "-i", "0.1", "-W", "0.2", "-s", "300", "10.10.0.255")
	require.Equal(t, 3, count(broadcasts.stop(), "length 308"), "each once, and nothing comes back")
	require.Empty(t, l.status("hv1").Tunnels)
}
