package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
)

// LogLimit is what open should limit the logs of scopes to, so that the suite reaches the bound quickly.
const LogLimit = 50

const (
	hintTimeout = 5 * time.Second
	net1        = store.Scope("net/blue")
	net2        = store.Scope("net/red")
)

// Run tests the store that open returns: a new one, empty, not initialised, closed by the test's end.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	tests := []struct {
		name string
		run  func(t *testing.T, s store.Store)
	}{
		{"documents", testDocuments},
		{"checks", testChecks},
		{"all or nothing", testAllOrNothing},
		{"retry", testRetry},
		{"claims", testClaims},
		{"release and claim", testReleaseAndClaim},
		{"in use", testInUse},
		{"hostile names", testHostileNames},
		{"invalid", testInvalid},
		{"free numbers", testFree},
		{"free numbers of big pools", testFreeBig},
		{"sequence", testSequence},
		{"beats", testBeats},
		{"poll", testPoll},
		{"poll of a trimmed log", testPollTrimmed},
		{"poll of an emptied scope", testPollEmptied},
		{"poll with a strange cursor", testPollStrange},
		{"poll equals read", testPollEqualsRead},
		{"big commit", testBigCommit},
		{"concurrent claims", testConcurrentClaims},
		{"watch", testWatch},
		{"watch entries", testWatchEntries},
		{"watch follows the last set", testWatchReplace},
		{"watch close", testWatchClose},
	}
	t.Run("not initialised", func(t *testing.T) { testNotInitialised(t, open(t)) })
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t)
			created, err := s.Init(t.Context())
			require.NoError(t, err)
			require.True(t, created)
			tt.run(t, s)
		})
	}
}

func testNotInitialised(t *testing.T, s store.Store) {
	ctx := t.Context()
	calls := map[string]func() error{
		"get":    func() error { _, err := s.Get(ctx, key(net1, "port", "a")); return err },
		"read":   func() error { _, err := s.Read(ctx, net1); return err },
		"lookup": func() error { _, err := s.Lookup(ctx, "ip", "a"); return err },
		"list":   func() error { _, err := s.List(ctx, "ip"); return err },
		"free":   func() error { _, err := s.Free(ctx, "ip", 0, 9, 1); return err },
		"poll":   func() error { _, err := s.Poll(ctx, cursor("", net1, 0)); return err },
		"commit": func() error { _, err := s.Commit(ctx, store.Txn{}); return err },
		"seq":    func() error { _, err := s.Sequence(ctx, "tag", 1); return err },
		"beat":   func() error { return s.Beat(ctx, "h", nil) },
		"beats":  func() error { _, err := s.Beats(ctx); return err },
		"unbeat": func() error { return s.RemoveBeat(ctx, "h") },
		"info":   func() error { _, err := s.Info(ctx); return err },
	}
	for name, call := range calls {
		require.ErrorIs(t, call(), store.ErrNotInitialised, name)
	}
	created, err := s.Init(ctx)
	require.NoError(t, err)
	require.True(t, created)
	before, err := s.Info(ctx)
	require.NoError(t, err)
	require.NotEmpty(t, before.Epoch)
	require.NotEmpty(t, before.RunID)
	require.NotEmpty(t, before.Server)
	require.Equal(t, 1, before.Schema)
	require.True(t, before.Notifications)
	require.WithinDuration(t, time.Now(), before.Time, time.Minute)
	created, err = s.Init(ctx)
	require.NoError(t, err)
	require.False(t, created)
	after, err := s.Info(ctx)
	require.NoError(t, err)
	require.Equal(t, before.Epoch, after.Epoch)
}

func key(sc store.Scope, kind, id string) store.Key { return store.Key{Scope: sc, Kind: kind, ID: id} }

func doc(sc store.Scope, kind, id, value string) store.Doc {
	return store.Doc{Key: key(sc, kind, id), Value: []byte(value)}
}

func claim(index, key, owner string) store.Claim {
	return store.Claim{Index: index, Key: key, Owner: owner, Bit: store.NoBit}
}

func cursor(epoch string, sc store.Scope, rev int64) store.Cursor {
	return store.Cursor{Epoch: epoch, Scopes: map[store.Scope]int64{sc: rev}}
}

// commit commits and returns the revision.
func commit(t *testing.T, s store.Store, txn store.Txn) int64 {
	t.Helper()
	r, err := s.Commit(t.Context(), txn)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), r.At, time.Minute)
	return r.Rev
}

func put(t *testing.T, s store.Store, docs ...store.Doc) int64 {
	t.Helper()
	return commit(t, s, store.Txn{Puts: docs})
}

// refused commits and returns the conflict.
func refused(t *testing.T, s store.Store, txn store.Txn) *store.Conflict {
	t.Helper()
	_, err := s.Commit(t.Context(), txn)
	var c *store.Conflict
	require.ErrorAs(t, err, &c)
	return c
}

func read(t *testing.T, s store.Store, sc store.Scope) []store.Doc {
	t.Helper()
	docs, err := s.Read(t.Context(), sc)
	require.NoError(t, err)
	return docs
}

func list(t *testing.T, s store.Store, index string) map[string]string {
	t.Helper()
	m, err := s.List(t.Context(), index)
	require.NoError(t, err)
	return m
}

func poll(t *testing.T, s store.Store, c store.Cursor) store.Batch {
	t.Helper()
	b, err := s.Poll(t.Context(), c)
	require.NoError(t, err)
	return b
}

func epoch(t *testing.T, s store.Store) string {
	t.Helper()
	i, err := s.Info(t.Context())
	require.NoError(t, err)
	return i.Epoch
}

// rev is the global revision.
func rev(t *testing.T, s store.Store) int64 {
	t.Helper()
	i, err := s.Info(context.WithoutCancel(t.Context()))
	require.NoError(t, err)
	return i.Rev
}
