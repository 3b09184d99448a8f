package memstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/memstore"
	"github.com/vlcp-go/vlcp/common/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		s := memstore.New(memstore.Options{LogLimit: storetest.LogLimit})
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		return s
	})
}

func TestHistory(t *testing.T) {
	storetest.RunHistory(t, func(t *testing.T) (store.Store, func() func()) {
		s := memstore.New(memstore.Options{})
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		return s, func() func() {
			old := s.Snapshot()
			return func() { s.Restore(old) }
		}
	})
}

const scope = store.Scope("net/blue")

func put(t *testing.T, s *memstore.Store, id string) {
	t.Helper()
	_, err := s.Commit(t.Context(), store.Txn{Puts: []store.Doc{{Key: store.Key{Scope: scope, Kind: "port", ID: id}}}})
	require.NoError(t, err)
}

func TestFaults(t *testing.T) {
	s := memstore.New(memstore.Options{})
	_, err := s.Init(t.Context())
	require.NoError(t, err)
	put(t, s, "a")
	backup := s.Snapshot()
	before, err := s.Info(t.Context())
	require.NoError(t, err)
	put(t, s, "b")

	s.Restore(backup)
	docs, err := s.Read(t.Context(), scope)
	require.NoError(t, err)
	require.Len(t, docs, 1, "the snapshot does not see later commits")
	put(t, s, "c")
	s.Restore(backup)
	docs, err = s.Read(t.Context(), scope)
	require.NoError(t, err)
	require.Len(t, docs, 1, "nor do commits after Restore change it")

	s.Restart()
	after, err := s.Info(t.Context())
	require.NoError(t, err)
	require.Equal(t, before.Epoch, after.Epoch)
	require.NotEqual(t, before.RunID, after.RunID)

	broken := errors.New("cut")
	s.Fault(func(op string) error {
		if op == "poll" {
			return broken
		}
		return nil
	})
	_, err = s.Poll(t.Context(), store.Cursor{})
	require.ErrorIs(t, err, broken)
	put(t, s, "d")
	s.Fault(nil)
	s.Flush()
	_, err = s.Poll(t.Context(), store.Cursor{})
	require.ErrorIs(t, err, store.ErrNotInitialised)
}

// TestDeliver shows that a simulator decides when hints arrive, and that they do not pile up meanwhile.
func TestDeliver(t *testing.T) {
	var runs []func()
	now := time.Unix(1000, 0)
	s := memstore.New(memstore.Options{Deliver: func(f func()) { runs = append(runs, f) },
		Now: func() time.Time { return now }})
	_, err := s.Init(t.Context())
	require.NoError(t, err)
	var hints storetest.Hints
	w, err := s.Watch(hints.Take)
	require.NoError(t, err)
	w.Follow([]store.Scope{scope}, nil)
	for range 100 {
		put(t, s, "a")
	}
	require.Empty(t, hints.All())
	require.Len(t, runs, 1)
	runs[0]()
	require.Equal(t, []store.Hint{{Gap: true}, {Scope: scope}}, hints.All())

	broken := errors.New("cut")
	put(t, s, "a")
	s.CutWatchers(broken)
	s.CutWatchers(nil)
	hints.Clear()
	for _, run := range runs[1:] {
		run()
	}
	require.Equal(t, []store.Hint{{Gap: true}}, hints.All(), "what was on the way is lost")
	r, err := s.Commit(t.Context(), store.Txn{})
	require.NoError(t, err)
	require.Equal(t, now, r.At)
	require.NoError(t, w.Close())
}
