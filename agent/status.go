package agent

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"runtime/debug"

	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcp"
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/sorted"
)

// onScheduler runs fn on the agent's scheduler and waits for its result.
func onScheduler[T any](ctx context.Context, a *Agent, fn func() (T, error)) (T, error) {
	type result struct {
		v   T
		err error
	}
	done := make(chan result, 1)
	var none T
	if err := a.s.PostContext(ctx, func() {
		r := result{err: errPanicked}
		defer func() {
			if p := recover(); p != nil {
				a.log.Error("panic in a request", "error", p, "stack", string(debug.Stack()))
			}
			done <- r
		}()
		r.v, r.err = fn()
	}); err != nil {
		return none, fmt.Errorf("%w: %w", status.ErrUnavailable, err)
	}
	select {
	case r := <-done:
		return r.v, r.err
	case <-ctx.Done():
		return none, fmt.Errorf("%w: %w", status.ErrUnavailable, ctx.Err())
	}
}

// Status implements status.Source.
func (a *Agent) Status(ctx context.Context) (*status.Status, error) {
	return onScheduler(ctx, a, func() (*status.Status, error) { return a.status(), nil })
}

// Definition implements status.Source.
func (a *Agent) Definition(ctx context.Context, port string) (*status.Definition, error) {
	return define(ctx, a, port)
}

func (a *Agent) status() *status.Status {
	s := &status.Status{
		Host: a.hostName, HostID: a.hostID, Version: Version, UptimeSeconds: int64(a.s.Now().Sub(a.started).Seconds()),
		Ready: a.isReady, Switch: a.switchStatus(), Store: a.storeStatus(),
		Journal: a.keeper.status(), Ports: a.portStatus(), Tunnels: a.tunnelStatus(), Mirrors: a.mirrorStatus(),
		Learning: a.learning.status(), Demand: a.demand.status(), Announcements: a.announcer.status(),
		Flows: a.flowCounts(), Drift: a.drift.status(),
		DHCP: status.DHCP{Offers: a.dhcp.answered[dhcp.Offer], Acks: a.dhcp.answered[dhcp.Ack],
			Naks: a.dhcp.answered[dhcp.Nak], Ignored: maps.Clone(a.dhcp.ignored),
			Limited: a.dhcp.limited + a.meters.dropped[pipeline.MeterAgent]},
		PacketIns: maps.Clone(a.of.packetIns), Limited: a.meters.limited(),
	}
	s.Problems = a.problems(s)
	return s
}

func (a *Agent) switchStatus() status.Switch {
	s := status.Switch{Bridge: a.cfg.OVS.Bridge, OVSVersion: a.of.software, Sessions: a.of.sessions}
	if x := a.of.sess; x != nil {
		s.Connected, s.OpenFlow, s.DatapathID = true, "1.3", fmt.Sprintf("%016x", x.Features.DatapathID)
	}
	return s
}

func (a *Agent) storeStatus() status.Store {
	f := a.follower
	return status.Store{Connected: f.state == storeCurrent || f.state == storeHold, Revision: f.rev,
		AppliedRevision: a.engine.applied, State: string(f.state), Epoch: f.cursor.Epoch, Reason: f.why,
		Since: stamp(f.since), Seen: stamp(f.seen), FromJournal: f.restored && !f.polled, CatchUps: f.catchUps,
		Hold: f.hold.status(), Notifications: f.hints.status(&f.notify)}
}

func (a *Agent) portStatus() []status.Port {
	out := []status.Port{}
	a.view.EachLocal(func(name string, l vport.Local) {
		p := status.Port{ID: name, Interface: l.Name, OFPort: l.OFPort, Attach: l.Attach, State: status.PortUndefined,
			VLAN: l.VLAN, IPs: []netip.Addr{}}
		if def, ok := a.view.Port(name); ok {
			p.Network, p.MAC, p.Parent = def.Network, def.MAC.String(), def.Parent
			p.IPs = append(p.IPs, def.Addresses()...)
			p.State = a.portState(name, l)
			p.LimitIn, p.LimitOut, p.Burst = def.LimitIn, def.LimitOut, def.Burst
			p.Drops = a.meters.drops(maps.Clone(a.drops.counts[pipeline.WayTo(l.OFPort, l.VLAN, false)]), a.metersOf(name, l))
			p.Holder, p.MigratesTo = a.migration(name, p.State)
		}
		out = append(out, p)
	})
	sorted.Func(out, func(x, y status.Port) int { return cmp.Compare(x.ID, y.ID) })
	return out
}

// portState says of a defined port whether this very interface of it was announced, which is when its flows were
// acknowledged.
func (a *Agent) portState(name string, l vport.Local) string {
	if a.view.Displaced(name) {
		return status.PortElsewhere
	}
	if def, _ := a.view.Port(name); def.Down() && !a.engine.pending(name) {
		return status.PortDown
	}
	if a.view.Standby(name) && a.binder.standing[name] {
		return status.PortStandby
	}
	m, ok := a.binder.mine[name]
	if ok && m.rev > 0 && m.local.UUID == l.UUID && m.local.OFPort == l.OFPort && m.local.Attach == l.Attach {
		return status.PortUp
	}
	if a.follower.state == storeCurrent || !a.binder.look[name] {
		return status.PortPending
	}
	if b, ok := a.view.Binding(name); ok && b.Host == a.hostID && b.Token == view.ClaimOf(l, name) {
		return status.PortUp // announced by an earlier life of the agent
	}
	return status.PortUnannounced
}

// migration is the host that has a port which is on standby here, and the one that a port of ours is said to go to.
func (a *Agent) migration(port, state string) (holder, to string) {
	b, bound := a.view.Binding(port)
	switch {
	case !bound:
	case state == status.PortStandby:
		holder = a.nameOf(b.Host)
	case b.Host == a.hostID && b.To != "":
		to = a.nameOf(b.To)
	}
	return holder, to
}

// tunnelStatus lists the hosts that a frame of ours may be sent to.
func (a *Agent) tunnelStatus() []status.Tunnel {
	hosts, networks := map[string]bool{}, map[string]bool{}
	a.view.EachLocal(func(name string, _ vport.Local) {
		def, ok := a.view.Port(name)
		if !ok || networks[def.Network] || len(a.view.LocalPorts.Peek(def.Network)) == 0 ||
			!a.tunnelled(def.Network) {
			return
		}
		networks[def.Network] = true
		for _, h := range a.view.RemoteHosts.Peek(def.Network) {
			hosts[h] = true
		}
	})
	out := []status.Tunnel{}
	for id := range hosts {
		if h, ok := a.view.Hosts.Peek(id); ok {
			out = append(out, status.Tunnel{Host: h.Name, Address: h.Tunnel})
		}
	}
	sorted.Func(out, func(x, y status.Tunnel) int { return cmp.Compare(x.Host, y.Host) })
	return out
}

// tunnelled reports whether a network is in tunnels.
func (a *Agent) tunnelled(network string) bool {
	n, _ := a.view.Networks.Peek(network)
	return n.VNI != 0
}

func (a *Agent) flowCounts() status.Flows {
	c := a.engine.set.Counts()
	f := status.Flows{Desired: c.Desired, Installed: c.Installed, Pending: c.Pending, Foreign: c.Foreign,
		Sent:    a.engine.sent,
		ByTable: map[string]int{}}
	for t, n := range c.ByTable {
		name := pipeline.TableName(t)
		if name == "" {
			name = fmt.Sprint(t)
		}
		f.ByTable[name] = n
	}
	return f
}
