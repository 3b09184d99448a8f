package dc

import (
	"net/netip"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// failedOnce are seeds that found something, with the hosts and the time it took; they are run for ever.
var failedOnce = []struct {
	seed  uint64
	hosts int
	time  time.Duration
}{}

func live(t *testing.T, seed uint64, hosts int, d time.Duration) *World {
	t.Helper()
	w, err := New(Options{Seed: seed, Hosts: hosts})
	require.NoError(t, err)
	t.Cleanup(w.Close)
	require.NoError(t, w.Run(d))
	return w
}

func TestSeedsThatFailedOnce(t *testing.T) {
	for _, f := range failedOnce {
		live(t, f.seed, f.hosts, f.time)
	}
}

// TestASeedIsARun: the same seed is the same run, to the last step.
func TestASeedIsARun(t *testing.T) {
	a, b := live(t, 42, 3, 10*time.Minute), live(t, 42, 3, 10*time.Minute)
	require.Equal(t, a.Trace(), b.Trace())
	require.Equal(t, a.Stats(), b.Stats())
	require.NotEqual(t, a.Trace(), live(t, 43, 3, 10*time.Minute).Trace())
}

// TestFreshSeeds lives through what nobody has seen, for VLCP_SIM_SECONDS of real time.
func TestFreshSeeds(t *testing.T) {
	seconds := 20.0
	if n, err := strconv.ParseFloat(os.Getenv("VLCP_SIM_SECONDS"), 64); err == nil {
		seconds = n
	}
	seed := uint64(time.Now().UnixNano())
	hours, began := 0.0, time.Now()
	for time.Since(began).Seconds() < seconds {
		hosts := 2 + int(seed%6)
		live(t, seed, hosts, 30*time.Minute)
		hours += float64(hosts) / 2
		seed++
	}
	t.Logf("%.0f host-hours, %.0f a minute", hours, hours/time.Since(began).Minutes())
}

// TestHostsRebootWithoutTheStore: all of them, and guests reach each other as before; when the store is back, no flow
// changes.
func TestHostsRebootWithoutTheStore(t *testing.T) {
	w := live(t, 7, 4, 5*time.Minute)
	for _, h := range w.hosts {
		h.kill()
		h.sw.Clear()
		h.away = true
		require.NoError(t, h.boot())
	}
	require.NoError(t, w.run(15*time.Second))
	sent := map[string]int64{}
	for _, h := range w.hosts {
		s := h.agent.Inspect()
		require.True(t, s.Ready, h.name)
		require.Equal(t, "disconnected", s.Store.State)
		require.True(t, s.Store.FromJournal)
		sent[h.name] = s.Flows.Sent
	}
	probes := w.stats.Probes
	require.NoError(t, w.checkReach())
	require.Greater(t, w.stats.Probes, probes, "there are guests")
	for _, h := range w.hosts {
		for _, g := range h.guests {
			g.ip = netip.Addr{} // it boots, too
			g.discover()
		}
	}
	leases := w.stats.Leases
	require.NoError(t, w.run(5*time.Second))
	require.Greater(t, w.stats.Leases, leases, "DHCP is answered")
	for _, h := range w.hosts {
		h.away = false
	}
	require.NoError(t, w.run(10*time.Second))
	for _, h := range w.hosts {
		require.Equal(t, "current", h.agent.Inspect().Store.State)
		require.Equal(t, sent[h.name], h.agent.Inspect().Flows.Sent, h.name)
	}
	require.NoError(t, w.settle())
}
