package agent

import (
	"sync"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/store"
)

// hintBox collects hints between rounds, so that a storm of them costs one round.
type hintBox struct {
	mu      sync.Mutex
	posted  bool
	gap     bool
	err     error // of the subscription, nil while it works
	entries map[string]bool

	// Since the start of the agent.
	gaps     int64 // times that anything may have been missed, and everything was read again
	losses   int64 // of the subscription
	lost     bool  // lastLoss is to be noted
	lastLoss time.Time
	reason   string // of the last one
}

// hint is called from a goroutine of the store.
func (f *follower) hint(h store.Hint) {
	b := &f.hints
	b.mu.Lock()
	b.gap = b.gap || h.Gap
	b.count(h)
	if h.Gap || h.Err != nil {
		b.err = h.Err
	}
	if h.Index == indexPort {
		if b.entries == nil {
			b.entries = map[string]bool{}
		}
		b.entries[h.Key] = true
	}
	post := !b.posted
	b.posted = true
	b.mu.Unlock()
	if post {
		_ = f.a.s.Post(f.wake.Notify) // fails only when the agent is stopping
	}
}

// count notes what was lost. b is locked.
func (b *hintBox) count(h store.Hint) {
	switch {
	case h.Gap:
		b.gaps++
	case h.Err != nil:
		b.losses++
		b.lost, b.reason = true, h.Err.Error()
	}
}

func (b *hintBox) status(n *notify) status.Notifications {
	b.mu.Lock()
	defer b.mu.Unlock()
	return status.Notifications{Working: b.err == nil && !n.silent, Gaps: b.gaps, Losses: b.losses,
		LastLoss: stamp(b.lastLoss), Reason: b.reason}
}

// takeHints turns what was collected into look-ups to repeat; the poll that follows covers the scopes.
func (f *follower) takeHints() {
	b := &f.hints
	b.mu.Lock()
	gap, entries := b.gap, b.entries
	if b.lost {
		b.lost, b.lastLoss = false, f.a.s.Now()
	}
	f.notify.down = b.err
	b.gap, b.entries, b.posted = false, nil, false
	b.mu.Unlock()
	for n := range entries {
		if _, ok := f.located[n]; ok {
			f.stale[n] = true
		}
	}
	if !gap {
		return
	}
	for n := range f.located {
		f.stale[n] = true
	}
}

// lookForMissing has ports looked up again that should be in a followed scope and are not, or are in another: the hint
// that they were defined, or moved to another network, may have been lost.
func (f *follower) lookForMissing() {
	for n, network := range f.located {
		if p, ok := f.a.view.Port(n); !ok || p.Network != network {
			f.stale[n] = true
		}
	}
}
