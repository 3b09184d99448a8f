package ovstest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/proctest"
)

// StartNetdev starts an Open vSwitch that forwards real packets: with the userspace datapath, in a network namespace
// without a name, which ends with the process, as do those of the guests. It takes root. Bridges are made by
// NetdevBridge.
func StartNetdev(t testing.TB) *Switch {
	t.Helper()
	require.Zero(t, os.Geteuid(), "network namespaces take root")
	s := prepare(t)
	s.vswitchd = s.start("unshare", "--net", "ovs-vswitchd", s.DB, "--disable-system", "--unixctl="+s.path("vswitchd.ctl"),
		"--no-chdir", "-vconsole:off", "-vsyslog:off")
	s.await(s.path("vswitchd.ctl"))
	return s
}

// NetdevBridge adds a bridge with the userspace datapath and returns the address of its OpenFlow socket.
func (s *Switch) NetdevBridge(name string) string {
	s.t.Helper()
	s.Vsctl("add-br", name, "--", "set", "bridge", name, "datapath_type=netdev", "fail_mode=secure")
	return s.OpenFlow(name)
}

// Guest is a network namespace with interfaces on a bridge.
type Guest struct {
	s      *Switch
	bridge string
	pid    string
}

// Guest makes a guest without an interface. It has no IPv6, so that it is silent until it is told to speak.
func (s *Switch) Guest(bridge string) *Guest {
	s.t.Helper()
	c := exec.Command("unshare", "--net", "sleep", "infinity")
	require.NoError(s.t, proctest.Start(c))
	s.t.Cleanup(func() { stop(c) })
	g := &Guest{s: s, bridge: bridge, pid: strconv.Itoa(c.Process.Pid)}
	own, err := os.Readlink("/proc/self/ns/net")
	require.NoError(s.t, err)
	for end := time.Now().Add(waitTimeout); ; time.Sleep(waitPoll) { // until it has left our namespace
		its, err := os.Readlink(filepath.Join("/proc", g.pid, "ns/net"))
		if err == nil && its != own {
			break
		}
		require.True(s.t, time.Now().Before(end), "unshare does not start")
	}
	g.Run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
	return g
}

// Attach gives the guest an interface eth<port> with an address of Ethernet, on a port of the bridge.
func (g *Guest) Attach(port int, mac string) {
	g.s.t.Helper()
	here, there := fmt.Sprintf("v%d", port), fmt.Sprintf("eth%d", port)
	g.s.inside("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", g.pid)
	g.s.inside("sysctl", "-qw", "net.ipv6.conf."+here+".disable_ipv6=1")
	g.s.inside("ip", "link", "set", here, "up")
	g.Run("ip", "link", "set", there, "address", mac, "up")
	g.s.Vsctl("add-port", g.bridge, here, "--", "set", "interface", here, fmt.Sprintf("ofport_request=%d", port))
}

// Run runs a command in the guest, which must succeed, and returns its output.
func (g *Guest) Run(command ...string) string {
	g.s.t.Helper()
	return g.s.run(append([]string{"nsenter", "-t", g.pid, "-n"}, command...)...)
}

// Pings reports whether a ping is answered within a second.
func (g *Guest) Pings(ip string) bool {
	return exec.Command("nsenter", "-t", g.pid, "-n", "ping", "-n", "-c", "1", "-W", "1", ip).Run() == nil
}

// inside runs a command in the namespace of the switch.
func (s *Switch) inside(command ...string) string {
	s.t.Helper()
	pid := strconv.Itoa(s.vswitchd.Process.Pid)
	return s.run(append([]string{"nsenter", "-t", pid, "-n"}, command...)...)
}

// Flows are the flows of a bridge as ovs-ofctl prints them, without cookies and statistics.
func (s *Switch) Flows(bridge string) []string {
	s.t.Helper()
	var out []string
	for line := range strings.Lines(s.Ofctl("dump-flows", "--no-stats", s.OpenFlow(bridge))) {
		if _, f, ok := strings.Cut(line, ", "); ok {
			out = append(out, strings.Replace(strings.TrimSpace(f), "reset_counts ", "", 1)) // implied by 1.0
		}
	}
	return out
}
