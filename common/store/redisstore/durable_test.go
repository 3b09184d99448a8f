package redisstore_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
	"github.com/vlcp-go/vlcp/common/store/redistest"
)

// TestDurable waits for replicas, and says what it does not know.
func TestDurable(t *testing.T) {
	t.Parallel()
	port := redistest.FreePort(t)
	master := redistest.Start(t, "--port", port, "--repl-diskless-sync-delay", "0")
	ready(t, master)
	s := open(t, redisstore.Options{URL: master.URL, Durable: 1})
	txn := func(id string) store.Txn {
		return store.Txn{ID: id, Puts: []store.Doc{{Key: store.Key{Scope: scope, Kind: "port", ID: id}}}}
	}
	_, err := s.Commit(t.Context(), txn("early"))
	require.ErrorIs(t, err, store.ErrTooFewReplicas)
	require.NotErrorIs(t, err, store.ErrUnknown)
	require.Equal(t, "0", master.CLI(t, "hget", "vlcp:{default}:meta", "rev"), "nothing was done")

	replica := redistest.Start(t, "--port", redistest.FreePort(t), "--replicaof", "127.0.0.1 "+port)
	var first store.Result
	require.Eventually(t, func() bool {
		first, err = s.Commit(t.Context(), txn("a"))
		return err == nil
	}, within, 20*time.Millisecond)
	require.Equal(t, fmt.Sprint(first.Rev), replica.CLI(t, "hget", "vlcp:{default}:meta", "rev"), "it is there already")
	_, err = s.Commit(t.Context(), store.Txn{Checks: []store.Check{{Key: txn("a").Puts[0].Key, Rev: store.Absent}}})
	var c *store.Conflict
	require.ErrorAs(t, err, &c, "a conflict waits for nobody")

	require.NoError(t, syscall.Kill(replica.Pid(), syscall.SIGSTOP))
	_, err = s.Commit(t.Context(), txn("b"))
	require.ErrorIs(t, err, store.ErrUnknown)
	require.ErrorContains(t, err, "only 0 of 1 replicas")
	_, err = s.Commit(t.Context(), txn("b"))
	require.ErrorIs(t, err, store.ErrUnknown, "a retry waits for what was made before")
	require.NoError(t, syscall.Kill(replica.Pid(), syscall.SIGCONT))
	second, err := s.Commit(t.Context(), txn("b"))
	require.NoError(t, err)
	require.Equal(t, first.Rev+1, second.Rev, "once, though it was asked for three times")
	require.Equal(t, fmt.Sprint(second.Rev), replica.CLI(t, "hget", "vlcp:{default}:meta", "rev"))
}
