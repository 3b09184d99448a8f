package integration

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// aside is a lab besides the one of TestMain: its namespaces, its state and its processes are in a mount namespace
// with a /run of its own.
type aside struct {
	t     testing.TB
	shell *exec.Cmd
	dir   string // VLCP_LAB_DIR, by which its processes are known
}

func newAside(t *testing.T, name string) *aside {
	t.Helper()
	a := &aside{t: t, dir: "/run/vlcp-" + name}
	a.shell = exec.Command("unshare", "--mount", "--propagation", "private", "sh", "-c",
		"mount -t tmpfs tmpfs /run && echo ready && exec sleep infinity")
	out, err := a.shell.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, a.shell.Start())
	ready := make([]byte, len("ready\n"))
	_, err = out.Read(ready)
	require.NoError(t, err)
	t.Cleanup(func() {
		a.command(filepath.Join(root, "scripts", "lab"), "down").Run()
		for _, p := range a.processes() {
			p.Kill()
		}
		a.shell.Process.Kill()
		a.shell.Wait()
	})
	return a
}

func (a *aside) command(name string, args ...string) *exec.Cmd {
	ns := []string{"--target", strconv.Itoa(a.shell.Process.Pid), "--mount", "--wd=/", name}
	cmd := exec.Command("nsenter", append(ns, args...)...)
	outer := fmt.Sprintf("/proc/%d/root", os.Getpid()) // has the other /run
	cmd.Env = append(os.Environ(), "VLCP_LAB_DIR="+a.dir, "VLCP_BUILD_DIR="+outer+buildDir, "TMPDIR="+outer+os.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

func (a *aside) run(name string, args ...string) string {
	a.t.Helper()
	var out bytes.Buffer
	cmd := a.command(name, args...)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &out, &out, time.Second
	require.NoError(a.t, cmd.Run(), "%s %v:\n%s", name, args, &out)
	return out.String()
}

// processes returns those that the lab has started, or that were started in it.
func (a *aside) processes() (found []*os.Process) {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		environ, _ := os.ReadFile(filepath.Join(dir, "environ"))
		if bytes.Contains(environ, []byte("VLCP_LAB_DIR="+a.dir+"\x00")) {
			pid, err := strconv.Atoi(filepath.Base(dir))
			require.NoError(a.t, err)
			p, err := os.FindProcess(pid)
			require.NoError(a.t, err)
			found = append(found, p)
		}
	}
	return found
}

func (a *aside) noTrace() {
	a.t.Helper()
	require.Empty(a.t, a.processes(), "processes")
	require.Empty(a.t, a.run("ip", "netns", "list"), "namespaces")
	require.Empty(a.t, a.run("find", "/run", "-mindepth", "1", "!", "-path", "/run/netns"), "files")
}

// TestLabKilled kills `lab up` at several moments, as nothing else can be relied on to do, and takes it down.
func TestLabKilled(t *testing.T) {
	for _, after := range []time.Duration{20, 150, 400, 700, 1000} {
		t.Run((after * time.Millisecond).String(), func(t *testing.T) {
			a := newAside(t, "killed")
			up := a.command(script, "up", "--hosts", "3")
			require.NoError(t, up.Start())
			time.Sleep(after * time.Millisecond)
			require.NoError(t, syscall.Kill(-up.Process.Pid, syscall.SIGKILL))
			up.Wait()
			a.run(script, "down")
			a.noTrace()
		})
	}
}

func TestDemo(t *testing.T) {
	a := newAside(t, "demo")
	demo := filepath.Join(root, "scripts", "demo")
	for range 2 {
		require.Contains(t, a.run(demo), "The demo works")
	}
	require.Equal(t, 2, strings.Count(a.run(script, "status"), "agent "), "two agents")
	a.run(script, "down")
	a.noTrace()
	require.Contains(t, a.run(script, "down"), "nothing to remove")
}
