package integration

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestInterfaceByHand attaches without the agent's help, as something that knows only Open vSwitch does, and not in
// the order that one would like.
func TestInterfaceByHand(t *testing.T) {
	l := on(t)
	l.apply(blue)
	l.guests("hv2/web2")
	require.Empty(t, l.status("hv1").Ports)
	l.exec("hv1", "ovs-vsctl", "add-port", "br-int", "hand0", "--", "set", "interface", "hand0", "type=internal")
	t.Cleanup(func() { l.exec("hv1", "ovs-vsctl", "--if-exists", "del-port", "hand0") })
	l.exec("hv1", "ip", "link", "set", "hand0", "up")
	require.Empty(t, l.status("hv1").Ports, "it asks for no port")

	t.Run("undefined", func(t *testing.T) {
		l := &lab{t: t}
		l.ask("late")
		l.eventually(func() bool { return l.status("hv1").problem("port_undefined", "late") != nil }, "no problem")
		require.Contains(t, l.status("hv1").problem("port_undefined", "late").Message, "hand0")
	})
	t.Run("defined later", func(t *testing.T) {
		l := &lab{t: t}
		mac := "0a:00:00:00:00:77"
		l.coordinator("port", "create", "late", "--network", "blue", "--mac", mac, "--ip", "10.10.0.77")
		l.coordinator("wait", "--port", "late")
		require.Empty(t, l.status("hv1").Problems)
		l.exec("hv1", "ip", "link", "set", "hand0", "address", mac)
		l.exec("hv1", "ip", "addr", "add", "10.10.0.77/24", "dev", "hand0")
		l.exec("hv1", "ethtool", "-K", "hand0", "tx", "off")
		l.pings("web2", "10.10.0.77")
	})
	t.Run("changed", func(t *testing.T) {
		l := &lab{t: t}
		l.ask("web1")
		l.coordinator("wait", "--port", "web1")
		l.eventually(func() bool { return !l.hasFlowsOf("hv2", "late") && !l.hasFlowsOf("hv1", "late") }, "late lives on")
		require.True(t, l.hasFlowsOf("hv2", "web1"))
		require.Equal(t, "hand0", l.status("hv1").port("web1").Interface)
		require.Nil(t, l.status("hv1").port("late"))
		l.silent("web2", "10.10.0.77")
		l.exec("hv1", "ip", "link", "set", "hand0", "address", l.status("hv1").port("web1").MAC)
		l.exec("hv1", "ip", "addr", "flush", "dev", "hand0")
		l.exec("hv1", "ip", "addr", "add", "10.10.0.11/24", "dev", "hand0")
		l.pings("web2", "10.10.0.11")
	})
	t.Run("not asking any more", func(t *testing.T) {
		l := &lab{t: t}
		l.exec("hv1", "ovs-vsctl", "remove", "interface", "hand0", "external_ids", "iface-id")
		l.eventually(func() bool { return !l.hasFlowsOf("hv2", "web1") && !l.hasFlowsOf("hv1", "web1") }, "web1 lives on")
		require.Empty(t, l.status("hv1").Ports)
	})
}

// ask has the interface made by hand ask for a port.
func (l *lab) ask(port string) {
	l.t.Helper()
	l.exec("hv1", "ovs-vsctl", "set", "interface", "hand0", "external_ids:iface-id="+port)
}

func (l *lab) hasFlowsOf(host, port string) bool {
	l.t.Helper()
	return slices.ContainsFunc(l.flows(host), func(f flow) bool { return f.Owner == "port/"+port })
}

func TestDeletionRefused(t *testing.T) {
	l := on(t)
	l.apply(blue)
	before := l.coordinator("export")
	for _, c := range []struct{ kind, name, user string }{
		{"physnet", "tenants", "network blue"},
		{"network", "blue", "blue-v4"},
		{"network", "blue", "web1"},
		{"subnet", "blue-v4", "web1"},
	} {
		r := l.tryCoordinator(c.kind, "delete", c.name)
		require.Equal(t, 4, r.code, "%s %s: %s%s", c.kind, c.name, r.out, r.err)
		require.Contains(t, r.err, c.name)
		require.Contains(t, r.err, c.user)
	}
	r := l.tryCoordinator("port", "delete", "web1", "nobody")
	require.Equal(t, 3, r.code, "%s%s", r.out, r.err)
	require.Contains(t, r.err, "nobody")
	require.Equal(t, before, l.coordinator("export"), "nothing has been deleted")
	r = l.tryCoordinator("host", "delete", "hv1")
	require.Equal(t, 4, r.code, "a live host: %s%s", r.out, r.err)
}
