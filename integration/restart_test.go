package integration

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// counters are those of a flow that `ovs-ofctl dump-flows` prints.
type counters struct {
	seconds float64
	packets uint64
}

var dumped = regexp.MustCompile(`(cookie=\S+) duration=([\d.]+)s, (table=\d+), n_packets=(\d+), n_bytes=\d+, (.*)`)

// dump returns the flows of a host's bridge, by everything about them that does not change.
func (l *lab) dump(host string) map[string]counters {
	l.t.Helper()
	flows := map[string]counters{}
	for line := range strings.Lines(l.exec(host, "ovs-ofctl", "-O", "OpenFlow13", "dump-flows", "br-int")) {
		m := dumped.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		seconds, err := strconv.ParseFloat(m[2], 64)
		require.NoError(l.t, err)
		packets, err := strconv.ParseUint(m[4], 10, 64)
		require.NoError(l.t, err)
		flows[m[1]+m[3]+" "+m[5]] = counters{seconds, packets}
	}
	require.NotEmpty(l.t, flows)
	return flows
}

func TestAgentRestart(t *testing.T) {
	l := on(t)
	l.apply(blue)
	l.guests("hv1/web1", "hv2/web2", "hv3/web3")
	l.pings("web1", "10.10.0.12")
	for _, host := range []string{"hv1", "hv2"} {
		t.Run(host, func(t *testing.T) { restart(&lab{t: t}, host) })
	}
}

func restart(l *lab, host string) {
	// A fixed number, so that none is under way when it ends; more than the rest of this function takes.
	ping := l.start("web1", "ping", "-n", "-c", "400", "-i", "0.01", "-W", "2", "10.10.0.12")
	l.eventually(func() bool { return count(ping.out.String(), "bytes from") > 20 }, "no ping: %s", ping.out)
	before := l.dump(host)
	l.run("agent", host, "kill")
	time.Sleep(500 * time.Millisecond)
	require.NotZero(l.t, l.try(host, "vlcp-agent", "status").code, "the agent is dead")
	l.run("agent", host, "start")
	time.Sleep(500 * time.Millisecond)
	after := l.dump(host)
	require.NotContains(l.t, ping.out.String(), "statistics", "the ping ended before the restart did")
	require.Regexp(l.t, `\n400 packets transmitted, 400 received, 0% packet loss`, ping.wait())

	s := l.status(host)
	require.Zero(l.t, s.Flows.Sent, "flows sent after the restart")
	require.Equal(l.t, s.Flows.Desired, s.Flows.Installed)
	require.Len(l.t, after, len(before))
	var forwarded uint64
	for key, b := range before {
		a, ok := after[key]
		require.True(l.t, ok, "gone: %s", key)
		require.GreaterOrEqual(l.t, a.seconds, b.seconds+1, key)
		require.GreaterOrEqual(l.t, a.packets, b.packets, key)
		forwarded += a.packets - b.packets
	}
	require.Greater(l.t, forwarded, uint64(100), "packets counted on")
}
