package integration

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Two networks with the same addresses. No guest of blue is on hv3.
const twoNetworks = `
physnets:
  - {name: tenants, type: vxlan, vni: 10000-20000}
networks:
  - {name: blue, physnet: tenants}
  - {name: green, physnet: tenants}
subnets:
  - {name: blue-v4, network: blue, cidr: 10.10.0.0/24, gateway: 10.10.0.1, dns: [10.10.0.1]}
  - {name: green-v4, network: green, cidr: 10.10.0.0/24, gateway: 10.10.0.1, dns: [10.10.0.1]}
ports:
  - {name: b1, network: blue, ip: 10.10.0.11}
  - {name: b2, network: blue, ip: 10.10.0.12}
  - {name: b4, network: blue, ip: 10.10.0.14}
  - {name: g1, network: green, ip: 10.10.0.11}
  - {name: g2, network: green, ip: 10.10.0.12}
  - {name: g3, network: green, ip: 10.10.0.13}
`

func TestNetworks(t *testing.T) {
	l := on(t)
	l.apply(twoNetworks)
	l.guests("hv1/b1", "hv2/b2", "hv1/b4", "hv1/g1", "hv2/g2", "hv3/g3")

	t.Run("guests of a network reach each other", func(t *testing.T) {
		l := &lab{t: t}
		l.pings("b1", "10.10.0.12")
		l.pings("b1", "10.10.0.14")
		l.pings("b2", "10.10.0.14")
		l.pings("g1", "10.10.0.12")
		l.pings("g1", "10.10.0.13")
		l.pings("g3", "10.10.0.12")
	})
	t.Run("guests of another network are not reached", func(t *testing.T) {
		l := &lab{t: t}
		l.silent("b1", "10.10.0.13") // of green only
		l.silent("g3", "10.10.0.14") // of blue only
	})
	t.Run("the same addresses in two networks at the same time", func(t *testing.T) { sameAddresses(&lab{t: t}) })
	t.Run("broadcast", func(t *testing.T) { broadcast(&lab{t: t}) })
}

func sameAddresses(l *lab) {
	b2, g2 := l.capture("b2", "eth0", "in", "icmp"), l.capture("g2", "eth0", "in", "icmp")
	blue := l.start("b1", "ping", "-n", "-c", "10", "-i", "0.05", "-W", "2", "-s", "300", "10.10.0.12")
	green := l.start("g1", "ping", "-n", "-c", "10", "-i", "0.05", "-W", "2", "-s", "400", "10.10.0.12")
	require.Contains(l.t, blue.wait(), " 0% packet loss")
	require.Contains(l.t, green.wait(), " 0% packet loss")
	inBlue, inGreen := b2.stop(), g2.stop()
	require.Equal(l.t, 10, count(inBlue, "length 308"), inBlue)
	require.Zero(l.t, count(inBlue, "length 408"), inBlue)
	require.Equal(l.t, 10, count(inGreen, "length 408"), inGreen)
	require.Zero(l.t, count(inGreen, "length 308"), inGreen)
}

// broadcast sends three broadcasts in each network, of a length that nothing else has, and captures everywhere.
func broadcast(l *lab) {
	captures := map[string]*process{}
	for _, guest := range []string{"b1", "b2", "b4", "g1", "g2", "g3"} {
		captures[guest] = l.capture(guest, "eth0", "in", "icmp")
	}
	for _, host := range hosts {
		captures[host] = l.capture("underlay", host, "out", "udp port 4789")
	}
	l.try("b1", "ping", "-n", "-b", "-c", "3", "-i", "0.1", "-W", "0.2", "-s", "300", "10.10.0.255")
	l.try("g1", "ping", "-n", "-b", "-c", "3", "-i", "0.1", "-W", "0.2", "-s", "400", "10.10.0.255")
	got := map[string][2]int{}
	for where, c := range captures {
		out := c.stop()
		got[where] = [2]int{count(out, "length 308"), count(out, "length 408")}
	}
	require.Equal(l.t, map[string][2]int{
		"b1": {0, 0}, "b4": {3, 0}, "b2": {3, 0},
		"g1": {0, 0}, "g2": {0, 3}, "g3": {0, 3},
		"hv1": {0, 0}, "hv2": {3, 3}, "hv3": {0, 3},
	}, got, "broadcasts of blue and of green, by where they were seen")
}
