package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/ovstest"
	"github.com/vlcp-go/vlcp/common/proctest"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
	"github.com/vlcp-go/vlcp/common/store/redistest"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
	"github.com/vlcp-go/vlcp/integration/agentsocket"
)

const (
	agentPackage = "github.com/vlcp-go/vlcp/agent/cmd/vlcp-agent"
	waitTimeout  = 60 * time.Second
	waitPoll     = 5 * time.Millisecond
	otherHost    = "other-host"
)

// rig is one hypervisor's agent with its switch, and the store.
type rig struct {
	b   *testing.B
	sw  *ovstest.Switch
	st  store.Store
	cat *catalog.Catalog
	cmd *exec.Cmd

	socket    string   // of the agent
	start     []string // command line
	stopAgent func()
}

func newRig(b *testing.B) *rig {
	b.Helper()
	r := &rig{b: b, sw: ovstest.Start(b)}
	redis := redistest.Start(b)
	st, err := redisstore.Open(redisstore.Options{URL: redis.URL})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, st.Close()) })
	_, err = st.Init(context.Background())
	require.NoError(b, err)
	r.st, r.cat = st, catalog.New(st, catalog.Options{})
	r.sw.Vsctl("set", "open", ".", "external_ids:system-id=bench", "external_ids:hostname=bench")
	r.buildAgent(redis.URL)
	r.startAgent()
	return r
}

// buildAgent builds and configures the program.
func (r *rig) buildAgent(redisURL string) {
	b, dir := r.b, r.b.TempDir()
	program, socket := filepath.Join(dir, "vlcp-agent"), filepath.Join(r.sw.Dir, "a.sock")
	out, err := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, agentPackage).CombinedOutput()
	require.NoError(b, err, "%s", out)
	file := filepath.Join(dir, "agent.yaml")
	require.NoError(b, os.WriteFile(file, fmt.Appendf(nil, "redis: {url: %q}\novs: {db: %q, datapath_type: dummy}\n"+
		"tunnel: {address: 192.0.2.1}\napi: {socket: %q}\njournal: {path: %q}\nlog: {level: warn, format: text}\n", redisURL,
		r.sw.DB, socket, filepath.Join(dir, "journal")), 0o600))
	r.start = []string{program, "run", "--config", file}
	r.socket = socket
}

// startAgent starts the program and waits until it is ready. It ends with the benchmark.
func (r *rig) startAgent() {
	cmd := exec.Command(r.start[0], r.start[1:]...)
	cmd.Stderr = os.Stderr
	require.NoError(r.b, proctest.Start(cmd))
	r.cmd = cmd
	r.stopAgent = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // ended by us
	})
	r.b.Cleanup(r.stopAgent)
	r.await("the agent is ready", func() bool { return r.status().Ready })
}

func (r *rig) await(what string, ok func() bool) {
	r.b.Helper()
	for end := time.Now().Add(waitTimeout); !ok(); time.Sleep(waitPoll) {
		require.True(r.b, time.Now().Before(end), "not in time: %s", what)
	}
}

// agentStatus is the part of the agent's status that is looked at.
type agentStatus struct {
	Ready bool
	Flows struct {
		Desired, Installed, Pending int
		Sent                        int64
	}
	Ports []struct{ ID, State string }
}

// status is that of the agent, empty while it does not answer.
func (r *rig) status() (s agentStatus) {
	_ = agentsocket.Status(r.socket, waitTimeout, &s)
	return s
}

// memoryMB is the agent's memory in RAM, in megabytes of 1,000,000 bytes: "VmRSS", what it has now, or "VmHWM", the
// most that it had.
func (r *rig) memoryMB(which string) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.cmd.Process.Pid))
	require.NoError(r.b, err)
	for l := range strings.Lines(string(text)) {
		if f := strings.Fields(l); f[0] == which+":" {
			kib, err := strconv.ParseFloat(f[1], 64)
			require.NoError(r.b, err)
			return kib * 1024 / 1e6
		}
	}
	return 0
}

// cpuSeconds is what the agent has used of a processor.
func (r *rig) cpuSeconds() float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.cmd.Process.Pid))
	require.NoError(r.b, err)
	f := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, err := strconv.ParseFloat(f[11], 64)
	require.NoError(r.b, err)
	system, err := strconv.ParseFloat(f[12], 64)
	require.NoError(r.b, err)
	const ticks = 100 // a second, on every Linux
	return (user + system) / ticks
}

// define makes a network with a subnet and ports named PREFIX0….
func (r *rig) define(network, cidr, prefix string, ports int) {
	var c catalog.Changes
	if _, err := r.cat.Get(context.Background(), model.KindPhysNet, "tenants"); err != nil {
		c.Create(&model.PhysNet{Name: "tenants", Type: model.TypeVXLAN, VNI: model.Range{Lo: 1000, Hi: 2000}})
	}
	c.Create(&model.Network{Name: network, PhysNet: "tenants"})
	c.Create(&model.Subnet{Name: network + "-v4", Network: network, CIDR: netip.MustParsePrefix(cidr)})
	for i := range ports {
		c.Create(&model.Port{Name: prefix + strconv.Itoa(i), Network: network})
	}
	_, err := r.cat.Commit(context.Background(), &c)
	require.NoError(r.b, err)
}

// bindElsewhere writes what another host's agent would: it has these ports.
func (r *rig) bindElsewhere(network, prefix string, from, to int) {
	host, err := json.Marshal(model.Host{ID: otherHost, Name: otherHost, Tunnel: netip.MustParseAddr("192.0.2.2")})
	require.NoError(r.b, err)
	t := store.Txn{Puts: []store.Doc{{Key: store.Key{Scope: store.ScopeHosts, Kind: string(model.KindHost), ID: otherHost},
		Value: host}}}
	for i := from; i < to; i++ {
		name := prefix + strconv.Itoa(i)
		v, err := json.Marshal(model.Binding{Port: name, Host: otherHost, Token: "1"})
		require.NoError(r.b, err)
		t.Puts = append(t.Puts, store.Doc{Key: store.Key{Scope: store.NetworkScope(network), Kind: string(model.KindBinding),
			ID: name}, Value: v})
	}
	_, err = r.st.Commit(context.Background(), t)
	require.NoError(r.b, err)
}

// attach puts interfaces with these names, which are their iface-ids too, on the bridge, in one transaction.
func (r *rig) attach(names ...string) {
	var args []string
	for _, n := range names {
		args = append(args, "--", "add-port", "br-int", n, "--", "set", "interface", n, "type=dummy",
			"external_ids:iface-id="+n)
	}
	r.sw.Vsctl(args[1:]...)
}

func names(prefix string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = prefix + strconv.Itoa(i)
	}
	return out
}
