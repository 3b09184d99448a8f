package storetest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
)

// Hints collects what a watcher says.
type Hints struct {
	mu  sync.Mutex
	got []store.Hint
}

// Take is the function to watch with.
func (h *Hints) Take(x store.Hint) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.got = append(h.got, x)
}

// Clear forgets what came.
func (h *Hints) Clear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.got = nil
}

// All returns what came.
func (h *Hints) All() []store.Hint {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.got)
}

// Wait waits for a hint that ok accepts, and forgets it with all before it.
func (h *Hints) Wait(t testing.TB, within time.Duration, ok func(store.Hint) bool) store.Hint {
	t.Helper()
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(time.Millisecond) {
		h.mu.Lock()
		if i := slices.IndexFunc(h.got, ok); i >= 0 {
			x := h.got[i]
			h.got = h.got[i+1:]
			h.mu.Unlock()
			return x
		}
		h.mu.Unlock()
	}
	require.Fail(t, "no such hint", "have %v", h.All())
	return store.Hint{}
}

// Gap accepts the hint that everything may have been missed.
func Gap(h store.Hint) bool { return h.Gap }

// Is accepts exactly want.
func Is(want store.Hint) func(store.Hint) bool {
	return func(h store.Hint) bool { return h == want }
}

func watch(t *testing.T, s store.Store) (*Hints, store.Watcher) {
	t.Helper()
	h := &Hints{}
	w, err := s.Watch(h.Take)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	return h, w
}

// settle follows and waits until that is acknowledged.
func settle(t *testing.T, h *Hints, w store.Watcher, scopes []store.Scope, entries []store.Entry) {
	t.Helper()
	w.Follow(scopes, entries)
	h.Wait(t, hintTimeout, Gap)
	if slices.ContainsFunc(h.All(), Gap) {
		h.Wait(t, hintTimeout, Gap)
	}
	time.Sleep(50 * time.Millisecond) // a Gap for the bare connection may come apart from that of the items
	h.Clear()
}

func testWatch(t *testing.T, s store.Store) {
	h, w := watch(t, s)
	settle(t, h, w, []store.Scope{net1, "hosts"}, nil)
	put(t, s, doc(net2, "port", "a", `1`))
	put(t, s, doc(net1, "port", "a", `1`))
	h.Wait(t, hintTimeout, Is(store.Hint{Scope: net1}))
	put(t, s, doc("hosts", "host", "a", `1`), doc(net1, "port", "b", `1`))
	h.Wait(t, hintTimeout, Is(store.Hint{Scope: "hosts"}))
	h.Clear()
	commit(t, s, store.Txn{Deletes: []store.Key{key(net1, "port", "a")}})
	h.Wait(t, hintTimeout, Is(store.Hint{Scope: net1}))
	for _, x := range h.All() {
		require.NotEqual(t, net2, x.Scope)
	}
}

func testWatchEntries(t *testing.T, s store.Store) {
	h, w := watch(t, s)
	names := []string{"web1", "a/b", "%2F\n", "{*}"}
	var entries []store.Entry
	for _, n := range names {
		entries = append(entries, store.Entry{Index: "port", Key: n})
	}
	settle(t, h, w, nil, entries)
	for _, n := range names {
		c := store.Claim{Index: "port", Key: n, Owner: "blue", Bit: store.NoBit, Watched: true}
		commit(t, s, store.Txn{Claims: []store.Claim{c}})
		h.Wait(t, hintTimeout, Is(store.Hint{Index: "port", Key: n}))
		commit(t, s, store.Txn{Releases: []store.Claim{claim("port", n, "")}})
		h.Wait(t, hintTimeout, Is(store.Hint{Index: "port", Key: n}))
	}
	commit(t, s, store.Txn{Claims: []store.Claim{claim("port", "web1", "unwatched")}})
	commit(t, s, store.Txn{Claims: []store.Claim{{Index: "port", Key: "other", Owner: "b", Watched: true}}})
	time.Sleep(100 * time.Millisecond)
	require.Empty(t, h.All())
}

func testWatchReplace(t *testing.T, s store.Store) {
	h, w := watch(t, s)
	settle(t, h, w, []store.Scope{net1}, nil)
	w.Follow([]store.Scope{net1, net2}, nil)
	h.Wait(t, hintTimeout, Gap)
	put(t, s, doc(net2, "port", "a", `1`))
	h.Wait(t, hintTimeout, Is(store.Hint{Scope: net2}))
	w.Follow([]store.Scope{net2}, []store.Entry{{Index: "port", Key: "x"}})
	h.Wait(t, hintTimeout, Gap)
	put(t, s, doc(net1, "port", "a", `1`))
	put(t, s, doc(net2, "port", "a", `2`))
	h.Wait(t, hintTimeout, Is(store.Hint{Scope: net2}))
	for _, x := range h.All() {
		require.NotEqual(t, net1, x.Scope)
	}
	w.Follow(nil, nil)
	time.Sleep(100 * time.Millisecond)
	h.Clear()
	put(t, s, doc(net2, "port", "a", `3`))
	time.Sleep(100 * time.Millisecond)
	require.Empty(t, h.All())
}

func testWatchClose(t *testing.T, s store.Store) {
	h, w := watch(t, s)
	settle(t, h, w, []store.Scope{net1}, nil)
	require.NoError(t, w.Close())
	h.Clear()
	put(t, s, doc(net1, "port", "a", `1`))
	w.Follow([]store.Scope{net2}, nil)
	time.Sleep(100 * time.Millisecond)
	require.Empty(t, h.All())
	require.NoError(t, w.Close(), "closing twice")
	w2, err := s.Watch(func(store.Hint) {})
	require.NoError(t, err)
	require.NoError(t, s.Close(), "the store closes its watchers")
	w2.Follow([]store.Scope{net1}, nil)
	_, err = s.Watch(func(store.Hint) {})
	require.ErrorIs(t, err, store.ErrUnavailable)
	_, err = s.Read(t.Context(), net1)
	require.ErrorIs(t, err, store.ErrUnavailable)
}
