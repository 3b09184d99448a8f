package cell

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	envRole  = "VLCP_CELL_TEST"      // what this program does in its cell instead of the tests
	envVeth  = "VLCP_CELL_TEST_VETH" // an interface of the machine's own whose other end is in the cell's namespace
	deadline = 10 * time.Second
	poll     = 10 * time.Millisecond
)

func TestMain(m *testing.M) {
	Enter()
	if role := roles[os.Getenv(envRole)]; role != nil {
		role()
	}
	os.Exit(m.Run())
}

// roles end when they are told to, or with the cell.
var roles = map[string]func(){
	// what a test may leave: a process with a session of its own, a network namespace, a file
	"linger": func() {
		start("setsid", "sleep", "1000")
		veth := os.Getenv(envVeth)
		for _, command := range []string{"netns add lingers", "link add " + veth + " type veth peer name e netns lingers"} {
			if out, err := exec.Command("ip", strings.Fields(command)...).CombinedOutput(); err != nil {
				panic(fmt.Sprintf("%s: %s", command, out))
			}
		}
		dir, err := os.MkdirTemp("", "lingers")
		if err != nil {
			panic(err)
		}
		fmt.Println("ready", dir)
		time.Sleep(time.Hour)
	},
	"code":      func() { os.Exit(7) },
	"arguments": func() { fmt.Println(os.Args[1:]); os.Exit(0) },
	"where":     func() { fmt.Println(os.Getpid(), os.TempDir(), read(resolver)); os.Exit(0) },
	"orphan": func() {
		if err := exec.Command("sh", "-c", "sleep 0.1 &").Run(); err != nil { // the parent ends before it
			panic(err)
		}
		var out []byte
		for end := time.Now().Add(deadline); time.Now().Before(end); time.Sleep(poll) {
			if out, _ = exec.Command("ps", "-eo", "stat,comm").Output(); !bytes.Contains(out, []byte("sleep")) {
				break
			}
		}
		os.Stdout.Write(out)
		os.Exit(0)
	},
	"finish": func() {
		c := make(chan os.Signal, 1)
		signal.Notify(c, os.Interrupt)
		fmt.Println("ready")
		<-c
		fmt.Println("a report")
		os.Exit(3)
	},
}

func start(args ...string) {
	if err := exec.Command(args[0], args[1:]...).Start(); err != nil {
		panic(err)
	}
}

func read(name string) string {
	b, _ := os.ReadFile(name)
	return string(b)
}

// program is this one, in a role.
func program(t *testing.T, role string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	heed(t)
	c := exec.Command(self, "-test.run=^$")
	c.Env = append(os.Environ(), envRole+"="+role)
	return c
}

// heed has programs that the test starts heed signals also where this one was started to ignore them, as with nohup or
// behind a shell's &.
func heed(t *testing.T) {
	t.Helper()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	t.Cleanup(func() { signal.Stop(signals) })
}

// ready starts one that says so, and returns what it says, and what it will.
func ready(t *testing.T, c *exec.Cmd) (line string, rest io.Reader) {
	t.Helper()
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	late := time.AfterFunc(2*deadline, func() { _ = c.Process.Kill() }) // or what it says would be waited for for ever
	t.Cleanup(func() { late.Stop(); _ = c.Process.Kill() })
	r := bufio.NewReader(out)
	line, err = r.ReadString('\n')
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(line, "ready"), line)
	return strings.TrimSpace(strings.TrimPrefix(line, "ready")), r
}

// marked are the processes of a role.
func marked(t *testing.T, role string) (dirs []string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(t, err)
	for _, dir := range all {
		environ, _ := os.ReadFile(filepath.Join(dir, "environ")) // a zombie has none
		if bytes.Contains(environ, []byte(envRole+"="+role+"\x00")) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// gone waits until nothing is left of a role: no process, and no network namespace, with which its interface goes.
func gone(t *testing.T, role, veth string) {
	t.Helper()
	require.Eventually(t, func() bool { return len(marked(t, role)) == 0 }, deadline, poll, "processes")
	require.Eventually(t, func() bool { return !exists(veth) }, deadline, poll, "the network namespace lives")
}

func exists(netif string) bool {
	_, err := os.Stat("/sys/class/net/" + netif)
	return err == nil
}

// TestKilled: kill -9 of the program takes everything with it, also what is in a session of its own; and so does every
// signal to it alone.
func TestKilled(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		t.Run(s.String(), func(t *testing.T) {
			c, veth := program(t, "linger"), fmt.Sprint("cell", rand.Uint32())
			c.Env = append(c.Env, envVeth+"="+veth)
			var errs bytes.Buffer
			c.Stderr = &errs
			dir, rest := ready(t, c)
			require.GreaterOrEqual(t, len(marked(t, "linger")), 4, "program, first process, program, sleep")
			require.True(t, exists(veth))
			out, err := exec.Command("ip", "netns", "list").Output()
			require.NoError(t, err)
			require.NotContains(t, string(out), "lingers", "namespaces have their names inside")
			require.NoDirExists(t, dir, "files are inside")

			began := time.Now()
			require.NoError(t, c.Process.Signal(s))
			said, err := io.ReadAll(rest)
			require.NoError(t, err)
			require.Error(t, c.Wait())
			require.Less(t, time.Since(began), deadline)
			gone(t, "linger", veth)
			switch s {
			case syscall.SIGKILL:
			case syscall.SIGQUIT:
				require.Contains(t, errs.String(), "main.main", "where the program is, for go test's own time-out")
				require.NotContains(t, errs.String(), "cell.outside", "and only that")
			default:
				require.Equal(t, killed+int(s), c.ProcessState.ExitCode())
				require.Empty(t, string(said)+errs.String(), "quietly")
			}
		})
	}
}

// TestGoTestKilled: without go test its tests end.
func TestGoTestKilled(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	c, veth := exec.Command("sh", "-c", `"$@"; exit`, "go test", self, byGo), fmt.Sprint("cell", rand.Uint32())
	c.Env = append(os.Environ(), envRole+"=linger", envVeth+"="+veth)
	ready(t, c)
	require.NoError(t, c.Process.Kill())
	gone(t, "linger", veth)
	require.Contains(t, os.Args, byGo, "go test says who it is in another way now")
}

func TestExitCode(t *testing.T) {
	c := program(t, "code")
	require.Error(t, c.Run())
	require.Equal(t, 7, c.ProcessState.ExitCode())
}

// TestInterrupted: a program that takes a signal ends as it likes, once.
func TestInterrupted(t *testing.T) {
	c := program(t, "finish")
	_, rest := ready(t, c)
	require.NoError(t, c.Process.Signal(os.Interrupt))
	out, err := io.ReadAll(rest)
	require.NoError(t, err)
	require.Error(t, c.Wait())
	require.Equal(t, "a report\n", string(out))
	require.Equal(t, 3, c.ProcessState.ExitCode())
}

func TestOrphansAreTakenUp(t *testing.T) {
	out, err := program(t, "orphan").Output()
	require.NoError(t, err)
	require.Contains(t, string(out), "ps\n")
	require.NotContains(t, string(out), "sleep", "a zombie")
}

// TestNamesAreFound: in a cell whose resolver's configuration is in the /run outside.
func TestNamesAreFound(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	c := exec.Command("unshare", "--mount", "--propagation", "private", "sh", "-ec", `
		mount -t tmpfs tmpfs /run
		mkdir -p /run/systemd/resolve
		echo nameserver 192.0.2.53 >/run/systemd/resolve/resolv.conf
		mount -t tmpfs tmpfs /etc
		ln -s ../run/systemd/resolve/resolv.conf /etc/resolv.conf
		exec "$0" -test.run='^$'`, self)
	c.Env = append(os.Environ(), envRole+"=where")
	out, err := c.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), tmp+" nameserver 192.0.2.53\n")
}

// TestNotCached: go asks for what a test reads by an argument. Without it, it says "ok" of a second run only after one.
func TestNotCached(t *testing.T) {
	require.NotNil(t, flag.Lookup(strings.Trim(asks, "-=")), "go asks in another way now")
	c := program(t, "arguments")
	c.Args = append(c.Args, asks+"/dev/null", "-test.v")
	out, err := c.Output()
	require.NoError(t, err)
	require.Equal(t, "[-test.run=^$ -test.v]\n", string(out))
}
