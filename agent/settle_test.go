package agent

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/status"
)

// unsettled says what is still to come: the agent has not everything there is, its switch not all of it or something
// else of ours, or the store not the agent's ports. "" when there is nothing.
func (h *host) unsettled(rev int64) string {
	s := h.status()
	if s.Store.AppliedRevision < rev || s.Flows.Pending > 0 || !s.Switch.Connected ||
		s.Flows.Desired != s.Flows.Installed {
		return fmt.Sprintf("%s: %+v %+v", s.Host, s.Store, s.Flows)
	}
	for _, f := range h.flows() {
		if f.State != status.FlowInstalled && f.State != status.FlowForeign && f.State != status.FlowLearned {
			return fmt.Sprintf("%s: %+v", s.Host, f)
		}
	}
	if h.env.Switch == nil && h.problem("tunnel_port_missing", h.cfg.Tunnel.Port) {
		return s.Host + ": no tunnel port yet"
	}
	up := 0
	for _, p := range s.Ports {
		if p.State == status.PortPending {
			return fmt.Sprintf("%s: %+v", s.Host, p)
		}
		if p.State == status.PortUp || p.State == status.PortDown {
			up++
		}
	}
	if n := h.w.bound(s.HostID); n != up {
		return fmt.Sprintf("%s: %d bindings of %d ports that are up: %+v", s.Host, n, up, s.Ports)
	}
	return ""
}

// nudge has an agent poll now. A host is told of no change in networks that it has no port of, so that it learns of
// the last revision only with its next poll.
func (h *host) nudge() {
	h.t.Helper()
	require.NoError(h.t, h.a.s.Post(h.a.follower.wake.Notify))
}

// settle waits until nothing moves any more on any host.
func (w *world) settle() {
	w.t.Helper()
	w.settleWhile(func() {})
}

// settleWhile is settle that does something before each look.
func (w *world) settleWhile(do func()) {
	w.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(glance) {
		do()
		rev, why := w.rev(), ""
		for _, h := range w.hosts {
			h.nudge()
			why += h.unsettled(rev)
		}
		if why == "" && rev == w.rev() {
			return
		}
		require.True(w.t, time.Now().Before(end), "not settled: %s", why)
	}
}

// pair is one host that has two ports of the network blue, with a configuration of its own.
func pair(t *testing.T, configure func(*config.Config)) (*world, *host) {
	t.Helper()
	w := newWorld(t, 1)
	h := w.hosts[0]
	configure(&h.cfg)
	w.network("blue", 1)
	w.port("web1", "blue")
	w.port("web2", "blue")
	w.startAll()
	h.attach("p1", "web1")
	h.attach("p2", "web2")
	h.up("web1")
	h.up("web2")
	w.settle()
	return w, h
}
