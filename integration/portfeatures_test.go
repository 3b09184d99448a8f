package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A guest uses every address of its port, is found by ARP under each, gets the port's DHCP options and host name, and
// is cut off while the port is down.
func TestAddressesOptionsAndAdminDown(t *testing.T) {
	l := on(t)
	l.apply(strings.Replace(blue, "gateway: 10.10.0.1", "domain: example.org", 1))
	l.coordinator("port", "update", "web1", "--ip", "10.10.0.11", "--ip", "10.10.0.21", "--ip", "2001:db8::11",
		"--hostname", "www", "--dhcp-option", "tftp-server=10.10.0.5", "--dhcp-option", "67=pxelinux.0")
	l.coordinator("port", "update", "web2", "--ip", "10.10.0.12", "--ip", "2001:db8::12")
	l.run("guest", "hv1", "web1", "--dhcp", "none")
	asked := l.start("web1", "tcpdump", "-nnlvvv", "--immediate-mode", "-i", "eth0", "udp port 68")
	l.eventually(func() bool { return strings.Contains(asked.out.String(), "listening on") }, "tcpdump: %s", asked.out)
	l.guests("hv1/web1", "hv2/web2")
	require.Equal(t, "10.10.0.11", l.address("web1"))
	answer := asked.stop()
	for _, want := range []string{`Hostname`, `"www"`, `"example.org"`, `TFTP`, `"10.10.0.5"`, `"pxelinux.0"`,
		"Server-IP 10.10.0.5"} {
		require.Contains(t, answer, want)
	}

	l.exec("web1", "ip", "addr", "add", "10.10.0.21/24", "dev", "eth0")
	l.exec("web1", "ip", "addr", "add", "2001:db8::11/64", "dev", "eth0", "nodad")
	l.exec("web2", "ip", "addr", "add", "2001:db8::12/64", "dev", "eth0", "nodad")
	l.pings("web2", "10.10.0.11")
	l.pings("web2", "10.10.0.21")
	l.pings("web2", "2001:db8::11")
	l.exec("web1", "ping", "-n", "-c", "1", "-W", "2", "-I", "10.10.0.21", "10.10.0.12")
	require.Contains(t, l.exec("hv1", "vlcp-agent", "ports"), "10.10.0.11,10.10.0.21,2001:db8::11")
	r := l.tryCoordinator("port", "update", "web3", "--allowed-address", "2001:db8::11")
	require.Equal(t, 4, r.code)
	require.Contains(t, r.err, "port web3: allowed_addresses: 2001:db8::11 belongs to port web1")

	exported := l.coordinator("export")
	require.Contains(t, exported, "tftp-server=10.10.0.5")
	l.apply(exported)

	before, web2 := l.status("hv1").Flows.Sent, fmt.Sprint(l.flows("hv2", "--port", "web2"))
	l.coordinator("port", "update", "web1", "--admin", "down")
	l.coordinator("wait")
	l.silent("web2", "10.10.0.11")
	l.silent("web1", "10.10.0.12")
	require.Equal(t, "admin-down", l.status("hv1").port("web1").State)
	require.Contains(t, l.coordinator("port", "list"), "admin-down")
	require.LessOrEqual(t, l.status("hv1").Flows.Sent-before, 9+3+3+4, "the port's own flows, and the network's")
	require.Len(t, l.flows("hv2", "--port", "web2"), strings.Count(web2, "port/web2"))
	l.coordinator("port", "update", "web1", "--admin", "up")
	l.coordinator("wait")
	l.pings("web2", "10.10.0.21")
}
