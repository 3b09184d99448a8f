package integration

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const onDemandAge = "6s"

// configure adds a line to the configuration of a host's agent, until the test is over.
func (l *lab) configure(host, line string) {
	l.t.Helper()
	path := filepath.Join(labDir, host, "agent.yaml")
	before, err := os.ReadFile(path)
	require.NoError(l.t, err)
	set := func(text string) {
		require.NoError(l.t, os.WriteFile(path, []byte(text), 0o600))
		l.run("agent", host, "restart")
	}
	l.t.Cleanup(func() { set(string(before)) })
	set(string(before) + line + "\n")
}

// onDemand are the tables in which a port has flows on a host because it is wanted there.
func (l *lab) onDemand(host, port string) (tables []string) {
	l.t.Helper()
	for _, f := range l.flows(host, "--port", port) {
		if f.Module == "demand" && f.State == "installed" {
			tables = append(tables, f.TableName)
		}
	}
	return tables
}

// TestOnDemand: where flows are on demand, no frame is lost, neither the first nor those that come before the flows do,
// also while there is no agent; the flows come, a restarted agent adopts them, and they go when nobody speaks to the
// port any more.
func TestOnDemand(t *testing.T) {
	l := on(t)
	l.apply(blue)
	l.coordinator("network", "update", "blue", "--strategy", "on-demand")
	l.guests("hv1/web1", "hv2/web2", "hv2/web3")
	for _, host := range []string{"hv1", "hv2"} {
		l.configure(host, "demand: {age: "+onDemandAge+"}")
	}
	l.coordinator("wait")
	require.Empty(t, l.onDemand("hv1", "web2"))

	burst := func(to string) {
		t.Helper()
		r := l.try("web1", "ping", "-n", "-q", "-c", "50", "-i", "0.002", "-W", "2", to)
		require.Contains(t, r.out, " 0% packet loss", "%s\n%s", r.out, r.err)
	}
	burst("10.10.0.12")
	l.eventually(func() bool { return len(l.onDemand("hv1", "web2")) == 2 }, "web2 has no flows on hv1")
	l.eventually(func() bool { return len(l.onDemand("hv2", "web1")) == 2 }, "web1 has none on hv2, whose guest answers")
	require.Equal(t, []string{"arp", "l2"}, l.onDemand("hv1", "web2"))
	require.Empty(t, l.onDemand("hv1", "web3"), "nobody speaks to it")
	require.Contains(t, l.exec("hv1", "vlcp-agent", "status"), "demand   blue (on-demand): 1 of 3 ports are wanted here")

	l.run("agent", "hv1", "restart")
	require.Zero(t, l.status("hv1").Flows.Sent)
	require.Len(t, l.onDemand("hv1", "web2"), 2)
	l.pings("web1", "10.10.0.12")

	l.run("agent", "hv1", "stop")
	heard := l.capture("web2", "eth0", "in", "icmp")
	burst("10.10.0.13") // nobody is there to give it flows
	require.Zero(t, count(heard.stop(), "10.10.0.13"), "which concerns its own guest only")
	l.run("agent", "hv1", "start")
	require.Zero(t, l.status("hv1").Flows.Sent)
	l.within(3*settleTimeout, func() bool { return len(l.onDemand("hv1", "web2")) == 0 }, "web2 has not aged")

	mac := l.status("hv2").port("web2").MAC
	l.exec("web1", "ip", "neigh", "replace", "10.10.0.12", "lladdr", mac, "dev", "eth0")
	burst("10.10.0.12") // without a request before it
	l.eventually(func() bool { return len(l.onDemand("hv1", "web2")) == 2 }, "web2 has no flows on hv1 again")
	l.coordinator("network", "update", "blue", "--strategy", "prepush")
	l.coordinator("wait")
	require.Empty(t, l.onDemand("hv1", "web2"))
	l.pings("web1", "10.10.0.13")
	require.NotContains(t, l.exec("hv1", "vlcp-agent", "status"), "demand   ", "nothing is on demand")
}
