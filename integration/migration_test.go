package integration

import (
	"io"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const blackoutMax = 50 // frames of a prober that sends one a millisecond

// when starts a command in a namespace that waits until it is told to go on.
func (l *lab) when(netns, command string) (goOn func()) {
	l.t.Helper()
	cmd := exec.Command("ip", "netns", "exec", netns, "sh", "-c", "echo; read x && "+command)
	in, err := cmd.StdinPipe()
	require.NoError(l.t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(l.t, err)
	require.NoError(l.t, cmd.Start())
	_, err = io.ReadFull(out, make([]byte, 1))
	require.NoError(l.t, err)
	l.t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	return func() {
		_, err := in.Write([]byte("\n"))
		require.NoError(l.t, err)
	}
}

// target is the namespace in which a guest will run that migrates. It says nothing before.
func (l *lab) target(guest string) string {
	l.t.Helper()
	next := guest + "-next"
	l.namespace(next)
	l.ip("netns", "exec", next, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1") // it would speak
	return next
}

// standby makes the interface of a guest of hv1 on hv2.
func (l *lab) standby(guest, next, address string) {
	l.t.Helper()
	r := l.try("hv2", "vlcp-agent", "attach", guest, "--netns", next)
	require.Zero(l.t, r.code, r.err)
	require.Contains(l.t, r.err, "host hv1 has it until its guest speaks")
	l.t.Cleanup(func() { l.try("hv2", "vlcp-agent", "detach", guest) })
	l.ip("-n", next, "link", "set", "eth0", "down") // it does not run yet
	l.ip("-n", next, "addr", "add", address, "dev", "eth0")
}

// TestMigration moves a guest as live migration does: its interface is made at the target first, then the guest stops
// at the source, and runs at the target, where it says so with a gratuitous ARP.
func TestMigration(t *testing.T) {
	l := on(t)
	l.apply(blue)
	l.guests("hv1/web1", "hv3/web3", "hv2/web2")
	mac := l.status("hv1").port("web1").MAC
	next := l.target("web1")
	before := l.flows("hv2", "--port", "web2")

	require.Contains(t, l.coordinator("port", "migrate", "web1", "--to", "hv2"), "hv1 to hv2")
	l.eventually(func() bool { return l.status("hv1").port("web1").MigratesTo == "hv2" }, "hv1 does not say so")
	l.standby("web1", next, "10.10.0.11/24")
	l.ip("-n", next, "link", "set", "eth0", "up")
	require.Contains(t, l.coordinator("port", "migrate", "web1", "--to", "hv2", "--wait"), "ready: hv2")
	require.Equal(t, "standby", l.status("hv2").port("web1").State)

	stop, speak := l.when("web1", "ip link set eth0 down"), l.when(next, "arping -q -U -c 1 -I eth0 10.10.0.11")
	for _, from := range []string{"web3", "web2"} {
		l.pings(from, "10.10.0.11") // of hv2, too
		require.Equal(t, "10.255.0.1", l.tunnelTo("hv3", mac), "it is at the source")
	}
	far, near := l.ping("web3", "10.10.0.11"), l.ping("web2", "10.10.0.11")
	time.Sleep(300 * time.Millisecond)
	stop()
	speak()
	l.eventually(func() bool { return l.status("hv2").port("web1").State == "up" }, "it does not move")
	time.Sleep(300 * time.Millisecond)
	for from, p := range map[string]*prober{"web3": far, "web2": near} {
		sent, lost := p.lost()
		t.Logf("%s: %d of %d frames lost", from, lost, sent)
		require.Greater(t, sent, 100)
		require.LessOrEqual(t, lost, blackoutMax, "milliseconds without the guest, from %s", from)
	}
	l.coordinator("wait", "--port", "web1")
	require.Equal(t, "10.255.0.2", l.tunnelTo("hv3", mac))
	l.eventually(func() bool { return l.status("hv1").problem("port_claimed_elsewhere", "web1") != nil }, "hv1 is told")
	require.NotContains(t, l.coordinator("port", "list"), "hv1 to hv2")
	require.Len(t, l.flows("hv2", "--port", "web2"), len(before), "it costs the others nothing")
}

// ping is a prober one way, from a guest or the machine outside.
func (l *lab) ping(from, to string) *prober {
	l.t.Helper()
	command := []string{"ping", "-n", "-i", probeInterval, "-W", "2", to}
	var ping *process
	if from == machine {
		ping = l.outside(command...)
	} else {
		ping = l.start(from, command...)
	}
	l.eventually(func() bool { return count(ping.out.String(), "bytes from") > 20 }, "no ping: %s", ping.out)
	return &prober{l: l, ways: []*process{ping}}
}
