package redisstore

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redistest"
)

// lapse lets what a store is held by end, as when its holder was stopped for a minute, or as a new master knows it.
var lapse = map[string][]string{
	"took too long": {"hset", "vlcp:{default}:meta", "held"},
	"server lost":   {"hdel", "vlcp:{default}:meta", "held"},
}

// initialised is a new store, and its server.
func initialised(t *testing.T) (*redistest.Server, *Store) {
	t.Helper()
	srv := redistest.Start(t)
	s, err := Open(Options{URL: srv.URL})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	_, err = s.Init(t.Context())
	require.NoError(t, err)
	return srv, s
}

// TestHoldLapses: once a store was not held for a moment, others may have committed. Whoever held it neither puts in
// place what it read before, nor goes on holding it.
func TestHoldLapses(t *testing.T) {
	t.Parallel()
	srv, s := initialised(t)
	for name, cmd := range lapse {
		t.Run(name, func(t *testing.T) {
			key := store.Key{Scope: "net/blue", Kind: "port", ID: name}
			err := s.Hold(t.Context(), func(ctx context.Context) error {
				before, err := s.Image(ctx)
				require.NoError(t, err)
				token, _ := ctx.Value(holdKey{}).(string)
				if args := cmd; args[0] == "hset" {
					srv.CLI(t, append(args, "1 "+token)...)
				} else {
					srv.CLI(t, args...)
				}
				_, err = s.Commit(ctx, store.Txn{Puts: []store.Doc{{Key: key, Value: []byte("1")}}})
				require.NoError(t, err)
				require.ErrorIs(t, s.hold(ctx, token, holdFor, goOn), errNotHeld)
				_, err = s.Load(ctx, store.Load{Image: before, Keep: true})
				return err
			})
			require.ErrorIs(t, err, errNotHeld)
			docs, err := s.Get(t.Context(), key)
			require.NoError(t, err)
			require.NotNil(t, docs[0], "what was committed meanwhile is there")
			require.NotContains(t, srv.CLI(t, "keys", "*"), "load:", "nothing is left")
		})
	}
}

// TestHoldIsOverOnceLoaded: whoever has loaded what it wanted to is not told that it lost the store, and does not keep
// others out any more.
func TestHoldIsOverOnceLoaded(t *testing.T) {
	t.Parallel()
	_, s := initialised(t)
	require.NoError(t, s.Hold(t.Context(), func(ctx context.Context) error {
		im, err := s.Image(ctx)
		require.NoError(t, err)
		token, _ := ctx.Value(holdKey{}).(string)
		require.NoError(t, s.hold(ctx, token, time.Minute, goOn))
		_, err = s.Commit(ctx, store.Txn{ID: "x", Puts: []store.Doc{{Key: store.Key{Scope: "hosts", Kind: "host", ID: "h"}}}})
		require.ErrorIs(t, err, store.ErrUnavailable)
		require.ErrorIs(t, s.Hold(ctx, func(context.Context) error { return errors.New("not alone") }), errHeld)
		_, err = s.Load(ctx, store.Load{Image: im})
		require.NoError(t, err)
		require.NoError(t, s.hold(ctx, token, time.Minute, goOn))
		_, err = s.Commit(ctx, store.Txn{Puts: []store.Doc{{Key: store.Key{Scope: "hosts", Kind: "host", ID: "h"}}}})
		return err
	}))
}
