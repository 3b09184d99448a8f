package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/ovstest"
	"github.com/vlcp-go/vlcp/common/proctest"
)

// asProgram makes this test binary the program.
const asProgram = "L2SWITCH_TEST_RUNS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// program runs l2switch until the test is over.
func program(t *testing.T, args ...string) {
	t.Helper()
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), asProgram+"=1")
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	c.Stdout, c.Stderr = log, log
	require.NoError(t, proctest.Start(c))
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("l2switch: %s", text)
		}
	})
}

// The addresses of three guests, and a spare one.
const (
	ipA, ipB, ipC              = "10.0.0.1", "10.0.0.2", "10.0.0.3"
	macA, macB, macC, macSpare = "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03", "02:00:00:00:00:99"
)

func TestThreeGuestsOnOpenVSwitch(t *testing.T) {
	for _, args := range [][]string{{"--version=1.3"}, {"--version=1.0"}, {"--version=1.3", "--nx-learn"},
		{"--version=1.0", "--nx-learn"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) { threeGuests(t, args) })
	}
}

func threeGuests(t *testing.T, args []string) {
	sw := ovstest.StartNetdev(t)
	address := sw.NetdevBridge("br0")
	if args[0] == "--version=1.3" { // the switch connects to us
		socket := filepath.Join(sw.Dir, "l2switch.sock")
		address = "punix:" + socket
		sw.Vsctl("set-controller", "br0", "unix:"+socket)
	}
	guests := map[string]*ovstest.Guest{}
	for i, ip := range []string{ipA, ipB, ipC} {
		g := sw.Guest("br0")
		g.Attach(i+1, []string{macA, macB, macC}[i])
		g.Run("ip", "addr", "add", ip+"/24", "dev", []string{"eth1", "eth2", "eth3"}[i])
		guests[ip] = g
	}
	program(t, append(args, "--idle-timeout=4", address)...)

	eventually(t, "a ping of the first two", func() bool { return guests[ipA].Pings(ipB) })
	for from, g := range guests {
		for to := range guests {
			require.True(t, from == to || g.Pings(to), "%s pings %s", from, to)
		}
	}
	require.Positive(t, leads(sw, macB, "output:2"), "flows appear: %q", sw.Flows("br0"))

	b := guests[ipB] // moves to another port
	b.Attach(4, macSpare)
	b.Run("ip", "addr", "flush", "dev", "eth2")
	b.Run("ip", "link", "set", "eth2", "address", macSpare)
	b.Run("ip", "link", "set", "eth4", "address", macB)
	b.Run("ip", "addr", "add", ipB+"/24", "dev", "eth4")
	eventually(t, "the guest that moved speaks", func() bool { return b.Pings(ipA) })
	require.True(t, guests[ipA].Pings(ipB))
	require.True(t, guests[ipC].Pings(ipB))
	require.Positive(t, leads(sw, macB, "output:4"), "flows move: %q", sw.Flows("br0"))
	require.Zero(t, leads(sw, macB, "output:2"), "none stays behind: %q", sw.Flows("br0"))

	eventually(t, "flows expire", func() bool {
		temporary := func(f string) bool { return strings.HasPrefix(bare(f), "idle_timeout") }
		return !slices.ContainsFunc(sw.Flows("br0"), temporary)
	})
	require.True(t, guests[ipC].Pings(ipB), "and come again")
}

// bare is a flow without its table.
func bare(flow string) string {
	if _, rest, ok := strings.Cut(flow, ", "); ok && strings.HasPrefix(flow, "table=") {
		return rest
	}
	return flow
}

// leads counts the flows that lead to an address by an action.
func leads(sw *ovstest.Switch, mac, action string) (n int) {
	for _, f := range sw.Flows("br0") {
		if strings.Contains(f, "dl_dst="+mac) && strings.HasSuffix(f, "actions="+action) {
			n++
		}
	}
	return n
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); time.Sleep(100 * time.Millisecond) {
		require.True(t, time.Now().Before(end), "never: %s", what)
	}
}
