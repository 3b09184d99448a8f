package pkg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
	commandTimeout = 3 * time.Minute // an installation on a busy machine
	patience       = 30 * time.Second
	glance         = 50 * time.Millisecond
)

// world is the network between the machines.
type world struct {
	t   *testing.T
	pid int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, pid: spawn(t, "world", "unshare", "--net", "sleep", "infinity")}
	w.ip("link", "add", "br0", "type", "bridge")
	w.ip("link", "set", "br0", "up")
	return w
}

func (w *world) ip(args ...string) {
	w.t.Helper()
	eventually(w.t, func() bool { return namespace(w.pid, "net") != namespace(os.Getpid(), "net") }, "no namespace")
	out, err := exec.Command("nsenter", append([]string{"-t", fmt.Sprint(w.pid), "-n", "ip"}, args...)...).CombinedOutput()
	require.NoError(w.t, err, "ip %v: %s", args, out)
}

func namespace(pid int, kind string) string {
	s, _ := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, kind))
	return s
}

// spawn starts a process that ends with the test, and returns its id.
func spawn(t *testing.T, name string, args ...string) int {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	var log proctest.Output
	cmd.Stdout, cmd.Stderr = &log, &log
	require.NoError(t, proctest.Start(cmd))
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may be gone
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s:\n%s", name, log.String())
		}
	})
	return cmd.Process.Pid
}

// machine is a booted Debian.
type machine struct {
	t    *testing.T
	name string
	pid  int // of its process 1, outside
}

// boot starts a machine with one interface, eth0, that has the address.
func (w *world) boot(name, address string) *machine {
	w.t.Helper()
	outer := spawn(w.t, name, filepath.Join(tree, "integration/pkg/boot"), "up", debian, name)
	m := &machine{t: w.t, name: name}
	children := fmt.Sprintf("/proc/%d/task/%d/children", outer, outer)
	eventually(w.t, func() bool {
		b, _ := os.ReadFile(children)
		_, err := fmt.Sscan(string(b), &m.pid)
		comm, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", m.pid))
		return err == nil && strings.TrimSpace(string(comm)) == "systemd"
	}, "%s does not boot", name)
	w.ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", fmt.Sprint(m.pid))
	w.ip("link", "set", name, "master", "br0", "up")
	m.run("ip link set eth0 up && ip addr add " + address + "/24 dev eth0")
	eventually(w.t, func() bool { return m.try("systemctl is-system-running --wait").out == "running" },
		"%s does not start: %s", name, m.try("systemctl --failed").out)
	w.t.Cleanup(func() {
		if w.t.Failed() {
			w.t.Logf("%s, its journal:\n%s", name, m.try("journalctl -n 60 --no-pager -o short-precise").out)
		}
	})
	return m
}

// result is what a command did.
type result struct {
	out, err string
	code     int
}

// attempt runs a shell command on the machine. An error means that it could not be run, or took too long.
func (m *machine) attempt(script string) (result, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	cmd := m.command(ctx, script)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && ctx.Err() == nil {
		err = nil
	}
	clean := func(b *bytes.Buffer) string { return strings.TrimSpace(strings.ReplaceAll(b.String(), "\r", "")) }
	return result{clean(&out), clean(&errs), cmd.ProcessState.ExitCode()}, err
}

// try is attempt for a command that can be run.
func (m *machine) try(script string) result {
	m.t.Helper()
	r, err := m.attempt(script)
	require.NoError(m.t, err, "%s: %s\n%s%s", m.name, script, r.out, r.err)
	return r
}

func (m *machine) command(ctx context.Context, script string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "nsenter", "-t", fmt.Sprint(m.pid), "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w",
		"env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "USER=root", "LANG=C.UTF-8",
		"DEBIAN_FRONTEND=noninteractive", "bash", "-c", "cd /root\n"+script)
	cmd.WaitDelay = time.Second
	return cmd
}

// run is try for a command that must succeed.
func (m *machine) run(script string) string {
	m.t.Helper()
	r := m.try(script)
	require.Zero(m.t, r.code, "%s: %s\n%s\n%s", m.name, script, r.out, r.err)
	return r.out
}

// put copies files that fit a pattern into the home of root.
func (m *machine) put(pattern string) {
	m.t.Helper()
	files, err := filepath.Glob(pattern)
	require.NoError(m.t, err)
	require.NotEmpty(m.t, files, pattern)
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(m.t, err)
		require.NoError(m.t, os.WriteFile(fmt.Sprintf("/proc/%d/root/root/%s", m.pid, filepath.Base(f)), b, 0o600))
	}
}

// eventually waits until a condition is true.
func eventually(t *testing.T, condition func() bool, what string, args ...any) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); time.Sleep(glance) {
		if time.Now().After(deadline) {
			require.Failf(t, "not in "+patience.String(), what, args...)
		}
	}
}
