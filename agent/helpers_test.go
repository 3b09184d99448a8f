package agent

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/ovstest"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/memstore"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

const (
	testBridge = "br-int"
	patience   = 20 * time.Second // until a test gives up; nothing takes that long when all is well
	glance     = 10 * time.Millisecond
)

// shared keeps a store open that several agents use, each of which closes it when it ends. While deaf, hints are lost.
type shared struct {
	store.Store
	deaf *atomic.Bool
}

func (shared) Close() error { return nil }

func (s shared) Watch(hint func(store.Hint)) (store.Watcher, error) {
	return s.Store.Watch(func(h store.Hint) {
		if !s.deaf.Load() {
			hint(h)
		}
	})
}

// world is a store and what operators do to it.
type world struct {
	t     *testing.T
	st    store.Store
	mem   *memstore.Store // the same, nil for another store
	dial  func() (store.Store, error)
	deaf  atomic.Bool
	cat   *catalog.Catalog
	hosts []*host
}

// newWorld returns a world with a physical network, and n hosts whose agents do not run yet.
func newWorld(t *testing.T, n int) *world {
	t.Helper()
	mem := memstore.New(memstore.Options{})
	t.Cleanup(func() { require.NoError(t, mem.Close()) })
	w := &world{t: t, st: mem, mem: mem, cat: catalog.New(mem, catalog.Options{})}
	w.dial = func() (store.Store, error) { return shared{mem, &w.deaf}, nil }
	w.begin(n)
	return w
}

// newWorldOn is newWorld on a store of any kind; open is how agents open it.
func newWorldOn(t *testing.T, n int, st store.Store, open func() (store.Store, error)) *world {
	t.Helper()
	w := &world{t: t, st: st, cat: catalog.New(st, catalog.Options{}), dial: open}
	w.begin(n)
	return w
}

func (w *world) begin(n int) {
	w.t.Helper()
	w.initStore()
	for i := range n {
		w.hosts = append(w.hosts, newHost(w, i+1))
	}
}

func (w *world) initStore() {
	w.t.Helper()
	_, err := w.st.Init(w.t.Context())
	require.NoError(w.t, err)
	w.create(&model.PhysNet{Name: "dc", Type: "vxlan", VNI: model.Range{Lo: 10000, Hi: 20000}})
}

func (w *world) commit(c *catalog.Changes) {
	w.t.Helper()
	_, err := w.cat.Commit(w.t.Context(), c)
	require.NoError(w.t, err)
}

func (w *world) create(objects ...catalog.Object) {
	w.t.Helper()
	var c catalog.Changes
	for _, o := range objects {
		c.Create(o)
	}
	w.commit(&c)
}

func (w *world) delete(kind model.Kind, names ...string) {
	w.t.Helper()
	var c catalog.Changes
	for _, n := range names {
		c.Delete(kind, n)
	}
	w.commit(&c)
}

// network defines a network with one subnet, 10.N.0.0/24.
func (w *world) network(name string, n int) {
	w.t.Helper()
	w.create(&model.Network{Name: name, PhysNet: "dc"}, &model.Subnet{Name: name + "-v4", Network: name,
		CIDR: netip.MustParsePrefix(fmt.Sprintf("10.%d.0.0/24", n)), Gateway: netip.MustParseAddr(fmt.Sprintf("10.%d.0.1",
			n))})
}

func (w *world) port(name, network string) {
	w.t.Helper()
	w.create(&model.Port{Name: name, Network: network})
}

func (w *world) rev() int64 {
	w.t.Helper()
	i, err := w.st.Info(w.t.Context())
	require.NoError(w.t, err)
	return i.Rev
}

// boundTo is the name of the host that has a port, "" when nobody has.
func (w *world) boundTo(port string) string {
	p, err := w.cat.Port(w.t.Context(), port)
	if err != nil {
		return ""
	}
	return p.Host
}

// host is a hypervisor: a switch, and the agent that runs on it at the moment.
type host struct {
	w    *world
	t    *testing.T
	sw   *ovstest.Switch
	cfg  config.Config
	env  Env
	a    *Agent
	stop func() // ends the agent; nil while none runs

	clock *clock // of the agent
}

func newHost(w *world, n int) *host {
	w.t.Helper()
	sw := ovstest.Start(w.t)
	cfg := config.Default()
	cfg.Host = fmt.Sprintf("host%d", n)
	cfg.OVS = config.OVS{DB: sw.DB, Bridge: testBridge, DatapathType: "dummy"}
	cfg.Tunnel.Address = netip.AddrFrom4([4]byte{192, 0, 2, byte(n)})
	cfg.API.Socket = filepath.Join(sw.Dir, "agent.sock")
	cfg.Journal.Path = filepath.Join(sw.Dir, "agent.journal")
	clock := &clock{}
	env := Env{
		Clock: clock,
		Logger: slog.New(slog.NewTextHandler(w.t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo})).With("on",
			cfg.Host),
		OpenStore: func(context.Context, config.Redis) (store.Store, error) { return w.dial() },
		Link:      func(netip.Addr) (Link, error) { return Link{"eth9", 1500}, nil },
	}
	return &host{w: w, t: w.t, sw: sw, cfg: cfg, env: env, clock: clock}
}

// start runs an agent until the test or stop ends it.
func (h *host) start() {
	h.t.Helper()
	a, err := New(h.cfg, h.env)
	require.NoError(h.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	h.a = a
	stopped := false
	h.stop = func() {
		if stopped {
			return
		}
		stopped = true
		h.clock.goOn()
		cancel()
		select {
		case err := <-done:
			require.ErrorIs(h.t, err, context.Canceled)
		case <-time.After(patience):
			require.Fail(h.t, "the agent does not end")
		}
	}
	h.t.Cleanup(h.stop)
}

func (h *host) restart() {
	h.t.Helper()
	h.stop()
	h.start()
	h.ready()
}

// startAll starts every agent and waits until all have done what there is to do.
func (w *world) startAll() {
	w.t.Helper()
	for _, h := range w.hosts {
		h.start()
	}
	for _, h := range w.hosts {
		h.ready()
	}
	w.settle()
}

func (h *host) ready() {
	h.t.Helper()
	select {
	case <-h.a.Ready():
	case <-time.After(patience):
		require.FailNow(h.t, "not ready", "%+v", h.status())
	}
}

// attach adds an interface; with id "" it asks for no port yet.
func (h *host) attach(ifname, id string) {
	h.t.Helper()
	args := []string{"add-port", testBridge, ifname, "--", "set", "interface", ifname, "type=dummy"}
	if id != "" {
		args = append(args, "external_ids:iface-id="+id)
	}
	h.sw.Vsctl(args...)
}

// speaks has the guest behind an interface send a frame.
func (h *host) speaks(ifname string) {
	h.t.Helper()
	h.sw.Appctl("netdev-dummy/receive", ifname, "ffffffffffff0a000000000108060001")
}

func (h *host) detach(ifname string) {
	h.t.Helper()
	h.sw.Vsctl("del-port", testBridge, ifname)
}

func (h *host) status() *status.Status {
	h.t.Helper()
	s, err := h.a.Status(h.t.Context())
	require.NoError(h.t, err)
	return s
}

func (h *host) flows() []status.Flow {
	h.t.Helper()
	f, err := h.a.Flows(h.t.Context(), status.Filter{})
	require.NoError(h.t, err)
	return f
}

// dump is the switch's flows as the switch itself tells them, in order and without counters.
func (h *host) dump() string {
	h.t.Helper()
	lines := strings.Split(h.sw.Ofctl("dump-flows", "--no-stats", testBridge), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// open lets a guest send what it likes.
func (w *world) open(port string) {
	w.t.Helper()
	var c catalog.Changes
	no := false
	c.Update(model.KindPort, port, func(o catalog.Object) error {
		o.(*model.Port).PortSecurity = &no
		return nil
	})
	w.commit(&c)
	w.settle()
}

// portOf is the status of a port.
func (h *host) portOf(id string) status.Port {
	for _, p := range h.status().Ports {
		if p.ID == id {
			return p
		}
	}
	return status.Port{}
}

// portState is what the agent says of a port: its state, "" when it has none of that name.
func (h *host) portState(id string) string {
	for _, p := range h.status().Ports {
		if p.ID == id {
			return p.State
		}
	}
	return ""
}

func (h *host) problem(code, object string) bool {
	for _, p := range h.status().Problems {
		if p.Code == code && p.Object == object {
			return true
		}
	}
	return false
}

// owned counts the flows in the switch that are there for an object and right.
func (h *host) owned(owner string) int {
	n := 0
	for _, f := range h.flows() {
		if f.Owner == owner && f.State == status.FlowInstalled {
			n++
		}
	}
	return n
}

// await polls until ok holds.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(glance) {
		require.True(t, time.Now().Before(end), "not in time: %s", what)
	}
}

// up waits until a port works here.
func (h *host) up(port string) {
	h.t.Helper()
	await(h.t, h.cfg.Host+": "+port+" is up", func() bool { return h.portState(port) == status.PortUp })
}

// wants is the text of every flow that the agent wants, for comparison of agents.
func (h *host) wants() string {
	h.t.Helper()
	var b strings.Builder
	for _, f := range h.flows() {
		if f.State != status.FlowForeign && f.State != status.FlowStale && f.State != status.FlowLearned {
			fmt.Fprintf(&b, "%s %d %s %s %s %s\n", f.TableName, f.Priority, f.Match, f.Actions, f.Cookie, f.Owner)
		}
	}
	return b.String()
}
