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
