package pkg

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// pair is two hypervisors that live through the life of an installation, one stage after the other.
type pair struct {
	t            *testing.T
	host1, host2 *machine
}

// TestTheLifeOfAnInstallation boots two hypervisors and goes with them from the packages to their purge.
func TestTheLifeOfAnInstallation(t *testing.T) {
	w := newWorld(t)
	p := &pair{t: t, host1: w.boot("host1", "10.0.0.1"), host2: w.boot("host2", "10.0.0.2")}
	for _, m := range []*machine{p.host1, p.host2} {
		m.put(filepath.Join(older, "*.deb"))
	}
	for _, stage := range []struct {
		name string
		run  func()
	}{
		{"the production path of README.md", p.readme},
		{"units", p.units},
		{"the journal", p.journal},
		{"the coordinator's socket", p.socket},
		{"a guest of libvirt", p.libvirt},
		{"killed", p.killed},
		{"hung", p.hung},
		{"reloaded", p.reloaded},
		{"upgraded", p.upgraded},
		{"downgraded", p.downgraded},
		{"removed and purged", p.removed},
	} {
		start := time.Now()
		stage.run()
		t.Logf("%s: %s", stage.name, time.Since(start).Round(time.Millisecond))
	}
}

// agentState is what systemd says of the agent.
type agentState struct{ active, pid, restarts, status string }

func (m *machine) agent() (s agentState) {
	m.t.Helper()
	out := m.run("systemctl show vlcp-agent -p ActiveState -p MainPID -p NRestarts -p StatusText")
	for line := range strings.Lines(out) {
		k, v, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch k {
		case "ActiveState":
			s.active = v
		case "MainPID":
			s.pid = v
		case "NRestarts":
			s.restarts = v
		case "StatusText":
			s.status = v
		}
	}
	return s
}

// flows are those of the switch without their counters; with the cookies, which say whose they are.
func (m *machine) flows() string {
	m.t.Helper()
	out := m.run("ovs-ofctl -O OpenFlow13 --no-stats dump-flows br-int | sort")
	require.Greater(m.t, strings.Count(out, "\n"), 5)
	return out
}

// sent is how many flow-mods the agent has sent since it started.
func (m *machine) sent() int {
	m.t.Helper()
	var s struct {
		Flows    struct{ Sent int }
		Problems []any
	}
	out := m.run("vlcp-agent status -o json")
	require.NoError(m.t, json.Unmarshal([]byte(out), &s), out)
	require.Empty(m.t, s.Problems, out)
	return s.Flows.Sent
}

// anew waits until another process than before is the agent, and is ready. It has the flows of the one before.
func (m *machine) anew(before agentState, flows string) {
	m.t.Helper()
	eventually(m.t, func() bool {
		s := m.agent()
		return s.active == "active" && s.pid != before.pid
	}, "%s: no new agent: %+v", m.name, before)
	require.Equal(m.t, flows, m.flows())
	require.Zero(m.t, m.sent(), "it adopts what it finds")
}

// pings requires that every one of five pings from web1 on host1 to web2 on host2 is answered. They are five of one:
// for the last answer of several, ping waits no longer than two of those before took.
func (p *pair) pings() {
	p.t.Helper()
	p.host1.run("for i in 1 2 3 4 5; do ip netns exec web1 ping -n -c 1 -W 2 10.10.0.3 || exit 1; done")
}

func (p *pair) journal() {
	out := p.host1.run("journalctl -u vlcp-agent -o json --no-pager")
	var ready bool
	for line := range strings.Lines(out) {
		var e map[string]any
		require.NoError(p.t, json.Unmarshal([]byte(line), &e), line)
		if e["_COMM"] == "vlcp-agent" && strings.HasPrefix(e["MESSAGE"].(string), "ready") {
			ready = true
			require.Equal(p.t, "6", e["PRIORITY"])
			require.NotEmpty(p.t, e["VLCP_FLOWS"], "attributes are fields")
			require.Equal(p.t, "vlcp-agent", e["SYSLOG_IDENTIFIER"])
		}
	}
	require.True(p.t, ready, out)
	require.Regexp(p.t, `^1 ports, \d+ flows, revision \d+$`, p.host1.agent().status)
}

func (p *pair) socket() {
	m := p.host1
	require.Equal(p.t, "inactive", m.try("systemctl is-active vlcp-coordinator.service").out)
	m.run("systemctl enable --now vlcp-coordinator.socket")
	get := "curl -sS --fail-with-body --unix-socket /run/vlcp-coordinator.sock http://vlcp"
	require.Contains(p.t, m.run(get+"/healthz"), `"status":"ok"`)
	require.Contains(p.t, m.run(get+"/v1/ports/web2"), `"host":"host2"`)
	require.Contains(p.t, m.run(get+"/metrics"), `vlcp_host_live{host="host1"} 1`)
	require.Equal(p.t, "vlcp", m.run("ps -o user= -p $(systemctl show -P MainPID vlcp-coordinator)"))
	require.Equal(p.t, "660 root vlcp", m.run("stat -c '%a %U %G' /run/vlcp-coordinator.sock"))
}

func (p *pair) killed() {
	before, flows := p.host1.agent(), p.host1.flows()
	p.host1.run("kill -9 " + before.pid)
	p.host1.anew(before, flows)
	p.pings()
}

// hung: the watchdog ends an agent whose scheduler has no turns.
func (p *pair) hung() {
	m := p.host1
	m.run(`mkdir -p /run/systemd/system/vlcp-agent.service.d
printf '[Service]\nWatchdogSec=2\nTimeoutAbortSec=1\n' >/run/systemd/system/vlcp-agent.service.d/test.conf
systemctl daemon-reload
systemctl restart vlcp-agent`)
	before, flows := m.agent(), m.flows()
	m.run("kill -STOP " + before.pid)
	m.anew(before, flows)
	require.Contains(p.t, m.run("journalctl -u vlcp-agent --no-pager -g Watchdog"), "Watchdog timeout")
	m.run(`rm -r /run/systemd/system/vlcp-agent.service.d
systemctl daemon-reload
systemctl restart vlcp-agent`)
	p.pings()
}

func (p *pair) reloaded() {
	m := p.host1
	before, flows := m.agent(), m.flows()
	m.run("cp /etc/vlcp/agent.yaml /root/kept.yaml; echo 'nonsense: 1' >>/etc/vlcp/agent.yaml")
	require.NotZero(p.t, m.try("systemctl reload vlcp-agent").code)
	require.Contains(p.t, m.run("journalctl -u vlcp-agent -n 20 --no-pager"), "nonsense")
	require.Equal(p.t, "active", m.agent().active)

	m.run("cp /root/kept.yaml /etc/vlcp/agent.yaml; printf 'log:\\n  level: debug\\n' >>/etc/vlcp/agent.yaml")
	m.run("systemctl reload vlcp-agent")
	eventually(p.t, func() bool {
		return strings.Contains(m.run("journalctl -u vlcp-agent -n 20 --no-pager"), "starting anew") &&
			m.agent().active == "active" && m.try("vlcp-agent status").code == 0
	}, "no reload")
	require.Equal(p.t, before.pid, m.agent().pid)
	require.Equal(p.t, flows, m.flows())
	require.Zero(p.t, m.sent())
	m.run("cp /root/kept.yaml /etc/vlcp/agent.yaml && systemctl restart vlcp-agent")
}

func (p *pair) upgraded() { p.replace(made, "apt-get install -qq ./new/*.deb") }

func (p *pair) downgraded() {
	p.replace(older, "apt-get install -qq --allow-downgrades ./new/*.deb")
}

// replace installs other packages on host1 while traffic goes on: no frame is lost, and the configuration stays.
func (p *pair) replace(from, install string) {
	m := p.host1
	version := m.run("vlcp-agent version")
	before, flows, config := m.agent(), m.flows(), m.run("cat /etc/vlcp/agent.yaml")
	m.run("rm -rf new *.deb; mkdir new")
	arch := m.run("dpkg --print-architecture")
	m.put(filepath.Join(from, "*_"+arch+".deb"))
	m.run("mv *.deb new/")
	p.prober(func() { m.run(install) })
	m.anew(before, flows)
	require.NotEqual(p.t, version, m.run("vlcp-agent version"))
	require.Equal(p.t, config, m.run("cat /etc/vlcp/agent.yaml"))
	require.Equal(p.t, "enabled", m.run("systemctl is-enabled vlcp-agent"))
	require.Empty(p.t, m.try("systemctl --failed --no-legend").out)
}

func (p *pair) removed() {
	m := p.host1
	flows := m.flows()
	p.prober(func() { m.run("apt-get remove -qq vlcp-agent vlcp-coordinator") })
	require.Equal(p.t, flows, m.flows(), "removing keeps the datapath")
	m.run("test -e /etc/vlcp/agent.yaml -a -d /var/lib/vlcp -a ! -e /usr/bin/vlcp-agent")
	require.Empty(p.t, m.try("systemctl --failed --no-legend").out)
	require.NotZero(p.t, m.try("pgrep -x vlcp-agent").code)

	m.run("apt-get purge -qq vlcp-agent vlcp-coordinator")
	require.Empty(p.t, m.run("find /etc /var/lib /usr /run -path '*vlcp*' -not -path '/var/lib/dpkg/*' "+
		"-not -path '/run/netns/*' -not -path '/var/lib/systemd/*'"))
	require.Equal(p.t, flows, m.flows(), "and so does purging")
	p.pings()
}
