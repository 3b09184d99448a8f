package integration

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is measured is the payload: 1398 of the 1464 bytes of a frame with TCP and time stamps at most, 1400 of the 1442
// UDP; a tag is not there any more where the limit is.
const (
	tcpPayload = 1398.0 / 1464
	udpPayload = 1400.0 / 1442
)

const tolerance = 0.1 // of rates

// throughput is a guest that others measure with.
type throughput struct {
	l      *lab
	server string                // its address
	run    func([]string) string // runs a command where the other end is
}

// measures starts the server in a guest.
func (l *lab) measures(guest, address string, run func([]string) string) throughput {
	l.t.Helper()
	server := l.start(guest, "iperf3", "-s", "--forceflush")
	l.eventually(func() bool { return strings.Contains(server.out.String(), "listening") }, "iperf3: %s", server.out)
	return throughput{l, address, run}
}

// rate is that of some seconds, in bits of payload per second.
func (m throughput) rate(seconds int, what string, args ...string) float64 {
	m.l.t.Helper()
	var r struct {
		End struct {
			Received struct {
				Rate float64 `json:"bits_per_second"`
			} `json:"sum_received"`
		}
	}
	args = append([]string{"iperf3", "-J", "-c", m.server, "-t", fmt.Sprint(seconds)}, args...)
	require.NoError(m.l.t, json.Unmarshal([]byte(m.run(args)), &r))
	m.l.t.Logf("%s: %.2f mbit/s in %d s", what, r.End.Received.Rate/1e6, seconds)
	return r.End.Received.Rate
}

// is requires a rate within a tenth. Where the machine has much else to do, less is sent for a moment, and after that
// the burst that has been saved: it is measured again, for longer.
func (m throughput) is(want float64, what string, args ...string) {
	m.l.t.Helper()
	rate := 0.0
	for _, seconds := range []int{2, 5, 8} {
		if rate = m.rate(seconds, what, args...); math.Abs(rate-want) <= tolerance*want {
			break
		}
	}
	require.InEpsilon(m.l.t, want, rate, tolerance, what)
}

// Limits hold within a tenth, each way.
func TestLimits(t *testing.T) {
	l := on(t)
	l.apply(blue)
	l.guests("hv1/web1", "hv2/web2")
	l.coordinator("port", "update", "web1", "--limit-in", "8mbit", "--limit-out", "4mbit")
	l.coordinator("wait")
	require.Contains(t, l.exec("hv1", "vlcp-agent", "ports"), "in:8mbit,out:4mbit")
	m := l.measures("web2", "10.10.0.12", func(args []string) string { return l.exec("web1", args...) })
	m.is(4e6*tcpPayload, "TCP out", "-O", "1")
	m.is(8e6*tcpPayload, "TCP in", "-R", "-O", "1")
	l.coordinator("port", "update", "web1", "--burst", "200kbit") // behind which UDP does not get slower, as TCP does
	l.coordinator("wait")
	m.is(4e6*udpPayload, "UDP out", "-u", "-b", "6M", "-l", "1400")
	m.is(8e6*udpPayload, "UDP in", "-R", "-u", "-b", "12M", "-l", "1400")
	l.within(settleTimeout, func() bool {
		d := l.status("hv1").port("web1").Drops
		return d["limit-in"] > 0 && d["limit-out"] > 0
	}, "not counted: %+v", l.status("hv1").port("web1"))
	r := l.tryCoordinator("port", "update", "web1", "--limit-in", "0")
	require.Equal(t, 4, r.code)
	require.Contains(t, r.err, "port web1: limit_in: 0 would let nothing through: leave it out (--limit-in '')")
}

// A sub-port has limits of its own, on the interface of a parent that has none.
func TestLimitsOfSubPort(t *testing.T) {
	l := on(t)
	l.apply(trunks)
	l.coordinator("port", "create", "web1-v20", "--network", "green", "--parent", "web1", "--vlan", "20", "--ip",
		"10.10.0.11", "--mac", "0a:00:00:00:00:20", "--limit-in", "8mbit", "--limit-out", "4mbit", "--burst", "200kbit")
	l.vlanGuest("hv1", "web1")
	l.guests("hv2/web2", "hv2/peer")
	l.lease("untagged", "0a:00:00:00:00:11")
	l.lease("vlan20", "0a:00:00:00:00:20")
	in := func(machine string) func([]string) string {
		return func(args []string) string {
			return l.exec("hv1", append([]string{"ip", "netns", "exec", machine}, args...)...)
		}
	}
	sub := l.measures("peer", "10.10.0.12", in("vlan20"))
	sub.is(4e6*udpPayload, "UDP out", "-u", "-b", "6M", "-l", "1400")
	sub.is(8e6*udpPayload, "UDP in", "-R", "-u", "-b", "12M", "-l", "1400")
	parent := l.measures("web2", "10.10.0.12", in("untagged"))
	parent.is(12e6, "UDP in, of the parent", "-R", "-u", "-b", "12M", "-l", "1400")
	l.within(settleTimeout, func() bool {
		d := l.status("hv1").port("web1-v20").Drops
		return d["limit-in"] > 0 && d["limit-out"] > 0
	}, "not counted: %+v", l.status("hv1").port("web1-v20"))
	require.NotContains(t, l.status("hv1").port("web1").Drops, "limit-in")
}
