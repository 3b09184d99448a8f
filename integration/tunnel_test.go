package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Three physical networks in tunnels of different kinds, whose networks have the same addresses.
const tunnels = `
physnets:
  - {name: tenants, type: vxlan, vni: 10000-20000}
  - {name: old, type: vxlan, vni: 10000-20000, udp_port: 8472}
  - {name: far, type: geneve, vni: 10000-20000}
networks: [{name: blue, physnet: tenants}, {name: green, physnet: old}, {name: red, physnet: far}]
subnets:
  - {name: blue-v4, network: blue, cidr: 10.10.0.0/24}
  - {name: green-v4, network: green, cidr: 10.10.0.0/24}
  - {name: red-v4, network: red, cidr: 10.10.0.0/24}
ports:
  - {name: b1, network: blue, ip: 10.10.0.11}
  - {name: b2, network: blue, ip: 10.10.0.12}
  - {name: g1, network: green, ip: 10.10.0.11}
  - {name: g2, network: green, ip: 10.10.0.12}
  - {name: r1, network: red, ip: 10.10.0.11}
  - {name: r2, network: red, ip: 10.10.0.12}
`

func TestTunnels(t *testing.T) {
	l := on(t)
	l.t.Cleanup(func() {
		for _, host := range hosts {
			l.try(host, "ovs-vsctl", "--if-exists", "del-port", "geneve6081", "--", "--if-exists", "del-port", "vxlan8472")
		}
	})
	l.apply(tunnels)
	l.guests("hv1/b1", "hv2/b2", "hv1/g1", "hv2/g2", "hv1/r1", "hv2/r2")
	l.settled("hv1", "hv2")
	l.kinds("10.255.0.2")

	t.Run("IPv6 underlay", func(t *testing.T) {
		l := &lab{t: t}
		for network, physnet := range map[string]string{"blue": "tenants", "green": "old", "red": "far"} {
			r := l.tryCoordinator("physnet", "update", physnet, "--underlay", "ipv6")
			require.Contains(t, r.err, "network "+network+" has MTU 1450, with this one 1430 would be possible")
			l.coordinator("network", "update", network, "--mtu", "1430")
			l.coordinator("physnet", "update", physnet, "--underlay", "ipv6")
		}
		for i, host := range hosts[:2] {
			l.tunnelAddress(host, fmt.Sprintf("fd00:255::%d", i+1))
		}
		l.settled("hv1", "hv2")
		l.eventually(func() bool { return strings.Contains(l.exec("hv1", "vlcp-agent", "flows"), "fd00:255::2") }, "no flows")
		l.try("b1", "ping", "-n", "-c", "2", "-W", "1", "10.10.0.12") // Open vSwitch asks for neighbours
		l.kinds("fd00:255::2")
	})
}

// settled waits until hosts have no problem.
func (l *lab) settled(hosts ...string) {
	l.t.Helper()
	for _, host := range hosts {
		l.eventually(func() bool { s, _ := l.tryStatus(host); return s.Switch.Connected && len(s.Problems) == 0 }, "%s: %s",
			host, l.try(host, "vlcp-agent", "status").out)
	}
}

// kinds pings from guest to guest in every network, and looks at the underlay.
func (l *lab) kinds(to string) {
	l.t.Helper()
	wire := l.capture("underlay", "hv1", "in", "host "+to+" and udp")
	for _, guest := range []string{"b1", "g1", "r1"} {
		l.pings(guest, "10.10.0.12")
	}
	out := wire.stop()
	for _, port := range []string{".4789: ", ".8472: ", ".6081: "} {
		require.GreaterOrEqual(l.t, count(out, to+port), 5, "UDP port %s: %s", port, out)
	}
}

// tunnelAddress gives a host another tunnel address, until the test is over.
func (l *lab) tunnelAddress(host, addr string) {
	l.t.Helper()
	l.ip("-n", host, "addr", "add", addr+"/64", "dev", "br-phy", "nodad")
	path := filepath.Join(labDir, host, "agent.yaml")
	before, err := os.ReadFile(path)
	require.NoError(l.t, err)
	set := func(text []byte) {
		require.NoError(l.t, os.WriteFile(path, text, 0o600))
		l.run("agent", host, "restart")
	}
	l.t.Cleanup(func() {
		set(before)
		l.ip("-n", host, "addr", "del", addr+"/64", "dev", "br-phy")
	})
	lines := strings.Split(string(before), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "tunnel:") {
			lines[i] = "tunnel: {address: \"" + addr + "\"}"
		}
	}
	set([]byte(strings.Join(lines, "\n")))
}
