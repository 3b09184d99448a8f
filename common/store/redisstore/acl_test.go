package redisstore_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
	"github.com/vlcp-go/vlcp/common/store/redistest"
	"github.com/vlcp-go/vlcp/common/store/storetest"
)

// users makes the users as README.md has them, and returns a store for each.
func users(t *testing.T, srv *redistest.Server) (agent, coordinator *redisstore.Store) {
	t.Helper()
	logins := redistest.Users(t, srv, "README.md")
	srv.CLI(t, "config", "set", "notify-keyspace-events", "K$gt")
	as := func(user string) *redisstore.Store {
		url := strings.Replace(srv.URL, "unix://", "unix://"+logins[user]+"@", 1)
		return open(t, redisstore.Options{URL: url, LogLimit: storetest.LogLimit})
	}
	return as("vlcp-agent"), as("vlcp-coordinator")
}

// TestAgentUser: an agent can do its work as the user of README.md, and cannot write definitions.
func TestAgentUser(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t)
	agent, coordinator := users(t, srv)
	ctx := t.Context()
	_, err := coordinator.Init(ctx)
	require.NoError(t, err)
	_, err = coordinator.Commit(ctx, portTxn(0, 3))
	require.NoError(t, err)
	binding := store.Key{Scope: scope, Kind: "binding", ID: "p1"}
	bound := store.Claim{Index: "bound:h1", Key: "p1", Owner: "blue", Bit: store.NoBit}

	i, err := agent.Info(ctx)
	require.NoError(t, err)
	require.True(t, i.Notifications)
	h := &storetest.Hints{}
	w, err := agent.Watch(h.Take)
	require.NoError(t, err)
	w.Follow([]store.Scope{scope}, []store.Entry{{Index: "port", Key: "p9"}})
	h.Wait(t, within, storetest.Gap)
	nets, err := agent.Lookup(ctx, "port", "p1")
	require.NoError(t, err)
	require.Equal(t, []string{"blue"}, nets)
	b, err := agent.Poll(ctx, store.Cursor{Scopes: map[store.Scope]int64{scope: 0, "hosts": 0, "physnets": 0, "store": 0}})
	require.NoError(t, err)
	n := 0
	for _, c := range b.Changes {
		n += len(c.Docs)
	}
	require.Equal(t, 3, n)
	r, err := agent.Commit(ctx, store.Txn{Claims: []store.Claim{bound}, Checks: []store.Check{{Key: binding},
		{Key: store.Key{Scope: scope, Kind: "port", ID: "p1"}, Rev: store.Exists}},
		Puts: []store.Doc{{Key: binding, Value: []byte("{}")}}})
	require.NoError(t, err)
	h.Wait(t, within, storetest.Is(store.Hint{Scope: scope}))
	_, err = agent.Commit(ctx, store.Txn{Puts: []store.Doc{{Key: store.Key{Scope: "hosts", Kind: "host", ID: "h1"}}}})
	require.NoError(t, err)
	require.NoError(t, agent.Beat(ctx, "h1", []byte("{}")))
	_, err = agent.List(ctx, "bound:h1")
	require.NoError(t, err)
	docs, err := agent.Get(ctx, binding)
	require.NoError(t, err)
	require.Equal(t, r.Rev, docs[0].Rev)
	_, err = agent.Commit(ctx, store.Txn{Releases: []store.Claim{bound}, Deletes: []store.Key{binding}})
	require.NoError(t, err)
	_, err = coordinator.Commit(ctx, portTxn(9, 1))
	require.NoError(t, err)
	h.Wait(t, within, storetest.Is(store.Hint{Index: "port", Key: "p9"}))
	require.NoError(t, w.Close())
	refusals(t, agent, coordinator)
}

// refusals tries what an agent may not do.
func refusals(t *testing.T, agent, coordinator *redisstore.Store) {
	t.Helper()
	ctx := t.Context()
	before, err := coordinator.Image(ctx)
	require.NoError(t, err)
	port := store.Key{Scope: scope, Kind: "port", ID: "p1"}
	for name, try := range map[string]func() error{
		"change": func() error { _, err := agent.Commit(ctx, store.Txn{Puts: []store.Doc{{Key: port}}}); return err },
		"delete": func() error { _, err := agent.Commit(ctx, store.Txn{Deletes: []store.Key{port}}); return err },
		"create": func() error { _, err := agent.Commit(ctx, portTxn(7, 1)); return err },
		"network": func() error {
			_, err := agent.Commit(ctx, store.Txn{Puts: []store.Doc{{Key: store.Key{Scope: "physnets", Kind: "p", ID: "x"}}}})
			return err
		},
		"accept": func() error {
			_, err := agent.Commit(ctx, store.Txn{Puts: []store.Doc{{Key: store.Key{Scope: "store", Kind: "p", ID: "x"}}}})
			return err
		},
		"vni": func() error {
			_, err := agent.Commit(ctx, store.Txn{Claims: []store.Claim{{Index: "vni", Key: "1", Owner: "x", Bit: 1}}})
			return err
		},
		"numbers": func() error { _, err := agent.Sequence(ctx, "mac", 1); return err },
		"restore": func() error {
			return agent.Hold(ctx, func(ctx context.Context) error {
				_, err := agent.Load(ctx, store.Load{Image: before})
				return err
			})
		},
	} {
		err := try()
		require.Error(t, err, name)
		require.NotErrorIs(t, err, store.ErrUnknown, name)
		require.Regexp(t, "NOPERM|can't run this command|can't access at least one of the keys", err.Error(), name)
	}
	after, err := coordinator.Image(ctx)
	require.NoError(t, err)
	require.Equal(t, before.Docs, after.Docs)
	require.Equal(t, before.Sequences, after.Sequences)
	sv, err := coordinator.Survey(ctx)
	require.NoError(t, err)
	require.Empty(t, sv.Flaws)
}

// TestCoordinatorUser does all that a coordinator does.
func TestCoordinatorUser(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t)
	srv.CLI(t, "config", "set", "stream-node-max-entries", "10")
	storetest.Run(t, func(t *testing.T) store.Store {
		srv.CLI(t, "flushall")
		_, c := users(t, srv)
		return c
	})
	_, c := users(t, srv)
	im, err := c.Image(t.Context())
	require.NoError(t, err)
	require.NoError(t, c.Hold(t.Context(), func(ctx context.Context) error {
		_, err := c.Load(ctx, store.Load{Image: im})
		return err
	}))
}
