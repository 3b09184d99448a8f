package memstore

import (
	"fmt"
	"slices"
	"sync"

	"github.com/vlcp-go/vlcp/common/store"
)

// watcher collects hints between deliveries: equal ones are one, so what waits is bounded by what is followed.
type watcher struct {
	s    *Store
	hint func(store.Hint)

	running sync.Mutex // held while hints are delivered: Close waits for it

	// Guarded by Store.mu.
	scopes  map[store.Scope]bool
	entries map[store.Entry]bool
	pending []store.Hint
	waiting map[store.Hint]bool
	closed  bool
}

// Watch implements store.Log.
func (s *Store) Watch(hint func(store.Hint)) (store.Watcher, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fmt.Errorf("watch: %w: closed", store.ErrUnavailable)
	}
	w := &watcher{s: s, hint: hint, waiting: map[store.Hint]bool{}}
	s.watchers = append(s.watchers, w)
	return w, nil
}

// Follow implements store.Watcher.
func (w *watcher) Follow(scopes []store.Scope, entries []store.Entry) {
	w.s.mu.Lock()
	added := false
	sc, en := make(map[store.Scope]bool, len(scopes)), make(map[store.Entry]bool, len(entries))
	for _, x := range scopes {
		sc[x] = true
		added = added || !w.scopes[x]
	}
	for _, x := range entries {
		en[x] = true
		added = added || !w.entries[x]
	}
	w.scopes, w.entries = sc, en
	start := added && w.add(store.Hint{Gap: true})
	w.s.mu.Unlock()
	if start {
		w.s.o.Deliver(w.deliver)
	}
}

// add queues a hint; it reports whether a delivery has to be started. Store.mu is held.
func (w *watcher) add(h store.Hint) bool {
	if w.closed || w.waiting[h] {
		return false
	}
	w.waiting[h] = true
	w.pending = append(w.pending, h)
	return len(w.pending) == 1
}

func (w *watcher) follows(h store.Hint) bool {
	if h.Scope != "" {
		return w.scopes[h.Scope]
	}
	return w.entries[store.Entry{Index: h.Index, Key: h.Key}]
}

// queue gives hints to the watchers that follow them and returns those whose delivery has to be started. Store.mu is
// held.
func (s *Store) queue(hints []store.Hint) []*watcher {
	if s.o.NoNotifications {
		return nil
	}
	var wake []*watcher
	for _, w := range s.watchers {
		for _, h := range hints {
			if w.follows(h) && w.add(h) {
				wake = append(wake, w)
			}
		}
	}
	return wake
}

// deliver hands over everything that waits.
func (w *watcher) deliver() {
	w.running.Lock()
	defer w.running.Unlock()
	w.s.mu.Lock()
	hints := w.pending
	w.pending = nil
	clear(w.waiting)
	closed := w.closed
	w.s.mu.Unlock()
	if closed {
		return
	}
	for _, h := range hints {
		w.hint(h)
	}
}

// Close implements store.Watcher. Hints do not come after it has returned; it must not be called from a hint.
func (w *watcher) Close() error {
	w.s.mu.Lock()
	w.closed = true
	w.s.watchers = slices.DeleteFunc(w.s.watchers, func(x *watcher) bool { return x == w })
	w.s.mu.Unlock()
	w.running.Lock() // a delivery that has begun ends first
	defer w.running.Unlock()
	return nil
}
