package agent

import (
	"sync"

	"github.com/vlcp-go/vlcp/common/store"
)

// hintBox collects hints between rounds, so that a storm of them costs one round.
type hintBox struct {
	mu      sync.Mutex
	posted  bool
	gap     bool
	err     error // of the subscription, nil while it works
	entries map[string]bool
}

// hint is called from a goroutine of the store.
func (f *follower) hint(h store.Hint) {
	b := &f.hints
	b.mu.Lock()
	b.gap = b.gap || h.Gap
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

// takeHints turns what was collected into look-ups to repeat; the poll that follows covers the scopes.
func (f *follower) takeHints() {
	b := &f.hints
	b.mu.Lock()
	gap, entries := b.gap, b.entries
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
