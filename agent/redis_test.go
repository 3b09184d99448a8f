package agent

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
	"github.com/vlcp-go/vlcp/common/store/redistest"
)

// noticed is how soon an agent has to know that it is not told of changes any more.
const noticed = 10 * time.Second

// onRedis is a world whose store is in Redis at url; agents open it as user.
func onRedis(t *testing.T, hosts int, url, user string) *world {
	t.Helper()
	open := func(url string) (store.Store, error) {
		s, err := redisstore.Open(redisstore.Options{URL: url, PoolSize: 2})
		return s, err
	}
	st, err := open(url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	if user != "" {
		url = strings.Replace(url, "unix://", "unix://"+user+"@", 1)
	}
	return newWorldOn(t, hosts, st, func() (store.Store, error) { return open(url) })
}

// TestMinimalUser has agents that may do no more than README.md of redisstore says: everything works.
func TestMinimalUser(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t, "--notify-keyspace-events", "K$gt")
	user := redistest.Users(t, srv, "../common/store/redisstore/README.md")["vlcp-agent"]
	w := onRedis(t, 2, srv.URL, user)
	one, two := w.hosts[0], w.hosts[1]
	w.network("blue", 1)
	w.port("web1", "blue")
	w.port("web2", "blue")
	w.startAll()
	one.attach("p1", "web1")
	two.attach("p2", "web2")
	one.up("web1")
	two.up("web2")
	one.attach("p3", "web3")
	await(t, "web3 is seen", func() bool { return one.portState("web3") == status.PortUndefined })
	w.port("web3", "blue")
	one.up("web3")
	one.detach("p1")
	await(t, "web1 is withdrawn", func() bool { return w.boundTo("web1") == "" })
	w.settle()
	require.Equal(t, "host1", w.boundTo("web3"))
	for _, h := range w.hosts {
		require.Empty(t, h.status().Problems)
		require.True(t, h.status().Store.Notifications.Working)
	}
	for _, entry := range strings.Split(srv.CLI(t, "acl", "log"), "\nobject\n")[1:] {
		require.Regexp(t, `^config\|`, entry, "nothing else was tried that is not allowed")
	}
}

// TestFailoverThatLoses: a master dies that has acknowledged what no replica has; sentinels promote a replica.
func TestFailoverThatLoses(t *testing.T) {
	t.Parallel()
	x := redistest.StartTrio(t)
	w := onRedis(t, 2, x.URL, "")
	one, two := w.hosts[0], w.hosts[1]
	w.network("blue", 1)
	w.port("web1", "blue")
	w.port("web2", "blue")
	w.startAll()
	one.attach("p1", "web1")
	two.attach("p2", "web2")
	one.up("web1")
	two.up("web2")
	w.settle()
	rev := w.rev()
	for _, r := range x.Servers[1:] {
		await(t, "it is replicated", func() bool { return r.CLI(t, "hget", "vlcp:{default}:meta", "rev") == fmt.Sprint(rev) })
	}
	x.CutReplicas(t)
	w.port("web3", "blue")
	one.attach("p3", "web3")
	one.up("web3")
	w.settle()
	require.Positive(t, two.owned("port/web3"))
	sent := two.status().Flows.Sent
	x.Servers[0].Kill(t)
	h := w.holds(2)
	require.Equal(t, map[string]int{"port/web3 gone=true": 2, "binding/web3 gone=true": 2}, objects(h))
	require.Positive(t, two.owned("port/web3"))
	require.Equal(t, sent, two.status().Flows.Sent, "no flow was touched")
	require.Positive(t, one.status().Store.Notifications.Losses)
	w.accept()
	w.holds(0)
	w.settle()
	require.Zero(t, two.owned("port/web3"))
}

// TestNotificationsStop: in whatever way they stop, the agent knows within ten seconds, says so, has what it missed,
// and counts it.
func TestNotificationsStop(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t)
	w := onRedis(t, 1, srv.URL, "")
	h := w.hosts[0]
	w.network("blue", 1)
	w.port("web0", "blue")
	w.startAll()
	h.attach("p0", "web0")
	h.up("web0")
	w.settle()
	for i, stop := range []struct{ what, by, back string }{
		{"delivers nothing", "config set notify-keyspace-events Eh", ""},
		{"receive", "client kill type pubsub", ""},
		{"this is a replica", "replicaof 127.0.0.1 1", "replicaof no one"},
	} {
		before := h.status().Store.Notifications
		began := time.Now()
		srv.CLI(t, strings.Fields(stop.by)...)
		await(t, stop.what, func() bool {
			n := h.status().Store.Notifications
			return n.Losses > before.Losses && strings.Contains(n.Reason, stop.what)
		})
		require.Less(t, time.Since(began), noticed)
		if stop.back != "" {
			require.True(t, h.problem("store_not_notifying", "store"), "%v", h.status().Problems)
			srv.CLI(t, strings.Fields(stop.back)...)
		}
		name := fmt.Sprint("web", i+1)
		w.port(name, "blue")
		h.attach(fmt.Sprint("p", i+1), name)
		h.up(name)
		await(t, "it works again", func() bool {
			n := h.status().Store.Notifications
			return n.Working && n.Gaps > before.Gaps && !h.problem("store_not_notifying", "store")
		})
		w.settle()
	}
}
