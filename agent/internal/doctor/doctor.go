// Package doctor checks everything that a hypervisor needs before and while the agent runs, and says of each check what
// it found, why that matters and what to do.
//
//	Config ─► Run ─► Report: configuration, Open vSwitch, datapath, tunnel, store, clock, the running agent
//
// A check reads, it changes nothing. What one check needs of another that failed is left out, so that the first failure
// is the cause.
package doctor

import (
	"context"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/ovsctl"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/store"
)

// Results of a check.
const (
	OK   = "ok"
	Warn = "warning" // it works, not as well as it could
	Fail = "failed"  // it does not work
)

// Check is one thing that was looked at.
type Check struct {
	Name   string `json:"name"`
	Result string `json:"result"`
	Found  string `json:"found"`         // what is
	Why    string `json:"why,omitempty"` // why it matters, unless all is well
	Fix    string `json:"fix,omitempty"` // what to do, unless all is well
}

// Report is all checks in the order in which they build on each other.
type Report struct {
	Checks []Check `json:"checks"`
}

// Worst is the worst result.
func (r *Report) Worst() string {
	worst := OK
	for _, c := range r.Checks {
		if c.Result == Fail || worst == OK {
			worst = c.Result
		}
	}
	return worst
}

func (r *Report) ok(name, found string) {
	r.Checks = append(r.Checks, Check{Name: name, Result: OK, Found: found})
}

func (r *Report) warn(c Check) {
	c.Result = Warn
	r.Checks = append(r.Checks, c)
}

func (r *Report) fail(c Check) {
	c.Result = Fail
	r.Checks = append(r.Checks, c)
}

// checkTimeout bounds each look outside.
const checkTimeout = 5 * time.Second

// Env is the world that is looked at.
type Env struct {
	OpenStore func(config.Redis) (store.Store, error)
	// Status asks the running agent.
	Status func(context.Context) (*status.Status, error)
	// KernelDatapath reports whether the kernel has the datapath of Open vSwitch.
	KernelDatapath func() bool
	Now            func() time.Time
}

// Run checks everything for a configuration that is valid.
func Run(ctx context.Context, cfg config.Config, env Env) *Report {
	r := &Report{}
	facts, there := r.openVSwitch(ctx, cfg)
	if there {
		r.bridge(cfg, facts)
		r.datapath(cfg, facts, env)
	}
	local := r.tunnel(cfg)
	if there && local.IsValid() {
		r.userspaceTunnel(ctx, cfg, facts, local)
	}
	hosts := r.store(ctx, cfg, env)
	if local.IsValid() {
		r.peers(cfg, local, hosts)
	}
	r.agent(ctx, env)
	return r
}

func bounded[T any](ctx context.Context, fn func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	return fn(ctx)
}

func (r *Report) openVSwitch(ctx context.Context, cfg config.Config) (ovsctl.Facts, bool) {
	const why = "the agent reads the bridge's ports from this database and programs the bridge"
	f, err := bounded(ctx, func(ctx context.Context) (ovsctl.Facts, error) {
		return ovsctl.Look(ctx, cfg.OVS.DB, cfg.OVS.Bridge)
	})
	if err != nil {
		r.fail(Check{Name: "Open vSwitch", Found: err.Error(), Why: why,
			Fix: "systemctl start openvswitch-switch (openvswitch on Fedora); run this as root; or set ovs.db"})
		return f, false
	}
	switch {
	case f.Version == "":
		r.fail(Check{Name: "Open vSwitch", Found: "its database answers, ovs-vswitchd has not written its version", Why: why,
			Fix: "systemctl start ovs-vswitchd, and look into its log"})
	case older(f.Version, versionMin):
		r.fail(Check{Name: "Open vSwitch", Found: f.Version, Why: "flows of the agent need what " + versionMin + " has",
			Fix: "install a newer one"})
	default:
		r.ok("Open vSwitch", f.Version)
	}
	if f.SystemID == "" {
		r.fail(Check{Name: "system id", Found: "none", Why: "it is this host's name in the store",
			Fix: "ovs-vsctl set Open_vSwitch . external_ids:system-id=$(cat /proc/sys/kernel/random/uuid)"})
	} else {
		r.ok("system id", f.SystemID)
	}
	return f, true
}
