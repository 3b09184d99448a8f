package redisstore_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
	"github.com/vlcp-go/vlcp/common/store/redistest"
	"github.com/vlcp-go/vlcp/common/store/storetest"
)

// TestCluster has all keys in one slot of a cluster, and hears of them.
func TestCluster(t *testing.T) {
	t.Parallel()
	port := redistest.FreePort(t)
	srv := redistest.Start(t, "--port", port, "--cluster-enabled", "yes", "--cluster-port", redistest.FreePort(t),
		"--cluster-announce-ip", "127.0.0.1")
	srv.CLI(t, "cluster", "addslotsrange", "0", "16383")
	require.Eventually(t, func() bool {
		return srv.CLI(t, "cluster", "countkeysinslot", "0") == "0" &&
			srv.CLI(t, "set", "x", "y") == "OK"
	}, within, 20*time.Millisecond)
	s := open(t, redisstore.Options{URL: "redis+cluster://127.0.0.1:" + port})
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
}

// TestSentinelFailover follows the master from one server to the other.
func TestSentinelFailover(t *testing.T) {
	t.Parallel()
	p1, p2, p3 := redistest.FreePort(t), redistest.FreePort(t), redistest.FreePort(t)
	redistest.Start(t, "--port", p1, "--repl-diskless-sync-delay", "0")
	r := redistest.Start(t, "--port", p2, "--replicaof", "127.0.0.1 "+p1)
	startSentinel(t, p3, p1)
	at := redisstore.Options{URL: "redis+sentinel://127.0.0.1:" + p3 + "/main"}
	s := open(t, at)
	_, err := s.Init(t.Context())
	require.NoError(t, err)
	before, err := s.Info(t.Context())
	require.NoError(t, err)
	h := follow(t, s)
	h.Wait(t, within, storetest.Gap)
	put(t, s, "a", "1")
	require.Eventually(t, func() bool { return r.CLI(t, "hget", "vlcp:{default}:meta", "rev") == "1" }, within,
		10*time.Millisecond, "what is not replicated is lost, and that is not what we test")
	require.Eventually(t, func() bool {
		return exec.Command("redis-cli", "-p", p3, "-e", "sentinel", "failover", "main").Run() == nil
	}, 2*within, 100*time.Millisecond, "the sentinel has to learn of the replica first")

	var after store.Info
	require.Eventually(t, func() bool {
		after, err = s.Info(t.Context())
		return err == nil && after.RunID != before.RunID
	}, 3*within, 100*time.Millisecond)
	require.Equal(t, before.Epoch, after.Epoch)
	h.Wait(t, 2*within, storetest.Gap)
	require.Eventually(t, func() bool {
		_, err := s.Commit(t.Context(), portTxn(0, 1))
		return err == nil
	}, within, 100*time.Millisecond)
	h.Wait(t, 2*within, storetest.Is(store.Hint{Scope: scope}))
}

func startSentinel(t *testing.T, port, master string) {
	t.Helper()
	conf := filepath.Join(t.TempDir(), "sentinel.conf")
	text := fmt.Sprintf("port %s\ndir %s\nsentinel monitor main 127.0.0.1 %s 1\n", port, filepath.Dir(conf), master)
	require.NoError(t, os.WriteFile(conf, []byte(text), 0o600))
	c := exec.Command("redis-server", conf, "--sentinel")
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		require.NoError(t, c.Process.Kill())
		_ = c.Wait() // "signal: killed" is what we want
	})
	require.Eventually(t, func() bool { return exec.Command("redis-cli", "-p", port, "-e", "ping").Run() == nil }, within,
		20*time.Millisecond)
}
