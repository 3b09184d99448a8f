package memstore

import "github.com/vlcp-go/vlcp/common/store"

// Fault makes fn decide about every call before it does anything: what it returns (wrap store.ErrUnavailable to look
// like a dead server) is the call's error. op is init, info, commit, poll, read, sequence or beat. nil ends it.
func (s *Store) Fault(fn func(op string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fn
}

// CutWatchers loses every hint that waits and tells the watchers that their subscription is down because of err.
// With err nil it tells them that it is back: each gets a Gap.
func (s *Store) CutWatchers(err error) {
	s.mu.Lock()
	var wake []*watcher
	for _, w := range s.watchers {
		w.pending = nil
		clear(w.waiting)
		if w.add(store.Hint{Gap: err == nil, Err: err}) {
			wake = append(wake, w)
		}
	}
	s.mu.Unlock()
	for _, w := range wake {
		s.o.Deliver(w.deliver)
	}
}

// Flush forgets everything without a hint, as FLUSHALL does. The store is not initialised afterwards.
func (s *Store) Flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.d = newData()
}

// Restart gives the server a new run id, as a restarted process has.
func (s *Store) Restart() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runID = s.o.NewID()
	s.writer = s.runID
}

// Snapshot is a copy of the data, as a backup holds it.
type Snapshot struct{ d *data }

// Snapshot copies the data.
func (s *Store) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Snapshot{d: s.d.clone()}
}

// Restore goes back to a snapshot without a hint: a backup brought back, or a failover that lost writes. Like a server
// that got its data from elsewhere, it begins a new term with the next commit.
func (s *Store) Restore(from Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.d = from.d.clone()
	s.writer = s.o.NewID()
}
