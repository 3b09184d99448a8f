package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/proctest"
)

const (
	rounds       = 3 // of both controllers, in turn
	roundTime    = 500 * time.Millisecond
	startTimeout = 10 * time.Second
	l2switch     = "github.com/vlcp-go/vlcp/common/examples/l2switch"
)

// start starts a controller that listens at address, p…, and returns the address to connect to.
func start(b *testing.B, network, where string, args ...string) string {
	b.Helper()
	c := exec.Command(args[0], args[1:]...)
	require.NoError(b, proctest.Start(c))
	b.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		_ = c.Wait() // ended by us
	})
	for end := time.Now().Add(startTimeout); ; time.Sleep(10 * time.Millisecond) {
		if nc, err := net.Dial(network, where); err == nil {
			_ = nc.Close()
			return network + ":" + where
		}
		require.True(b, time.Now().Before(end), "%v does not listen at %s", args, where)
	}
}

func freePort(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	defer l.Close() //nolint:errcheck // it served its purpose
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// arena starts controllers in a directory of its own.
type arena struct {
	b       *testing.B
	dir     string
	program string // l2switch
}

func newArena(b *testing.B) *arena {
	b.Helper()
	dir, err := os.MkdirTemp("", "ofb") // b.TempDir can be too long for the path of a socket
	require.NoError(b, err)
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	a := &arena{b, dir, filepath.Join(dir, "l2switch")}
	out, err := exec.Command("go", "build", "-o", a.program, l2switch).CombinedOutput()
	require.NoError(b, err, "%s", out)
	return a
}

// place is somewhere to listen.
func (a *arena) place(network string) (passive, where string) {
	if network == "unix" {
		where = filepath.Join(a.dir, freePort(a.b)) // any name that is not used
		return "punix:" + where, where
	}
	port := freePort(a.b)
	return "ptcp:" + port + ":127.0.0.1", "127.0.0.1:" + port
}

func (a *arena) ours(network string) []string {
	passive, where := a.place(network)
	return []string{start(a.b, network, where, a.program, passive)}
}

// theirs is ovs-testcontroller; as it takes 16 switches only, two of them.
func (a *arena) theirs(network string) (all []string) {
	for range 2 {
		passive, where := a.place(network)
		all = append(all, start(a.b, network, where, "ovs-testcontroller", passive, "-O", "OpenFlow10,OpenFlow13",
			"--unixctl="+filepath.Join(a.dir, filepath.Base(where)+".ctl"), "-vconsole:off", "-vsyslog:off"))
	}
	return all
}

// BenchmarkControllers measures l2switch and Debian's ovs-testcontroller, a learning switch in C, in turn. In
// throughput mode l2switch must send at least as many responses per second. For 32 switches there are two
// ovs-testcontroller, each with half of them, against one l2switch.
func BenchmarkControllers(b *testing.B) {
	a := newArena(b)
	for _, network := range []string{"tcp", "unix"} {
		ours, theirs := a.ours(network), a.theirs(network)
		for _, v := range []openflow.Version{openflow.Version10, openflow.Version13} {
			for _, m := range []Mode{Latency, Throughput} {
				for _, n := range []int{1, 8, 32} {
					o := Options{Version: v, Mode: m, Switches: n, Hosts: 1000, Window: 64, Duration: roundTime}
					b.Run(fmt.Sprintf("%s/%s/%s/%d", v, network, m, n), func(b *testing.B) {
						contest(b, o, ours, theirs[:(n+switchesOfC-1)/switchesOfC])
					})
				}
			}
		}
	}
}

const switchesOfC = 16 // that ovs-testcontroller takes

// contest measures both controllers in turn, and reports the mean of each.
func contest(b *testing.B, o Options, ours, theirs []string) {
	b.Helper()
	var us, them Result
	for range rounds {
		for _, c := range []struct {
			at  []string
			sum *Result
		}{{ours, &us}, {theirs, &them}} {
			o.Addresses = c.at
			r, err := Measure(o)
			require.NoError(b, err)
			c.sum.ResponsesPer += r.ResponsesPer / rounds
			c.sum.P50 += r.P50 / rounds
			c.sum.P99 += r.P99 / rounds
			c.sum.Lost += r.Lost
		}
	}
	b.ReportMetric(us.ResponsesPer, "responses/s")
	b.ReportMetric(us.P50, "µs-p50")
	b.ReportMetric(us.P99, "µs-p99")
	b.ReportMetric(them.ResponsesPer, "C-responses/s")
	b.ReportMetric(them.P50, "µs-C-p50")
	b.ReportMetric(them.P99, "µs-C-p99")
	b.ReportMetric(us.ResponsesPer/them.ResponsesPer, "times-C")
	b.ReportMetric(0, "ns/op")
	require.Zero(b, us.Lost, "packets without an answer")
	if o.Mode == Throughput {
		require.GreaterOrEqual(b, us.ResponsesPer, them.ResponsesPer)
	}
}
