package redisstore_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
	"github.com/vlcp-go/vlcp/common/store/redistest"
	"github.com/vlcp-go/vlcp/common/store/storetest"
)

// TestCluster has all keys of a deployment in one slot of a cluster of three, and hears of them; which master that is
// depends on the name.
func TestCluster(t *testing.T) {
	t.Parallel()
	servers, url := redistest.StartCluster(t, 3)
	used := map[int]bool{}
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		s := open(t, redisstore.Options{URL: url, Name: name, Durable: 0})
		_, err := s.Init(t.Context())
		require.NoError(t, err)
		h := follow(t, s)
		h.Wait(t, within, storetest.Gap)
		_, err = s.Commit(t.Context(), portTxn(0, 10))
		require.NoError(t, err)
		h.Wait(t, within, storetest.Is(store.Hint{Scope: scope}))
		free, err := s.Free(t.Context(), "ip:blue-v4", 0, 99, 1)
		require.NoError(t, err)
		require.Equal(t, []int64{10}, free)
		sv, err := s.Survey(t.Context())
		require.NoError(t, err)
		require.Empty(t, sv.Flaws)
		for i, srv := range servers {
			used[i] = used[i] || srv.CLI(t, "keys", "vlcp:{"+name+"}:*") != ""
		}
		im, err := s.Image(t.Context())
		require.NoError(t, err)
		require.NoError(t, s.Hold(t.Context(), func(ctx context.Context) error {
			_, err := s.Load(ctx, store.Load{Image: im, Claims: sv.Claims})
			return err
		}))
		h.Wait(t, within, storetest.Is(store.Hint{Scope: scope}))
	}
	require.Greater(t, len(used), 1, "the names are not all of one master")
}

// TestSentinelTrio kills a master that has acknowledged a commit which no replica has: the sentinels promote one, the
// store follows it, and readers are told that the commit is lost.
func TestSentinelTrio(t *testing.T) {
	t.Parallel()
	x := redistest.StartTrio(t)
	s := open(t, redisstore.Options{URL: x.URL, PoolSize: 1})
	_, err := s.Init(t.Context())
	require.NoError(t, err)
	h := follow(t, s)
	h.Wait(t, within, storetest.Gap)
	kept, err := s.Commit(t.Context(), portTxn(0, 1))
	require.NoError(t, err)
	for _, r := range x.Servers[1:] {
		require.Eventually(t, func() bool {
			return r.CLI(t, "hget", "vlcp:{default}:meta", "rev") == fmt.Sprint(kept.Rev)
		}, within, 10*time.Millisecond)
	}
	x.CutReplicas(t)
	lost, err := s.Commit(t.Context(), portTxn(1, 1))
	require.NoError(t, err, "acknowledged")
	info, err := s.Info(t.Context())
	require.NoError(t, err)
	h.Clear()
	x.Servers[0].Kill(t)
	h.Wait(t, within, isErr)
	h.Wait(t, 3*within, storetest.Gap)

	c := store.Cursor{Epoch: info.Epoch, Rev: lost.Rev, Term: lost.Term, Scopes: map[store.Scope]int64{scope: lost.Rev}}
	for range 3 {
		b, err := s.Poll(t.Context(), c)
		require.NoError(t, err)
		require.True(t, b.Lost)
		require.Equal(t, kept.Rev, b.Base)
		require.True(t, b.Changes[0].Full)
		require.NotEqual(t, info.RunID, b.RunID)
		put(t, s, "other", "1")
	}
	h.Wait(t, within, storetest.Is(store.Hint{Scope: scope}))
	c.Rev, c.Term = kept.Rev, kept.Term
	b, err := s.Poll(t.Context(), c)
	require.NoError(t, err)
	require.False(t, b.Lost, "what the replicas had is not lost")
}
