package integration

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A network in a VLAN with guests on two hosts, and a machine outside.
const office = `
physnets: [{name: office, type: vlan, vlan: 100-199}]
physports: [{name: trunk, physnet: office, interface: up0}]
networks: [{name: staff, physnet: office, vlan: 100}]
subnets: [{name: staff-v4, network: staff, cidr: 10.10.0.0/24}]
ports:
  - {name: s1, network: staff, ip: 10.10.0.11, mac: "0a:00:00:00:00:11"}
  - {name: s2, network: staff, ip: 10.10.0.12, mac: "0a:00:00:00:00:12"}
  - {name: s3, network: staff, ip: 10.10.0.13, mac: "0a:00:00:00:00:13"}
`

var fdbPort = regexp.MustCompile(`(?m)^ +(\d+) +100 +(\S+)`)

// behind reports whether the physical switch takes s1 to be behind a port of its.
func (l *lab) behind(port string) bool {
	l.t.Helper()
	number := strings.TrimSpace(l.exec(sw, "ovs-vsctl", "get", "interface", port, "ofport"))
	for _, m := range fdbPort.FindAllStringSubmatch(l.exec(sw, "ovs-appctl", "fdb/show", "br-sw"), -1) {
		if m[2] == macOfS1 {
			return m[1] == number
		}
	}
	return false
}

const macOfS1 = "0a:00:00:00:00:11"

// followMax is how many frames, one a millisecond, may be lost by way of the physical switch when a guest moves. That
// of the lab is an Open vSwitch, which takes some 50 ms until its caches follow what it has learnt.
const followMax = 250

// TestMigrationInAVLAN: the physical switch follows the first frame of the guest at the target, and with it the machine
// outside and guests on both hosts.
func TestMigrationInAVLAN(t *testing.T) {
	l := on(t)
	l.apply(office)
	l.physicalSwitch()
	l.guests("hv1/s1", "hv2/s2", "hv1/s3")
	next := l.target("s1")
	l.coordinator("port", "migrate", "s1", "--to", "hv2")
	l.standby("s1", next, "10.10.0.11/24")
	require.Contains(t, l.coordinator("port", "migrate", "s1", "--to", "hv2", "--wait"), "ready: hv2")
	speak := l.when(next, "ip link set eth0 up && arping -q -U -c 1 -I eth0 10.10.0.11") // up before, it would answer ARP
	probers := map[string]*prober{}
	for _, from := range []string{machine, "s2", "s3"} {
		probers[from] = l.ping(from, "10.10.0.11")
	}
	require.True(t, l.behind("to-hv1"))
	time.Sleep(300 * time.Millisecond)
	l.ip("-n", "s1", "link", "set", "eth0", "down") // before the target runs, or the switch hears of it after that
	speak()
	l.eventually(func() bool { return l.status("hv2").port("s1").State == "up" }, "it does not move")
	l.eventually(func() bool { return l.behind("to-hv2") }, "the physical switch does not follow")
	for from, p := range probers {
		answered := count(p.ways[0].out.String(), "bytes from")
		l.eventually(func() bool { return count(p.ways[0].out.String(), "bytes from") > answered+50 }, "%s lost it", from)
		sent, lost := p.lost()
		t.Logf("%s: %d of %d frames lost", from, lost, sent)
		require.Greater(t, sent, 100)
		require.LessOrEqual(t, lost, followMax, "milliseconds without the guest, from %s", from)
	}
}

// TestUplinkReturnsOrIsReplaced: the physical switch is told of a guest that says nothing itself.
func TestUplinkReturnsOrIsReplaced(t *testing.T) {
	l := on(t)
	l.apply(office)
	l.physicalSwitch()
	l.guests("hv1/s1")
	l.eventually(func() bool { return l.behind("to-hv1") }, "it is not known where the guest is")
	require.Positive(t, l.status("hv1").Announcements.Sent)

	l.ip("-n", sw, "link", "set", "to-hv1", "down")
	l.exec(sw, "ovs-appctl", "fdb/flush", "br-sw")
	time.Sleep(300 * time.Millisecond)
	require.False(t, l.behind("to-hv1"))
	l.ip("-n", sw, "link", "set", "to-hv1", "up")
	l.eventually(func() bool { return l.behind("to-hv1") }, "its uplink is back, and nobody is told")

	l.plug("spare-hv1", "up1", "hv1")
	l.uplink("hv1", "up1")
	ping := l.ping(machine, "10.10.0.11")
	l.coordinator("physport", "create", "spare", "--physnet", "office", "--interface", "up1", "--host", "hv1")
	l.eventually(func() bool { return l.behind("spare-hv1") }, "another uplink, and nobody is told")
	time.Sleep(300 * time.Millisecond)
	sent, lost := ping.lost()
	t.Logf("%d of %d frames lost", lost, sent)
	require.LessOrEqual(t, lost, blackoutMax, "milliseconds without the guest")
}
