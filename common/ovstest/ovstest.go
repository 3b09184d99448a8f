// Package ovstest starts a private Open vSwitch for a test: a real ovsdb-server and a real ovs-vswitchd with dummy
// datapaths, which need no privileges, in the test's own directory, and ended by their process ids.
package ovstest

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/proctest"
)

const (
	schema      = "/usr/share/openvswitch/vswitch.ovsschema"
	waitTimeout = 20 * time.Second
	waitPoll    = 10 * time.Millisecond
)

// Switch is a running Open vSwitch.
type Switch struct {
	Dir string // its run directory
	DB  string // unix:… of its database

	t        testing.TB
	ovsdb    *exec.Cmd
	vswitchd *exec.Cmd
}

// Start starts an Open vSwitch that ends with the test.
func Start(t testing.TB) *Switch {
	t.Helper()
	s := prepare(t)
	s.StartVswitchd()
	return s
}

// prepare starts the database.
func prepare(t testing.TB) *Switch {
	t.Helper()
	dir, err := os.MkdirTemp("", "ovs") // t.TempDir can be too long for the path of a socket
	require.NoError(t, err)
	s := &Switch{Dir: dir, DB: "unix:" + filepath.Join(dir, "db.sock"), t: t}
	t.Cleanup(func() {
		s.StopVswitchd()
		s.StopDB()
		require.NoError(t, os.RemoveAll(dir))
	})
	s.run("ovsdb-tool", "create", s.path("conf.db"), schema)
	s.StartDB()
	s.Vsctl("--no-wait", "init")
	return s
}

func (s *Switch) path(name string) string { return filepath.Join(s.Dir, name) }

// StartDB starts ovsdb-server.
func (s *Switch) StartDB() {
	s.ovsdb = s.start("ovsdb-server", s.path("conf.db"), "--remote=p"+s.DB, "--unixctl="+s.path("ovsdb.ctl"),
		"--no-chdir", "-vconsole:off", "-vsyslog:off")
	s.await(s.path("db.sock"))
}

// StopDB ends ovsdb-server.
func (s *Switch) StopDB() {
	stop(s.ovsdb)
	s.ovsdb = nil
	_ = os.Remove(s.path("db.sock")) // a killed server leaves it
}

// StartVswitchd starts ovs-vswitchd.
func (s *Switch) StartVswitchd() {
	s.vswitchd = s.start("ovs-vswitchd", s.DB, "--enable-dummy=override", "--disable-system",
		"--unixctl="+s.path("vswitchd.ctl"), "--no-chdir", "-vconsole:off", "-vsyslog:off")
	s.await(s.path("vswitchd.ctl"))
}

// StopVswitchd ends ovs-vswitchd, its flows with it.
func (s *Switch) StopVswitchd() {
	stop(s.vswitchd)
	s.vswitchd = nil
	_ = os.Remove(s.path("vswitchd.ctl"))
}

func (s *Switch) start(args ...string) *exec.Cmd {
	s.t.Helper()
	c := exec.Command(args[0], args[1:]...)
	c.Env = append(os.Environ(), "OVS_RUNDIR="+s.Dir, "OVS_DBDIR="+s.Dir)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	require.NoError(s.t, proctest.Start(c))
	return c
}

func stop(c *exec.Cmd) {
	if c == nil || c.Process == nil {
		return
	}
	_ = c.Process.Kill() // there is nothing to keep
	_ = c.Wait()
}

// await waits until a program takes connections at a socket. That it is there is not enough: bind comes before listen.
func (s *Switch) await(path string) {
	s.t.Helper()
	s.awaitSocket("unix", path)
}

func (s *Switch) awaitSocket(network, address string) {
	s.t.Helper()
	for end := time.Now().Add(waitTimeout); ; time.Sleep(waitPoll) {
		c, err := net.Dial(network, address)
		if err == nil {
			_ = c.Close()
			return
		}
		require.True(s.t, time.Now().Before(end), "no connection to %s: %v", address, err)
	}
}

// Bridge adds a bridge and returns the address of its OpenFlow socket.
func (s *Switch) Bridge(name string) string {
	s.t.Helper()
	s.Vsctl("add-br", name, "--", "set", "bridge", name, "datapath_type=dummy", "fail_mode=secure")
	return s.OpenFlow(name)
}

// OpenFlow is the address of a bridge's OpenFlow socket.
func (s *Switch) OpenFlow(bridge string) string { return "unix:" + s.path(bridge+".mgmt") }

// Vsctl runs ovs-vsctl and returns its output.
func (s *Switch) Vsctl(args ...string) string {
	s.t.Helper()
	return s.run(append([]string{"ovs-vsctl", "--db=" + s.DB, "--timeout=20"}, args...)...)
}

// Ofctl runs ovs-ofctl, version 1.3 and without names, and returns its output.
func (s *Switch) Ofctl(args ...string) string {
	s.t.Helper()
	return s.run(append([]string{"ovs-ofctl", "-O", "OpenFlow13", "--no-names"}, args...)...)
}

// Appctl runs ovs-appctl against ovs-vswitchd and returns its output.
func (s *Switch) Appctl(args ...string) string {
	s.t.Helper()
	return s.run(append([]string{"ovs-appctl", "-t", s.path("vswitchd.ctl")}, args...)...)
}

func (s *Switch) run(args ...string) string {
	s.t.Helper()
	c := exec.Command(args[0], args[1:]...)
	c.Env = append(os.Environ(), "OVS_RUNDIR="+s.Dir)
	out, err := c.CombinedOutput()
	require.NoError(s.t, err, "%s: %s", strings.Join(args, " "), out)
	return strings.TrimSpace(string(out))
}
