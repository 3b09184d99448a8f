package integration

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// web1 and web2 are in blue; near, probe and other are in ops, which has the same addresses, and are to watch web1.
const mirrors = `
physnets:
  - {name: tenants, type: vxlan, vni: 10000-20000}
networks:
  - {name: blue, physnet: tenants}
  - {name: ops, physnet: tenants}
subnets:
  - {name: blue-v4, network: blue, cidr: 10.10.0.0/24}
  - {name: ops-v4, network: ops, cidr: 10.10.0.0/24}
ports:
  - {name: web1, network: blue, ip: 10.10.0.11}
  - {name: web2, network: blue, ip: 10.10.0.12}
  - {name: near, network: ops, ip: 10.10.0.11}
  - {name: probe, network: ops, ip: 10.10.0.12}
  - {name: other, network: ops, ip: 10.10.0.13}
mirrors:
  - {name: to-near, from: web1, to: near}
  - {name: to-probe, from: web1, to: probe}
`

// seen runs something, and counts what comes to guests of ICMP meanwhile: requests and answers.
func (l *lab) seen(guests []string, do func()) map[string][2]int {
	l.t.Helper()
	var taps []*process
	for _, g := range guests {
		taps = append(taps, l.capture(g, "eth0", "in", "icmp"))
	}
	do()
	out := map[string][2]int{}
	for i, g := range guests {
		text := taps[i].stop()
		out[g] = [2]int{count(text, "ICMP echo request"), count(text, "ICMP echo reply")}
	}
	return out
}

func TestMirrors(t *testing.T) {
	l := on(t)
	l.apply(mirrors)
	l.guests("hv1/web1", "hv2/web2", "hv1/near", "hv2/probe", "hv3/other")
	require.Contains(t, l.coordinator("mirror", "list"), "to-probe  web1  probe  both")
	text := l.exec("hv1", "vlcp-agent", "status")
	require.Contains(t, text, "mirror   to-near: copying, both of web1 to near\n")
	require.Contains(t, text, "mirror   to-probe: copying, both of web1 to probe on hv2\n")
	require.Contains(t, l.exec("hv2", "vlcp-agent", "status"), "mirror   to-probe: receiving, both of web1 to probe\n")
	all := []string{"web1", "web2", "near", "probe", "other"}
	ping := func() { l.pings("web1", "10.10.0.12") }

	require.Equal(t, map[string][2]int{"web1": {0, 5}, "web2": {5, 0}, "near": {5, 5}, "probe": {5, 5}, "other": {}},
		l.seen(all, ping), "on the same host, on another one, and nobody else")
	require.Equal(t, map[string][2]int{"web1": {5, 0}, "web2": {0, 5}, "near": {5, 5}, "probe": {5, 5}, "other": {}},
		l.seen(all, func() { l.pings("web2", "10.10.0.11") }), "what comes by the tunnel goes on by the tunnel")
	require.Equal(t, map[string][2]int{"web1": {}, "web2": {}, "near": {}, "probe": {0, 5}, "other": {5, 0}},
		l.seen(all, func() { l.pings("probe", "10.10.0.13") }), "who gets copies sends in its own network, uncopied")

	l.coordinator("mirror", "update", "to-near", "--direction", "out")
	l.coordinator("mirror", "update", "to-probe", "--direction", "in")
	l.coordinator("wait")
	require.Equal(t, map[string][2]int{"near": {5, 0}, "probe": {0, 5}}, l.seen([]string{"near", "probe"}, ping))

	l.run("unguest", "probe")
	l.eventually(func() bool { return l.status("hv1").problem("mirror_no_target", "to-probe") != nil }, "no problem")
	l.guests("hv3/probe")
	l.eventually(func() bool { return l.status("hv1").problem("mirror_no_target", "to-probe") == nil }, "it is there")
	require.Equal(t, map[string][2]int{"near": {5, 0}, "probe": {0, 5}}, l.seen([]string{"near", "probe"}, ping), "moved")

	r := l.tryCoordinator("mirror", "create", "back", "--from", "probe", "--to", "web2")
	require.Equal(t, 4, r.code)
	require.Contains(t, r.err, "mirror back: from: probe gets the copies of mirror to-probe, and copies are not copied")
	r = l.tryCoordinator("port", "delete", "probe")
	require.Equal(t, 4, r.code)
	require.Contains(t, r.err, "port probe: name: in use by mirror to-probe")
	l.coordinator("mirror", "delete", "to-near", "to-probe")
	l.coordinator("wait")
	require.Equal(t, map[string][2]int{"near": {}, "probe": {}}, l.seen([]string{"near", "probe"}, ping), "no more")
	for _, f := range append(l.flows("hv1"), l.flows("hv3")...) {
		require.NotEqual(t, "mirror", f.Module, "%+v", f)
	}
}

// A machine outside gets copies in VXLAN: here the router of the underlay.
func TestMirrorToAMachineOutside(t *testing.T) {
	l := on(t)
	l.apply(mirrors)
	l.guests("hv1/web1", "hv2/web2")
	l.coordinator("mirror", "delete", "to-near", "to-probe")
	l.coordinator("mirror", "create", "record", "--from", "web1", "--remote", "10.255.0.254", "--direction", "both")
	l.coordinator("wait")
	require.Contains(t, l.exec("hv1", "vlcp-agent", "status"), "mirror   record: copying, both of web1 to 10.255.0.254\n")
	wire := l.capture("underlay", "br0", "in", "udp port 4789 and dst host 10.255.0.254")
	l.pings("web1", "10.10.0.12")
	out := wire.stop()
	require.Equal(t, 5, count(out, "ICMP echo request"), out)
	require.Equal(t, 5, count(out, "ICMP echo reply"), out)
	require.True(t, strings.Contains(out, "vni 1671168"), out)
}
