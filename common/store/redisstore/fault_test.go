package redisstore_test

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
	"github.com/vlcp-go/vlcp/common/store/redistest"
	"github.com/vlcp-go/vlcp/common/store/storetest"
)

const within = 10 * time.Second

func follow(t *testing.T, s store.Store) *storetest.Hints {
	t.Helper()
	h := &storetest.Hints{}
	w, err := s.Watch(h.Take)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	w.Follow([]store.Scope{scope}, nil)
	return h
}

func isErr(h store.Hint) bool { return h.Err != nil }

// TestKilledSubscription cuts the subscription again and again under a writer: a reader that polls on each hint ends up
// with everything.
func TestKilledSubscription(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t)
	s := ready(t, srv)
	h := follow(t, s)
	h.Wait(t, within, storetest.Gap)
	for i := range 3 {
		h.Clear()
		require.Equal(t, "1", srv.CLI(t, "client", "kill", "type", "pubsub"))
		missed := put(t, s, "a", fmt.Sprint(i))
		h.Wait(t, within, isErr)
		h.Wait(t, within, storetest.Gap)
		b, err := s.Poll(t.Context(), store.Cursor{Scopes: map[store.Scope]int64{scope: 0}})
		require.NoError(t, err)
		require.Equal(t, missed, b.Changes[0].Rev)
		put(t, s, "b", fmt.Sprint(i))
		h.Wait(t, within, storetest.Is(store.Hint{Scope: scope}))
	}
}

// TestServerRestarts loses everything: the watcher comes back, and the reader sees a store that is not initialised,
// then one of another epoch by another process.
func TestServerRestarts(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t)
	s := ready(t, srv)
	before, err := s.Info(t.Context())
	require.NoError(t, err)
	h := follow(t, s)
	h.Wait(t, within, storetest.Gap)
	srv.Kill(t)
	require.ErrorIs(t, h.Wait(t, within, isErr).Err, store.ErrUnavailable)
	_, err = s.Poll(t.Context(), store.Cursor{})
	require.ErrorIs(t, err, store.ErrUnavailable)
	require.ErrorContains(t, err, srv.Socket)
	require.ErrorContains(t, err, "VLCP_REDIS")
	_, err = s.Commit(t.Context(), store.Txn{})
	require.ErrorIs(t, err, store.ErrUnavailable, "nothing was sent, so nothing is in doubt")

	srv.Launch(t)
	h.Wait(t, within, storetest.Gap)
	_, err = s.Poll(t.Context(), store.Cursor{Epoch: before.Epoch})
	require.ErrorIs(t, err, store.ErrNotInitialised)
	_, err = s.Init(t.Context())
	require.NoError(t, err)
	b, err := s.Poll(t.Context(), store.Cursor{Epoch: before.Epoch, Scopes: map[store.Scope]int64{scope: 3}})
	require.NoError(t, err)
	require.NotEqual(t, before.Epoch, b.Epoch)
	require.NotEqual(t, before.RunID, b.RunID)
	require.True(t, b.Changes[0].Full)
	put(t, s, "a", "1")
	h.Wait(t, within, storetest.Is(store.Hint{Scope: scope}))
}

func TestFlushAll(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t)
	s := ready(t, srv)
	put(t, s, "a", "1")
	srv.CLI(t, "flushall")
	_, err := s.Poll(t.Context(), store.Cursor{})
	require.ErrorIs(t, err, store.ErrNotInitialised)
	_, err = s.Commit(t.Context(), store.Txn{Puts: []store.Doc{{Key: store.Key{Scope: scope, Kind: "a", ID: "b"}}}})
	require.ErrorIs(t, err, store.ErrNotInitialised)
	require.Equal(t, "0", srv.CLI(t, "dbsize"))
}

// TestFrozenServer stops the process: the connection stays open and nothing answers.
func TestFrozenServer(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t)
	s := ready(t, srv)
	h := follow(t, s)
	h.Wait(t, within, storetest.Gap)
	require.NoError(t, syscall.Kill(srv.Pid(), syscall.SIGSTOP))
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	txn := store.Txn{ID: "frozen", Puts: []store.Doc{{Key: store.Key{Scope: scope, Kind: "port", ID: "x"}}}}
	_, err := s.Commit(ctx, txn)
	require.ErrorIs(t, err, store.ErrUnknown)
	require.NotErrorIs(t, err, store.ErrUnavailable)
	require.ErrorContains(t, h.Wait(t, within, isErr).Err, "does not answer pings")
	require.Less(t, time.Since(began), within)
	require.NoError(t, syscall.Kill(srv.Pid(), syscall.SIGCONT))
	h.Wait(t, within, storetest.Gap)
	r, err := s.Commit(t.Context(), txn)
	require.NoError(t, err)
	i, err := s.Info(t.Context())
	require.NoError(t, err)
	require.Equal(t, i.Rev, r.Rev, "once, though it was sent twice")
	require.EqualValues(t, 1, r.Rev)
}

// TestNoDelivery switches notifications off behind the watcher's back: pings are answered, events do not come.
func TestNoDelivery(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t)
	s := ready(t, srv)
	h := follow(t, s)
	h.Wait(t, within, storetest.Gap)
	require.Equal(t, "g$tK", strings.Fields(srv.CLI(t, "config", "get", "notify-keyspace-events"))[1])
	srv.CLI(t, "config", "set", "notify-keyspace-events", "Eh")
	put(t, s, "a", "1")
	require.ErrorContains(t, h.Wait(t, within, isErr).Err, "delivers nothing")
	h.Wait(t, within, storetest.Gap)
	flags := strings.Fields(srv.CLI(t, "config", "get", "notify-keyspace-events"))[1]
	for _, f := range "KEhg$t" {
		require.Contains(t, flags, string(f), "set again, beside what others need")
	}
	put(t, s, "a", "2")
	h.Wait(t, within, storetest.Is(store.Hint{Scope: scope}))
}

// TestConfigRefused has no CONFIG: the watcher falls back on polling.
func TestConfigRefused(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t, "--rename-command", "CONFIG", "")
	s := ready(t, srv)
	i, err := s.Info(t.Context())
	require.NoError(t, err)
	require.False(t, i.Notifications)
	h := follow(t, s)
	h.Wait(t, within, storetest.Gap)
	put(t, s, "a", "1")
	h.Wait(t, within, storetest.Gap)
	require.Equal(t, "", srv.CLI(t, "keys", "*trial*"))
}

// TestConfigRefusedButOn has no CONFIG either, but what is needed is on: it is found out by trying.
func TestConfigRefusedButOn(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t, "--rename-command", "CONFIG", "", "--notify-keyspace-events", "KA")
	s := ready(t, srv)
	i, err := s.Info(t.Context())
	require.NoError(t, err)
	require.True(t, i.Notifications)
	h := follow(t, s)
	h.Wait(t, within, storetest.Gap)
	put(t, s, "a", "1")
	h.Wait(t, within, storetest.Is(store.Hint{Scope: scope}))
}

// cutter dials, and cuts connections after their next write: what was sent is executed and the answer is lost.
type cutter struct{ cuts atomic.Int32 }

func (c *cutter) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	return &cutConn{conn, c}, err
}

type cutConn struct {
	net.Conn
	c *cutter
}

func (c *cutConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.c.cuts.Load() > 0 {
		c.c.cuts.Add(-1)
		_ = c.Close()
		return 0, net.ErrClosed
	}
	return n, err
}

// TestLostAnswer loses the answers of commits: each is repeated and applied once.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t)
	ready(t, srv)
	var c cutter
	s := open(t, redisstore.Options{URL: srv.URL, Dial: c.dial})
	put(t, s, "a", "0")
	for i := range 5 {
		c.cuts.Store(2)
		require.EqualValues(t, i+2, put(t, s, "a", fmt.Sprint(i)))
	}
	c.cuts.Store(1 << 20)
	_, err := s.Commit(t.Context(), store.Txn{Note: "x"})
	require.ErrorIs(t, err, store.ErrUnknown)
	c.cuts.Store(0)
	i, err := s.Info(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 6, i.Rev)
}

// TestBlackHole cannot even connect: a commit that ran out of time was never sent, and is not in doubt.
func TestBlackHole(t *testing.T) {
	t.Parallel()
	s := open(t, redisstore.Options{URL: "redis://h", Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := s.Commit(ctx, store.Txn{})
	require.ErrorIs(t, err, store.ErrUnavailable)
	require.NotErrorIs(t, err, store.ErrUnknown)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// TestNoChannels has an ACL user who may neither CONFIG nor subscribe: polling it is.
func TestNoChannels(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t)
	srv.CLI(t, "acl", "setuser", "poor", "on", ">pw", "~vlcp:*", "resetchannels", "+@all", "-config")
	s := open(t, redisstore.Options{URL: "unix://poor:pw@" + srv.Socket})
	_, err := s.Init(t.Context())
	require.NoError(t, err)
	i, err := s.Info(t.Context())
	require.NoError(t, err)
	require.False(t, i.Notifications)
	h := follow(t, s)
	h.Wait(t, within, storetest.Gap)
	h.Wait(t, within, storetest.Gap)
}

// TestProbeKey shows that nothing is left behind.
func TestProbeKey(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t)
	s := open(t, redisstore.Options{URL: srv.URL, ID: "h1"})
	_, err := s.Init(t.Context())
	require.NoError(t, err)
	w, err := s.Watch(func(store.Hint) {})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return srv.CLI(t, "exists", "vlcp:{default}:probe:h1") == "1" }, within,
		10*time.Millisecond)
	require.NoError(t, w.Close())
	require.Equal(t, "vlcp:{default}:meta", srv.CLI(t, "keys", "*"))
}

// TestErrors reads what an operator reads.
func TestErrors(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t, "--requirepass", "sesam")
	_, err := open(t, redisstore.Options{URL: srv.URL}).Init(t.Context())
	require.ErrorIs(t, err, store.ErrUnavailable)
	require.ErrorContains(t, err, "give user and password in the URL")
	at := "unix://:sesam@" + srv.Socket
	s := open(t, redisstore.Options{URL: at})
	_, err = s.Init(t.Context())
	require.NoError(t, err)
	cli := func(args ...string) {
		t.Helper()
		out, err := exec.Command("redis-cli", append([]string{"-s", srv.Socket, "-a", "sesam"}, args...)...).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	cli("hset", "vlcp:{default}:meta", "schema", "9")
	_, err = s.Poll(t.Context(), store.Cursor{})
	require.ErrorContains(t, err, "the store has schema 9, this program knows 1")
	_, err = s.Info(t.Context())
	require.ErrorContains(t, err, "schema 9")
	cli("hset", "vlcp:{default}:meta", "schema", "1")
	cli("config", "set", "maxmemory", "1")
	_, err = s.Commit(t.Context(), store.Txn{Puts: []store.Doc{{Key: store.Key{Scope: scope, Kind: "a", ID: "b"}}}})
	require.ErrorContains(t, err, "maxmemory")
	require.ErrorIs(t, err, store.ErrUnavailable, "refused before anything was written")
	cli("config", "set", "maxmemory", "0")
	cli("replicaof", "127.0.0.1", "1")
	_, err = s.Commit(t.Context(), store.Txn{})
	require.ErrorContains(t, err, "replica")
	require.ErrorIs(t, err, store.ErrUnavailable)

	_, err = open(t, redisstore.Options{URL: "redis://127.0.0.1:1"}).Info(t.Context())
	require.ErrorContains(t, err, "redis at 127.0.0.1:1")
	require.ErrorContains(t, err, "is it running")
}

// TestStaleLog has a log that is ahead of the revision, as after a partial restore: commits go on, readers read all.
func TestStaleLog(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t)
	s := ready(t, srv)
	first := put(t, s, "a", "1")
	srv.CLI(t, "xadd", "vlcp:{default}:log:net/blue", "900-0", "prev", "899", "docs", "port/z")
	second := put(t, s, "b", "1")
	i, err := s.Info(t.Context())
	require.NoError(t, err)
	b, err := s.Poll(t.Context(), store.Cursor{Epoch: i.Epoch, Scopes: map[store.Scope]int64{scope: first}})
	require.NoError(t, err)
	require.Equal(t, second, b.Changes[0].Rev)
	require.False(t, b.Changes[0].Full, "the new log starts right after the reader")
	b, err = s.Poll(t.Context(), store.Cursor{Epoch: i.Epoch, Scopes: map[store.Scope]int64{scope: second + 5}})
	require.NoError(t, err)
	require.True(t, b.Changes[0].Full)
}
