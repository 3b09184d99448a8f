package integration

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// An address of IPv6 that is known is found through the switch, wherever its guest is, without a frame to that one; the
// guest itself finds no duplicate of it.
func TestNeighbourSolicitationsAreAnswered(t *testing.T) {
	l := on(t)
	l.apply(blue)
	l.coordinator("port", "update", "web1", "--ip", "10.10.0.11", "--ip", "2001:db8::11")
	l.coordinator("port", "update", "web2", "--ip", "10.10.0.12", "--ip", "2001:db8::12")
	l.guests("hv1/web1", "hv2/web2")
	l.exec("web2", "ip", "addr", "add", "2001:db8::12/64", "dev", "eth0")
	l.within(settleTimeout, func() bool {
		have := l.exec("web2", "ip", "-6", "addr", "show", "dev", "eth0", "scope", "global")
		require.NotContains(t, have, "dadfailed")
		return !strings.Contains(have, "tentative")
	}, "no duplicate is found of web2's own address: %s", l.exec("web2", "ip", "-6", "addr", "show", "dev", "eth0"))

	heard := l.capture("web1", "eth0", "in", "icmp6 and ip6[40] == 135") // web1 has not even set its address
	require.NotZero(t, l.try("web2", "ping", "-n", "-c", "1", "-W", "1", "2001:db8::11").code)
	mac := l.status("hv1").port("web1").MAC
	require.Contains(t, l.exec("web2", "ip", "-6", "neigh", "show", "2001:db8::11"), "lladdr "+mac)
	require.NotContains(t, heard.stop(), "2001:db8::11", "the solicitation is not flooded")

	l.exec("web1", "ip", "addr", "add", "2001:db8::11/64", "dev", "eth0", "nodad")
	l.pings("web2", "2001:db8::11")
}

// An address that no port has is answered for with the MAC that was given, on both hosts; a network may drop requests
// for unknown addresses, which the tunnel then does not carry, while what is announced still arrives.
func TestProxyAddressesAndSuppression(t *testing.T) {
	l := on(t)
	l.apply(blue)
	plain := l.status("hv1").Flows.Desired
	l.guests("hv1/web1", "hv2/web2")
	used := l.status("hv1").Flows.Desired
	require.Greater(t, used, plain)
	l.coordinator("subnet", "update", "blue-v4", "--proxy-address", "10.10.0.1,00:00:5e:00:01:01",
		"--proxy-address", "fe80::1,00:00:5e:00:02:01")
	l.coordinator("network", "update", "blue", "--suppress-arp")
	l.coordinator("wait")
	require.Equal(t, used+2+2+2, l.status("hv1").Flows.Desired, "two proxies, two to drop, a link-local one of each port")

	l.try("web1", "ping", "-n", "-c", "1", "-W", "1", "10.10.0.1")
	require.Contains(t, l.exec("web1", "ip", "neigh", "show", "10.10.0.1"), "lladdr 00:00:5e:00:01:01")
	l.within(settleTimeout, func() bool { // web2 may still look for duplicates of its own address
		l.try("web2", "ping", "-n", "-c", "1", "-W", "1", "fe80::1%eth0")
		return strings.Contains(l.exec("web2", "ip", "-6", "neigh", "show", "fe80::1"), "lladdr 00:00:5e:00:02:01 router")
	}, "web2 is not told of the router")
	require.Contains(t, l.exec("hv1", "vlcp-agent", "flows", "--table", "arp"), "subnet/blue-v4")
	r := l.tryCoordinator("port", "create", "x", "--network", "blue", "--ip", "10.10.0.1")
	require.Equal(t, 4, r.code, r.err)

	heard := l.capture("web2", "eth0", "in", "arp or icmp6")
	require.NotZero(t, l.try("web1", "ping", "-n", "-c", "1", "-W", "1", "10.10.0.99").code)
	l.try("web1", "arping", "-q", "-c", "2", "-w", "2", "-U", "-i", "eth0", "-S", "10.10.0.11", "10.10.0.11")
	text := heard.stop()
	require.NotContains(t, text, "10.10.0.99")
	require.Contains(t, text, "who-has 10.10.0.11", "gratuitous ARP")
	l.within(settleTimeout, func() bool { return l.status("hv1").port("web1").Drops["unknown"] > 0 }, "not counted: %+v",
		l.status("hv1").port("web1"))
	l.pings("web1", "10.10.0.12")

	l.apply(blue) // a file that does not say it takes both back
	l.coordinator("wait")
	require.Equal(t, used, l.status("hv1").Flows.Desired)
}
