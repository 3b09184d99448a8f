package integration

import (
	"encoding/json"
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

// Limits hold within a tenth, each way.
func TestLimits(t *testing.T) {
	l := on(t)
	l.apply(blue)
	l.guests("hv1/web1", "hv2/web2")
	l.coordinator("port", "update", "web1", "--limit-in", "8mbit", "--limit-out", "4mbit")
	l.coordinator("wait")
	require.Contains(t, l.exec("hv1", "vlcp-agent", "ports"), "in:8mbit,out:4mbit")
	server := l.start("web2", "iperf3", "-s", "--forceflush")
	l.eventually(func() bool { return strings.Contains(server.out.String(), "listening") }, "iperf3: %s", server.out)
	measured := func(what string, args ...string) float64 {
		var r struct {
			End struct {
				Received struct {
					Rate float64 `json:"bits_per_second"`
				} `json:"sum_received"`
			}
		}
		args = append([]string{"iperf3", "-J", "-c", "10.10.0.12", "-t", "2"}, args...)
		require.NoError(t, json.Unmarshal([]byte(l.exec("web1", args...)), &r))
		t.Logf("%s: %.2f mbit/s", what, r.End.Received.Rate/1e6)
		return r.End.Received.Rate
	}
	// What is measured is the payload: 1398 of the 1464 bytes of a frame with TCP and time stamps at most.
	const tcp, udp = 1398.0 / 1464, 1400.0 / 1442
	for _, c := range []struct {
		what string
		want float64
		args []string
	}{
		{"TCP out", 4e6 * tcp, []string{"-O", "1"}},
		{"TCP in", 8e6 * tcp, []string{"-R", "-O", "1"}},
		{"UDP out", 4e6 * udp, []string{"-u", "-b", "6M", "-l", "1400"}},
		{"UDP in", 8e6 * udp, []string{"-R", "-u", "-b", "12M", "-l", "1400"}},
	} {
		if strings.HasPrefix(c.what, "UDP") { // which does not get slower behind the burst as TCP does
			l.coordinator("port", "update", "web1", "--burst", "200kbit")
			l.coordinator("wait")
		}
		rate := 0.0
		for tries := 3; tries > 0 && rate < 0.9*c.want; tries-- { // a machine that has much else to do sends less
			rate = measured(c.what, c.args...)
		}
		require.InEpsilon(t, c.want, rate, 0.1, c.what)
	}
	l.within(settleTimeout, func() bool {
		d := l.status("hv1").port("web1").Drops
		return d["limit-in"] > 0 && d["limit-out"] > 0
	}, "not counted: %+v", l.status("hv1").port("web1"))
	r := l.tryCoordinator("port", "update", "web1", "--limit-in", "0")
	require.Equal(t, 4, r.code)
	require.Contains(t, r.err, "port web1: limit_in: 0 would let nothing through: leave it out (--limit-in '')")
}
