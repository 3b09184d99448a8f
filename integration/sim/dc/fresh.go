package dc

import (
	"context"
	"time"

	"github.com/vlcp-go/vlcp/common/store"
)

const (
	// freshMax is how long it takes at most until a commit is in the switches that it is for, when nothing is wrong. It
	// is shorter than the interval in which agents look at the store by themselves: who needs that has lost a
	// notification.
	freshMax = 1500 * time.Millisecond
	// troubleMax is how long a fault has consequences after its end: agents wait between two tries, and look.
	troubleMax = 15 * time.Second
)

// well reports whether nothing is wrong between a host's agent and what it talks to, nor was lately.
func (h *Host) well() bool {
	return h.agent != nil && !h.frozen && h.w.clock.Now().Sub(h.disturbed) > troubleMax && !h.ongoing()
}

// ongoing reports whether a fault of the host lasts.
func (h *Host) ongoing() bool {
	return h.faults > 0 || h.w.db.lost || h.view.unknowns > 0 || h.w.db.cut || !h.ofUp
}

// expectFresh checks that the hosts that a commit concerns have it in their switches soon.
func (w *World) expectFresh(t *store.Txn, rev int64) {
	scopes := map[store.Scope]bool{}
	for _, p := range t.Puts {
		scopes[p.Key.Scope] = true
	}
	for _, k := range t.Deletes {
		scopes[k.Scope] = true
	}
	for _, h := range w.hosts {
		if h.well() && h.follows(scopes) {
			w.expectRevision(h, rev, "commit")
		}
	}
}

// follows reports whether a guest of the host is in one of the networks, or one of the scopes is everybody's.
func (h *Host) follows(scopes map[store.Scope]bool) bool {
	if scopes[store.ScopePhysNets] {
		return true
	}
	for _, g := range h.all() {
		if p := h.w.defs.ports[g.port]; p != nil && scopes[store.NetworkScope(p.Network)] {
			return true
		}
	}
	return false
}

// expectAfterGap checks that agents that are told that they may have missed something look at once, when nothing else
// was wrong with them since they lost their subscriptions.
func (w *World) expectAfterGap(hosts []*Host, lost time.Time) {
	info, err := w.db.mem.Info(context.Background())
	if err != nil {
		return
	}
	for _, h := range hosts {
		if h.agent != nil && h.disturbed.Equal(lost) && !h.ongoing() {
			w.expectRevision(h, info.Rev, "gap")
		}
	}
}

func (w *World) expectRevision(h *Host, rev int64, why string) {
	a, disturbed := h.agent, h.disturbed
	w.after(freshMax, func() {
		if h.agent != a || h.disturbed != disturbed || h.frozen || h.ongoing() {
			return
		}
		if s := a.Inspect().Store; s.AppliedRevision < rev {
			w.fail("%s has applied revision %d of the store %v after the %s of revision %d", h.name, s.AppliedRevision,
				freshMax, why, rev)
		}
	})
}
