package integration

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A guest that gives itself another address is not heard of, until the operator allows it; all frames that a guest can
// forge are in agent/internal/modules/security.
func TestGuestsSendOnlyFromTheirAddresses(t *testing.T) {
	l := on(t)
	l.apply(blue)
	l.guests("hv1/web1", "hv2/web2")
	l.pings("web1", "10.10.0.12")
	l.exec("web1", "ip", "addr", "add", "10.10.0.77/24", "dev", "eth0")
	from := func(source string) bool {
		return l.try("web1", "ping", "-n", "-c", "2", "-i", "0.1", "-W", "1", "-I", source, "10.10.0.12").code == 0
	}
	require.False(t, from("10.10.0.77"))
	l.try("web1", "arping", "-q", "-c", "2", "-w", "2", "-U", "-i", "eth0", "-S", "10.10.0.77", "10.10.0.77")
	l.exec("web1", "ip", "link", "set", "eth0", "address", "0a:ff:00:00:00:01")
	l.silent("web1", "10.10.0.12")
	l.within(settleTimeout, func() bool {
		d := l.status("hv1").port("web1").Drops
		return d["source"] > 0 && d["mac"] > 0 && d["neighbor"] > 0
	}, "not counted: %+v", l.status("hv1").port("web1"))
	require.Contains(t, l.exec("hv1", "vlcp-agent", "ports"), "source:")
	for _, f := range l.flows("hv1") {
		require.Contains(t, []string{"installed", "learned"}, f.State, "%+v", f)
	}

	before := l.status("hv1").port("web1").Drops
	l.run("agent", "hv1", "restart")
	require.Zero(t, l.status("hv1").Flows.Sent)
	l.within(settleTimeout, func() bool { return l.status("hv1").port("web1").Drops["mac"] >= before["mac"] },
		"the switch keeps the counters")

	mac := l.status("hv1").port("web1").MAC
	l.exec("web1", "ip", "link", "set", "eth0", "address", mac)
	l.coordinator("port", "update", "web1", "--allowed-address", "10.10.0.77")
	l.coordinator("wait")
	require.True(t, from("10.10.0.77"))
	require.Contains(t, l.tryCoordinator("port", "create", "web9", "--network", "blue", "--ip", "10.10.0.77").err,
		"10.10.0.77 is an allowed address of port web1")
	require.Contains(t, l.tryCoordinator("port", "update", "web1", "--allowed-address", "10.10.0.12").err,
		"10.10.0.12 belongs to port web2")
	l.coordinator("port", "update", "web1", "--allowed-address", "")
	l.coordinator("wait")
	require.False(t, from("10.10.0.77"))
	l.coordinator("port", "update", "web1", "--port-security=false")
	l.coordinator("wait")
	require.True(t, from("10.10.0.77"))
}
