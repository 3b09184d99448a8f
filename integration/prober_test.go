package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	probeInterval = "0.001" // seconds
	envRestarts   = "VLCP_RESTARTS"
	restarts      = 3 // of the short form
)

// prober sends a frame a millisecond each way between two guests, and counts every one.
type prober struct {
	l    *lab
	ways []*process
}

func (l *lab) prober(a, b string) *prober {
	l.t.Helper()
	p := &prober{l: l}
	for _, way := range [][2]string{{a, b}, {b, a}} {
		ping := l.start(way[0], "ping", "-n", "-i", probeInterval, "-W", "2", l.address(way[1]))
		l.eventually(func() bool { return count(ping.out.String(), "bytes from") > 20 }, "no ping: %s", ping.out)
		p.ways = append(p.ways, ping)
	}
	return p
}

// lost ends the prober. It returns how many frames were sent, and how many of them were lost: there is a gap in the
// numbers of the answers. What was under way in the end does not count.
func (p *prober) lost() (sent, lost int) {
	p.l.t.Helper()
	for _, way := range p.ways {
		last := 0
		for _, m := range answers.FindAllStringSubmatch(way.interrupt(), -1) {
			n, err := strconv.Atoi(m[1])
			require.NoError(p.l.t, err)
			step := (n - last) & 0xffff // the number has 16 bits
			require.Less(p.l.t, step, 0x8000, "an answer out of order")
			require.Positive(p.l.t, step, "an answer twice")
			sent, lost, last = sent+step, lost+step-1, n
		}
	}
	return sent, lost
}

// TestAgentRestarts: an agent that is killed, stopped, or replaced by another build costs no frame in either direction,
// and sends no flow-mod. VLCP_RESTARTS=100 is the long form.
func TestAgentRestarts(t *testing.T) {
	l := on(t)
	l.apply(blue)
	l.guests("hv1/web1", "hv2/web2")
	builds := twoBuilds(t)
	rounds := restarts
	if n, err := strconv.Atoi(os.Getenv(envRestarts)); err == nil {
		rounds = n
	}
	p := l.prober("web1", "web2")
	versions := map[string]bool{}
	for i := range rounds {
		host := hosts[i/3%2]
		switch i % 3 {
		case 0:
			l.run("agent", host, "kill")
			l.run("agent", host, "start")
		case 1:
			l.run("agent", host, "restart")
		case 2:
			l.run("agent", host, "stop")
			builds.other()
			l.run("agent", host, "start")
		}
		s := l.status(host)
		require.Zero(t, s.Flows.Sent, "restart %d", i)
		require.Equal(t, s.Flows.Desired, s.Flows.Installed)
		versions[s.Version] = true
	}
	time.Sleep(100 * time.Millisecond)
	sent, lost := p.lost()
	t.Logf("%d restarts, %d frames, %d lost, 0 flow-mods", rounds, sent, lost)
	require.Zero(t, lost, "of %d frames", sent)
	require.Len(t, versions, 2, "two builds")
}

// build is two builds of the agent, one of which is the program of the lab.
type build struct {
	t     *testing.T
	paths [2]string
	now   int
}

func twoBuilds(t *testing.T) *build {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(os.Getenv("VLCP_BUILD_DIR"), "vlcp-agent")
	b := &build{t: t, paths: [2]string{filepath.Join(dir, "one"), filepath.Join(dir, "two")}}
	require.NoError(t, os.Link(program, b.paths[0]))
	cmd := exec.Command("go", "build", "-ldflags", fmt.Sprintf("-X %s/agent.Version=other", module), "-o", b.paths[1],
		"./agent/cmd/vlcp-agent")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	t.Cleanup(func() { b.use(0) })
	return b
}

// other has agents that start from now on be of the other build.
func (b *build) other() { b.use(1 - b.now) }

func (b *build) use(n int) {
	b.t.Helper()
	program := filepath.Join(os.Getenv("VLCP_BUILD_DIR"), "vlcp-agent")
	b.now = n
	require.NoError(b.t, os.RemoveAll(program+".new"))
	require.NoError(b.t, os.Link(b.paths[n], program+".new"))
	require.NoError(b.t, os.Rename(program+".new", program))
}
