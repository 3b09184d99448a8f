package redisstore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
	"github.com/vlcp-go/vlcp/common/store/redistest"
	"github.com/vlcp-go/vlcp/common/store/storetest"
)

func open(t testing.TB, o redisstore.Options) *redisstore.Store {
	t.Helper()
	s, err := redisstore.Open(o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() }) // a test may have closed it
	return s
}

// ready is an initialised store on a server.
func ready(t testing.TB, srv *redistest.Server) *redisstore.Store {
	t.Helper()
	s := open(t, redisstore.Options{URL: srv.URL})
	_, err := s.Init(t.Context())
	require.NoError(t, err)
	return s
}

func TestConformance(t *testing.T) {
	srv := redistest.Start(t)
	storetest.Run(t, func(t *testing.T) store.Store {
		srv.CLI(t, "flushall")
		srv.CLI(t, "config", "set", "stream-node-max-entries", "10") // trimming is by whole nodes
		return open(t, redisstore.Options{URL: srv.URL, LogLimit: storetest.LogLimit, Name: "a.B_c-1"})
	})
}

// TestHistory starts a server again from an older file, as when its last writes never reached the disk.
func TestHistory(t *testing.T) {
	storetest.RunHistory(t, func(t *testing.T) (store.Store, func() func()) {
		srv := redistest.Start(t)
		return open(t, redisstore.Options{URL: srv.URL}), func() func() {
			file := srv.Save(t)
			return func() { srv.Kill(t); srv.Load(t, file); srv.Launch(t) }
		}
	})
}

const scope = store.Scope("net/blue")

func put(t testing.TB, s store.Store, id, value string) int64 {
	t.Helper()
	r, err := s.Commit(t.Context(), store.Txn{Puts: []store.Doc{
		{Key: store.Key{Scope: scope, Kind: "port", ID: id}, Value: []byte(value)}}})
	require.NoError(t, err)
	return r.Rev
}
