package agent

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/journal"
	"github.com/vlcp-go/vlcp/agent/internal/modules/arp"
	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcpflows"
	"github.com/vlcp-go/vlcp/agent/internal/modules/l2"
	"github.com/vlcp-go/vlcp/agent/internal/modules/mirror"
	"github.com/vlcp-go/vlcp/agent/internal/modules/security"
	"github.com/vlcp-go/vlcp/agent/internal/ovsctl"
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/store"
)

// Version is the program's version, set by the linker.
var Version = "dev"

// Agent is one hypervisor's controller. All fields below s are used on its scheduler only.
type Agent struct {
	cfg config.Config
	env Env
	log *slog.Logger
	s   *coroutine.Scheduler

	started  time.Time
	hostID   string // OVS system-id; "" until OVSDB was read
	hostName string
	tunnel   netip.Addr

	st       store.Store
	view     *view.View
	ports    *ports
	follower *follower
	keeper   *keeper
	engine   *engine
	binder   *binder
	beater   *beater
	of       *openflow
	meters   *meters
	drift    *drift
	dhcp     *dhcpResponder
	drops    *drops
	learning *learning
	demand   *demand

	announcer *announcer
	uplinks   []view.Uplink // as they were chosen last
	link      Link          // under the tunnels

	restoreWait *restoreWait
	exporter    *exporter

	ready   chan struct{}
	isReady bool
	fault   error // why Run has to end, nil while it has not
}

// New prepares an agent. Nothing is touched before Run.
func New(cfg config.Config, env Env) (*Agent, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	env = env.withDefaults()
	a := &Agent{cfg: cfg, env: env, log: env.Logger, view: view.New(), ready: make(chan struct{})}
	a.s = coroutine.New(coroutine.Options{Clock: env.Clock, Seed: env.Seed, Offloader: env.Offloader,
		Logger: env.Logger, OnPanic: a.panicked})
	addr, err := cfg.TunnelAddress()
	if err != nil {
		return nil, fmt.Errorf("tunnel address: %w", err)
	}
	a.tunnel = addr
	a.engine, a.follower, a.binder, a.beater = newEngine(a), newFollower(a), newBinder(a), newBeater(a)
	a.meters, a.keeper, a.drift, a.drops = newMeters(a), newKeeper(a), newDrift(a), newDrops(a)
	a.learning, a.announcer, a.demand = newLearning(a), newAnnouncer(a), newDemand(a)
	a.restoreWait, a.exporter = newRestoreWait(a), &exporter{a: a}
	dialer := env.Dialer(a.s)
	a.ports, a.of, a.dhcp = newPorts(a, dialer), newOpenflow(a, dialer), newDHCPResponder(a)
	a.addRules()
	return a, nil
}

// module is a part of what flows are computed by.
type module struct {
	name  string
	rules func(*view.View, pipeline.Sink)
}

// modules are the same on every host: see the package comment.
var modules = []module{
	{"security", security.Rules},
	{"l2", l2.Rules},
	{"arp", arp.Rules},
	{"dhcpflows", dhcpflows.Rules},
	{"mirror", mirror.Rules},
}

// addRules is the one place where modules are wired to the graph.
func (a *Agent) addRules() {
	pipeline.Static(a.engine.sink)
	for _, m := range modules {
		m.rules(a.view, a.meters.sink)
	}
	a.meters.limitRules(a.view)
}

func (e Env) withDefaults() Env {
	if e.Dialer == nil {
		e.Dialer = func(s *coroutine.Scheduler) netio.Dialer { return netio.NewDialer(s) }
	}
	if e.OpenStore == nil {
		e.OpenStore = openRedis
	}
	if e.Switch == nil {
		e.Switch = ovsctl.CLI{}
	}
	if e.Files == nil {
		e.Files = journal.Disk{}
	}
	if e.Link == nil {
		e.Link = linkOf
	}
	if e.Logger == nil {
		e.Logger = slog.Default()
	}
	if e.Hostname == nil {
		e.Hostname = os.Hostname
	}
	return e
}

// Ready is closed when the switch has acknowledged the first complete set of flows.
func (a *Agent) Ready() <-chan struct{} { return a.ready }

func (a *Agent) markReady() {
	if !a.isReady {
		a.isReady = true
		a.view.ForgetBefore()
		close(a.ready)
		a.tellSupervisor()
		a.log.Info("ready", "flows", a.engine.set.Counts().Installed, "sent", a.engine.sent)
	}
}

// Run works until ctx is done, or until a part of the agent is broken: then its error wraps ErrFault. Flows stay in the
// switch either way.
func (a *Agent) Run(ctx context.Context) error {
	srv, err := status.Listen(a.cfg.API.Socket, a, a.log)
	if err != nil {
		return err
	}
	defer srv.Close() //nolint:errcheck // the process is ending
	if a.cfg.Metrics.Listen != "" {
		a.part("metrics", a.exporter.run)
		defer a.exporter.close()
	}
	a.Start()
	err = a.s.Run(ctx)
	a.Save()
	a.Close()
	if a.fault != nil {
		return a.fault
	}
	return err
}

// Start starts the parts of the agent, which work when its Scheduler has its turns. A simulator that gives them calls
// it in place of Run, and Close at the end.
func (a *Agent) Start() {
	a.started = a.s.Now()
	a.part("follower", a.follower.run)
	a.part("engine", a.engine.run)
	a.part("binder", a.binder.run)
	a.part("beater", a.beater.run)
	a.part("openflow", a.of.run)
	a.part("meters", a.meters.watch)
	a.part("drops", a.drops.watch)
	a.part("learning", a.learning.watch)
	a.part("demand", a.demand.sweep)
	a.part("announcer", a.announcer.run)
	a.part("journal", a.keeper.run)
	a.part("journal-sync", a.keeper.runSync)
	if a.env.Supervisor != nil {
		a.part("supervise", a.supervise)
	}
	a.part("link", a.watchLink)
	a.part("audit", a.drift.run)
	a.part("restore-wait", a.restoreWait.run)
	a.ports.start()
	a.log.Info("agent starting", "version", Version, "bridge", a.cfg.OVS.Bridge, "tunnel", a.tunnel)
}

// Save writes to the journal what is not written yet. It is for an agent that ends in order; one that is killed has
// written all that its flows come from.
func (a *Agent) Save() { a.keeper.save() }

// Close lets go of the store.
func (a *Agent) Close() {
	if a.follower.watch != nil {
		_ = a.follower.watch.Close()
	}
	if a.st != nil {
		_ = a.st.Close()
	}
}

// Scheduler is what the agent runs on.
func (a *Agent) Scheduler() *coroutine.Scheduler { return a.s }

// Fault is why the agent is broken, nil while it is not.
func (a *Agent) Fault() error { return a.fault }

// Inspect is Status for whoever gives the Scheduler its turns, between two of them.
func (a *Agent) Inspect() *Status { return a.status() }

// Applied is the revision of the store whose flows are in the switch. For the same callers as Inspect.
func (a *Agent) Applied() int64 { return a.engine.applied }

// self is our host document.
func (a *Agent) self() model.Host {
	return model.Host{ID: a.hostID, Name: a.hostName, Tunnel: a.tunnel, Version: Version, Bridge: a.cfg.OVS.Bridge}
}

// tellSelf brings what rules know of us up to date.
func (a *Agent) tellSelf() {
	a.view.SetSelf(view.Self{Host: a.hostID, TunnelPort: a.ports.tunnelPort(),
		Metered: a.meters.metered(), IPv6: a.tunnel.Is6()})
	a.findUplinks()
	a.engine.wake.Notify()
}
