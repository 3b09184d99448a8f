package integration

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPortMoves(t *testing.T) {
	l := on(t)
	l.apply(blue)
	l.guests("hv1/web1", "hv3/web3")
	l.pings("web3", "10.10.0.11")
	mac := l.status("hv1").port("web1").MAC
	require.Equal(t, "10.255.0.1", l.tunnelTo("hv3", mac))

	t.Run("detached and attached", func(t *testing.T) {
		l := &lab{t: t}
		l.run("unguest", "web1")
		l.eventually(func() bool { return l.tunnelTo("hv3", mac) == "" }, "hv3 still sends to the port")
		l.guests("hv2/web1")
		require.Equal(t, "10.255.0.2", l.tunnelTo("hv3", mac))
		require.Equal(t, "up", l.status("hv2").port("web1").State)
		require.False(t, l.hasFlowsOf("hv1", "web1"), "hv1 has no guest in this network any more")
		l.pings("web3", "10.10.0.11")
	})
	t.Run("attached twice", func(t *testing.T) {
		l := &lab{t: t}
		l.namespace("web1-again")
		l.exec("hv1", "vlcp-agent", "attach", "web1", "--netns", "web1-again")
		l.ip("netns", "exec", "web1-again", "ip", "addr", "add", "10.10.0.11/24", "dev", "eth0")
		l.ip("netns", "exec", "web1-again", "ip", "link", "set", "eth0", "up")
		l.when("web1-again", "arping -q -U -c 1 -I eth0 10.10.0.11")()
		l.eventually(func() bool { return l.status("hv1").port("web1").State == "up" }, "it does not move")
		l.coordinator("wait", "--port", "web1")
		require.Equal(t, "10.255.0.1", l.tunnelTo("hv3", mac), "the newest attach wins")
		require.Equal(t, "10.255.0.1", l.tunnelTo("hv2", mac), "the newest attach wins")
		require.Equal(t, "up", l.status("hv1").port("web1").State)
		l.eventually(func() bool { return l.status("hv2").problem("port_claimed_elsewhere", "web1") != nil }, "no problem")
		require.Contains(t, l.status("hv2").problem("port_claimed_elsewhere", "web1").Message, "hv1")
		l.ip("netns", "exec", "web1-again", "ethtool", "-K", "eth0", "tx", "off")
		l.pings("web3", "10.10.0.11")
		l.exec("hv1", "vlcp-agent", "detach", "web1")
	})
}

// namespace makes a network namespace of which the lab does not know.
func (l *lab) namespace(name string) {
	l.t.Helper()
	l.ip("netns", "add", name)
	l.t.Cleanup(func() { l.ip("netns", "del", name) })
}

func (l *lab) ip(args ...string) {
	l.t.Helper()
	out, err := exec.Command("ip", args...).CombinedOutput()
	require.NoError(l.t, err, "ip %v: %s", args, out)
}

// tunnelTo returns the address to which a host's switch sends what is for a MAC address, or nothing.
func (l *lab) tunnelTo(host, mac string) string {
	l.t.Helper()
	for key := range l.dump(host) {
		if _, actions, _ := strings.Cut(key, "dl_dst="+mac+" actions="); actions != "" {
			_, to, _ := strings.Cut(actions, "set_field:10.255.")
			to, _, _ = strings.Cut(to, "->tun_dst")
			return "10.255." + to
		}
	}
	return ""
}

func TestHostRename(t *testing.T) {
	l := on(t)
	l.apply(blue)
	l.guests("hv1/web1", "hv2/web2")
	before := l.status("hv1")
	rename := func(name string) {
		l.exec("hv1", "ovs-vsctl", "set", "open", ".", "external_ids:hostname="+name)
		l.eventually(func() bool { return l.status("hv1").Host == name }, "hv1 does not know that it is %s", name)
		l.eventually(func() bool { return l.status("hv2").Tunnels[0].Host == name }, "hv2 does not see %s", name)
		l.eventually(func() bool { return strings.Contains(l.hostList(), name+" 10.255.0.1 live") }, "not listed: %s", name)
	}
	t.Cleanup(func() { rename("hv1") })
	rename("newname")
	require.GreaterOrEqual(t, l.status("hv1").UptimeSeconds, before.UptimeSeconds)
	require.NotContains(t, l.hostList(), "hv1")
	require.Equal(t, before.Flows.Sent, l.status("hv1").Flows.Sent, "a name is in no flow")
	l.pings("web1", "10.10.0.12")
}

func (l *lab) hostList() string {
	l.t.Helper()
	var list []struct{ Name, Tunnel, State string }
	l.json(&list, "hv1", "vlcp-coordinator", "host", "list")
	var b strings.Builder
	for _, h := range list {
		fmt.Fprintln(&b, h.Name, h.Tunnel, h.State)
	}
	return b.String()
}

func TestPortDeleted(t *testing.T) {
	l := on(t)
	l.apply(blue)
	l.guests("hv1/web1", "hv2/web2", "hv3/web3")
	l.pings("web2", "10.10.0.11")
	mac := l.status("hv1").port("web1").MAC
	for _, host := range hosts {
		require.NotEmpty(t, l.flows(host, "--port", "web1"), host)
	}
	l.coordinator("port", "delete", "web1")
	for _, host := range hosts {
		l.eventually(func() bool {
			dump := l.exec(host, "ovs-ofctl", "-O", "OpenFlow13", "dump-flows", "br-int")
			return !strings.Contains(dump, mac) && !strings.Contains(dump, "10.10.0.11") &&
				!slices.ContainsFunc(l.flows(host), func(f flow) bool { return f.Owner == "port/web1" })
		}, "%s has flows of a port that is deleted", host)
	}
	l.silent("web1", "10.10.0.12")
	l.pings("web2", "10.10.0.13")
	require.NotNil(t, l.status("hv1").problem("port_undefined", "web1"))
}

func TestFlowsAreExplained(t *testing.T) {
	l := on(t)
	l.apply(twoNetworks)
	l.guests("hv1/b1", "hv2/b2", "hv1/g1", "hv3/g3")
	owners := map[string]bool{}
	for _, o := range []string{"network/blue", "network/green", "subnet/blue-v4", "subnet/green-v4"} {
		owners[o] = true
	}
	for _, p := range []string{"b1", "b2", "g1", "g3"} {
		owners["port/"+p] = true
	}
	for _, host := range hosts {
		flows := l.flows(host)
		require.Len(t, l.dump(host), len(flows), host)
		for _, f := range flows {
			require.True(t, owners[f.Owner] || f.Owner == "table/"+f.TableName, "%s: %+v", host, f)
			require.Equal(t, "installed", f.State, "%s: %+v", host, f)
			require.NotEmpty(t, f.Module, "%s: %+v", host, f)
		}
	}
	foreign := "cookie=0x123,table=50,priority=7,ip,actions=drop"
	l.exec("hv1", "ovs-ofctl", "-O", "OpenFlow13", "add-flow", "br-int", foreign)
	l.eventually(func() bool {
		return !strings.Contains(l.exec("hv1", "ovs-ofctl", "-O", "OpenFlow13", "dump-flows", "br-int"), "cookie=0x123,")
	}, "a flow that somebody planted is still there")
	l.run("agent", "hv1", "restart")
	require.Zero(t, l.status("hv1").Flows.Foreign)
	require.Zero(t, l.status("hv1").Flows.Sent)
}
