package integration

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/proctest"
)

// process is a command that runs in a namespace while the test goes on.
type process struct {
	l    *lab
	name string
	cmd  *exec.Cmd
	out  *proctest.Output
	done chan struct{}
}

func (l *lab) start(where string, command ...string) *process {
	l.t.Helper()
	return l.begin(exec.Command(script, append([]string{"exec", where}, command...)...))
}

// outside starts a command on the machine outside, see physicalSwitch.
func (l *lab) outside(command ...string) *process {
	l.t.Helper()
	return l.begin(exec.Command("ip", append([]string{"netns", "exec", machine}, command...)...))
}

func (l *lab) begin(cmd *exec.Cmd) *process {
	l.t.Helper()
	p := &process{l: l, name: strings.Join(cmd.Args, " "), cmd: cmd, out: &proctest.Output{}, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	require.NoError(l.t, p.cmd.Start())
	go func() {
		p.cmd.Wait()
		close(p.done)
	}()
	l.t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.done
	})
	return p
}

// wait waits until the process ends by itself.
func (p *process) wait() string {
	p.l.t.Helper()
	select {
	case <-p.done:
	case <-time.After(commandTimeout):
		require.Fail(p.l.t, "does not end", "%s: %s", p.name, p.out)
	}
	return p.out.String()
}

// interrupt ends the process as Ctrl-C does.
func (p *process) interrupt() string {
	p.l.t.Helper()
	require.NoError(p.l.t, p.cmd.Process.Signal(syscall.SIGINT))
	return p.wait()
}

// capture starts tcpdump and returns when it captures.
func (l *lab) capture(where, device, direction, filter string) *process {
	l.t.Helper()
	p := l.start(where, "tcpdump", "-nnl", "--immediate-mode", "-i", device, "-Q", direction, filter)
	l.eventually(func() bool { return strings.Contains(p.out.String(), "listening on") }, "tcpdump: %s", p.out)
	return p
}

// stop gives what is under way a moment, and returns what was captured.
func (p *process) stop() string {
	p.l.t.Helper()
	time.Sleep(200 * time.Millisecond)
	return p.interrupt()
}

// count counts the lines which contain text.
func count(lines, text string) (n int) {
	for line := range strings.Lines(lines) {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

// pings requires that every one of five pings is answered. They are five of one: of several, ping waits for the answer
// to the last no longer than two of those before took, which on a busy machine is none at all; for the only one it has
// 2 s.
func (l *lab) pings(from, to string) {
	l.t.Helper()
	for range 5 {
		r := l.try(from, "ping", "-n", "-c", "1", "-W", "2", to)
		require.Contains(l.t, r.out, " 0% packet loss", "%s pings %s\n%s", from, to, r.err)
	}
}

// silent requires that no ping is answered.
func (l *lab) silent(from, to string) {
	l.t.Helper()
	r := l.try(from, "ping", "-n", "-c", "3", "-i", "0.05", "-W", "1", to)
	require.Contains(l.t, r.out, " 100% packet loss", "%s pings %s\n%s", from, to, r.err)
}

var (
	answers  = regexp.MustCompile(`icmp_seq=(\d+) `)
	finished = regexp.MustCompile(`(\d+) packets transmitted, (\d+) received.* time (\d+)ms`)
)

// underWay is how long, in milliseconds, an answer may take on a busy machine when the ping that asked is interrupted.
const underWay = 500

// unbroken requires that a ping which was interrupted lost nothing: its answers are numbered without a gap, and at most
// the requests that were under way in the end have none. Whether those would have had one is for pings to say, after.
func (l *lab) unbroken(out string) {
	l.t.Helper()
	for i, m := range answers.FindAllStringSubmatch(out, -1) {
		require.Equal(l.t, fmt.Sprint(i+1), m[1], "lost, doubled or out of order\n%s", out)
	}
	m := finished.FindStringSubmatch(out)
	require.NotNil(l.t, m, "%s", out)
	var n [3]int // sent, received, milliseconds
	for i := range n {
		var err error
		n[i], err = strconv.Atoi(m[1+i])
		require.NoError(l.t, err)
	}
	require.LessOrEqual(l.t, n[0]-n[1], 1+n[0]*underWay/max(n[2], underWay), "%s", out)
}
