package redistest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	settleTimeout = 30 * time.Second
	settlePoll    = 50 * time.Millisecond
	slots         = 16384 // of a Redis Cluster
)

// Trio is a master with two replicas, watched by three sentinels, two of which have to agree on a failover.
type Trio struct {
	Servers []*Server // the first one is the master at the beginning
	Ports   []string  // of the servers
	// URL names the sentinels, as redisstore takes it.
	URL string
}

// StartTrio starts one that is complete: every sentinel knows the replicas and the other sentinels. args are added to
// the command lines of the servers.
func StartTrio(t testing.TB, args ...string) *Trio {
	t.Helper()
	x := &Trio{}
	for i := range 3 {
		port := FreePort(t)
		a := append([]string{"--port", port, "--repl-diskless-sync-delay", "0", "--repl-backlog-size", "16mb",
			"--repl-timeout", "5"}, args...)
		if i > 0 {
			a = append(a, "--replicaof", "127.0.0.1 "+x.Ports[0])
		}
		x.Ports = append(x.Ports, port)
		x.Servers = append(x.Servers, Start(t, a...))
	}
	var sentinels []*Server
	var at []string
	for range 3 {
		port := FreePort(t)
		at = append(at, "127.0.0.1:"+port)
		sentinels = append(sentinels, startSentinel(t, port, x.Ports[0]))
	}
	x.URL = "redis+sentinel://" + strings.Join(at, ",") + "/main"
	for _, s := range sentinels {
		require.Eventually(t, func() bool {
			out := s.CLI(t, "sentinel", "master", "main")
			return strings.Contains(out, "num-slaves\n2\n") && strings.Contains(out, "num-other-sentinels\n2\n")
		}, settleTimeout, settlePoll, "the sentinels do not find each other")
	}
	return x
}

func startSentinel(t testing.TB, port, master string) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "sentinel")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	s := &Server{Socket: filepath.Join(dir, "s")}
	conf := filepath.Join(dir, "sentinel.conf")
	text := fmt.Sprintf("port %s\nunixsocket %s\ndir %s\nsentinel monitor main 127.0.0.1 %s 2\n"+
		"sentinel down-after-milliseconds main 1000\nsentinel failover-timeout main 6000\n", port, s.Socket, dir, master)
	require.NoError(t, os.WriteFile(conf, []byte(text), 0o600))
	s.args = []string{conf, "--sentinel"}
	s.Launch(t)
	t.Cleanup(func() { s.Kill(t) })
	return s
}

// CutReplicas keeps the master from its replicas, and not from its clients: those who are connected stay so, nobody new
// comes in. What is committed from now on is lost with the master.
func (x *Trio) CutReplicas(t testing.TB) {
	t.Helper()
	m := x.Servers[0]
	const password = "which no replica knows"
	m.CLI(t, "config", "set", "requirepass", password)
	m.CLIAs(t, password, "client", "kill", "type", "replica")
	require.Eventually(t, func() bool {
		return strings.Contains(m.CLIAs(t, password, "info", "replication"), "connected_slaves:0")
	}, settleTimeout, settlePoll)
}

// Users makes the ACL users of a README, which has them as indented commands ACL SETUSER, and returns "NAME:PASSWORD"
// of each by name. What is for later versions of Redis is left out.
func Users(t testing.TB, s *Server, readme string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(readme)
	require.NoError(t, err)
	out := map[string]string{}
	for i, rule := range strings.Split(string(text), "    ACL SETUSER ") {
		rule, _, _ = strings.Cut(rule, "\n\n")
		words := strings.Fields(rule)
		if i == 0 {
			continue
		}
		args := []string{"acl", "setuser"}
		for _, w := range words {
			if w != "+waitaof" {
				args = append(args, w)
			}
			if password, ok := strings.CutPrefix(w, ">"); ok {
				out[words[0]] = words[0] + ":" + password
			}
		}
		require.Equal(t, "OK", s.CLI(t, args...))
	}
	require.NotEmpty(t, out, "%s has no users", readme)
	return out
}

// StartCluster starts a Redis Cluster of n masters, and returns their ports and the URL.
func StartCluster(t testing.TB, n int) (servers []*Server, url string) {
	t.Helper()
	var at []string
	for range n {
		port := FreePort(t)
		s := Start(t, "--port", port, "--cluster-enabled", "yes", "--cluster-port", FreePort(t), "--cluster-node-timeout",
			"2000", "--cluster-announce-ip", "127.0.0.1")
		servers, at = append(servers, s), append(at, "127.0.0.1:"+port)
	}
	for i, s := range servers {
		s.CLI(t, "cluster", "addslotsrange", fmt.Sprint(slots*i/n), fmt.Sprint(slots*(i+1)/n-1))
		if i > 0 {
			s.meet(t, servers[0], at[0])
		}
	}
	for _, s := range servers {
		require.Eventually(t, func() bool {
			info := s.CLI(t, "cluster", "info")
			return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, fmt.Sprintf("cluster_size:%d", n))
		}, settleTimeout, settlePoll, "the cluster does not come together")
	}
	return servers, "redis://" + strings.Join(at, ",")
}

// meet introduces s to a node of a cluster.
func (s *Server) meet(t testing.TB, node *Server, address string) {
	t.Helper()
	host, port, _ := strings.Cut(address, ":")
	for line := range strings.SplitSeq(node.CLI(t, "cluster", "nodes"), "\n") {
		if !strings.Contains(line, "myself") {
			continue
		}
		_, bus, _ := strings.Cut(strings.Fields(line)[1], "@")
		bus, _, _ = strings.Cut(bus, ",")
		s.CLI(t, "cluster", "meet", host, port, bus)
	}
}
