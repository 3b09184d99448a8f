package pkg

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/stretchr/testify/require"
)

// step is a command of README.md, and the machine that it is for: host1, host2 or both.
type step struct{ where, command string }

var prompt = regexp.MustCompile(`(?m)^ +(host1|host2|both)# +(.*)$`)

// readme follows the production path of README.md, word by word, from installed packages to a ping.
func (p *pair) readme() {
	text, err := os.ReadFile(filepath.Join(tree, "README.md"))
	require.NoError(p.t, err)
	var steps []step
	for _, m := range prompt.FindAllStringSubmatch(string(text), -1) {
		steps = append(steps, step{m[1], m[2]})
	}
	require.Greater(p.t, len(steps), 10)
	var out string
	for _, s := range steps {
		p.t.Logf("%s# %s", s.where, s.command)
		out = p.follow(s)
		if strings.HasPrefix(s.command, "apt install ./") {
			p.nothingStarted(out)
			p.host1.underlay("10.0.0.1")
			p.host2.underlay("10.0.0.2")
			p.forgetNeighbours()
		}
	}
	// With the first frame through a tunnel ovs-vswitchd in userspace asks for the MAC of the other end, and drops it.
	require.Regexp(p.t, `(?s)icmp_seq=2 .* [23] received`, out, "the last step is a ping")
	p.pings()
}

// follow takes one step, on both machines at once if it is for both, and returns the output.
func (p *pair) follow(s step) string {
	var hosts []*machine
	for _, m := range []*machine{p.host1, p.host2} {
		if s.where == m.name || s.where == "both" {
			hosts = append(hosts, m)
		}
	}
	type outcome struct {
		result
		err error
	}
	done := make(chan outcome, len(hosts))
	for _, m := range hosts {
		go func() {
			r, err := m.attempt(s.command)
			done <- outcome{r, err}
		}()
	}
	var out string
	for range hosts {
		o := <-done
		require.NoError(p.t, o.err, "%s# %s", s.where, s.command)
		require.Zero(p.t, o.code, "%s# %s\n%s\n%s", s.where, s.command, o.out, o.result.err)
		out = o.out
	}
	return out
}

// nothingStarted: an installation says what to do next, and leaves the rest to the operator.
func (p *pair) nothingStarted(said string) {
	require.Contains(p.t, said, "vlcp-agent setup\n    systemctl enable --now vlcp-agent")
	require.Contains(p.t, said, "vlcp-coordinator init")
	for _, m := range []*machine{p.host1, p.host2} {
		if m.try("dpkg -s vlcp-agent").code == 0 {
			require.Equal(p.t, "inactive", m.try("systemctl is-active vlcp-agent").out)
			require.Equal(p.t, "disabled", m.try("systemctl is-enabled vlcp-agent").out)
			require.Equal(p.t, "active", m.try("systemctl is-active openvswitch-switch").out, "a dependency")
			require.Equal(p.t, "600 root", m.run("stat -c '%a %U' /etc/vlcp/agent.yaml"))
			require.Equal(p.t, "640 root vlcp", m.run("stat -c '%a %U %G' /etc/vlcp/coordinator.yaml"))
		}
	}
}

// underlay is for kernels without the datapath of Open vSwitch: tunnels of the one in userspace leave by a bridge of it
// only, so eth0 becomes that, and what it was a port of it. See packaging/README.md.
func (m *machine) underlay(address string) {
	if _, err := os.Stat("/sys/module/openvswitch"); err == nil {
		return
	}
	m.run(`ip link set eth0 down
ip link set eth0 name phy0
ip addr flush dev phy0
sysctl -q -w net.ipv4.conf.phy0.arp_ignore=1
ovs-vsctl add-br eth0 -- set bridge eth0 datapath_type=netdev -- add-port eth0 phy0
ip link set phy0 up
ip link set eth0 up
ip addr add ` + address + `/24 dev eth0`)
}

// forgetNeighbours: an address that was moved has another MAC now.
func (p *pair) forgetNeighbours() {
	for _, m := range []*machine{p.host1, p.host2} {
		m.run("ip neigh flush all")
	}
}
