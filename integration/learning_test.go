package integration

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A network in a VLAN that learns few machines, for a short time, and sends to no others.
const learnt = `
physnets: [{name: office, type: vlan, vlan: 100-199}]
physports: [{name: trunk, physnet: office, interface: up0}]
networks:
  - {name: staff, physnet: office, vlan: 100, learning: true, learning_max: 8, learning_age: 8s, unknown_unicast: drop}
subnets: [{name: staff-v4, network: staff, cidr: 10.10.0.0/24}]
ports:
  - {name: s1, network: staff, ip: 10.10.0.11}
  - {name: s2, network: staff, ip: 10.10.0.12}
`

// learns waits until a host says that its switch knows so many machines outside.
func (l *lab) learns(host string, machines int) {
	l.t.Helper()
	var s learning
	l.within(2*settleTimeout, func() bool {
		all := l.status(host).Learning
		if len(all) != 1 {
			return false
		}
		s = all[0]
		return s.Machines == machines
	}, "%s has not learnt %d machines: %+v", host, machines, &s)
}

// speaks has the machine announce itself with each of these addresses.
func (l *lab) speaks(macs ...string) {
	l.t.Helper()
	command := ""
	for _, mac := range macs { // nobody answers, which is an error to arping
		command += "arping -q -p -s " + mac + " -U -c 1 -I eth0 10.10.0.200 & "
	}
	l.ip("netns", "exec", machine, "sh", "-c", command+"wait")
}

func TestLearning(t *testing.T) {
	l := on(t)
	l.apply(learnt)
	l.physicalSwitch()
	l.ip("netns", "exec", machine, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1") // it speaks when it is told to
	l.guests("hv1/s1", "hv2/s2")
	const at = "02:00:00:00:00:77"
	l.ip("-n", machine, "link", "set", "eth0", "address", at)
	l.pings("s1", "10.10.0.12") // ours are known, wherever they are
	for _, guest := range []string{"s1", "s2"} {
		l.exec(guest, "ip", "neigh", "replace", "10.10.0.200", "lladdr", at, "dev", "eth0")
	}
	l.learns("hv1", 0)
	wire := l.wire("icmp or (vlan and icmp)")
	l.silent("s1", "10.10.0.200")
	require.Zero(t, count(wire.stop(), "> 10.10.0.200"), "it leaves the host, and nobody knows that machine")

	l.speaks(at)
	l.pings("s1", "10.10.0.200")
	l.pings("s2", "10.10.0.200")
	known := l.flows("hv1", "--table", "learnt", "--network", "staff")
	i := slices.IndexFunc(known, func(f flow) bool { return strings.Contains(f.Match, "dl_dst="+at) })
	require.GreaterOrEqual(t, i, 0, "%+v", known) // beside it a guest of ours may be that spoke before hv1 was told of it
	l.within(2*settleTimeout, func() bool {
		s := l.status("hv1").Learning[0]
		return s.Unknown == "drop" && s.UnknownFrames > 0 && s.KnownFrames > 0
	}, "frames are not counted: %+v", l.status("hv1").Learning)
	sent := l.status("hv1").Flows.Sent
	l.exec("hv1", "ovs-ofctl", "-O", "OpenFlow13", "del-flows", "br-int", "cookie="+known[i].Cookie+"/-1")

	var invented []string
	for i := range 20 {
		invented = append(invented, fmt.Sprintf("02:00:00:00:01:%02x", i))
	}
	l.speaks(invented...)
	l.learns("hv1", 8)
	l.eventually(func() bool { return l.status("hv1").problem("learning_full", "staff") != nil }, "nobody is told")
	require.Equal(t, sent, l.status("hv1").Flows.Sent, "the agent has nothing to do with it")
	l.learns("hv1", 0) // they age
	l.silent("s1", "10.10.0.200")

	l.coordinator("network", "update", "staff", "--unknown-unicast", "flood")
	l.coordinator("wait")
	l.pings("s1", "10.10.0.200")
	l.coordinator("network", "update", "staff", "--learning=false")
	l.coordinator("wait")
	l.pings("s1", "10.10.0.200")
	require.Empty(t, l.status("hv1").Learning)
}
