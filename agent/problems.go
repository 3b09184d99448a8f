package agent

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/status"
)

// problems lists what an operator should know, the ones that explain others first. s is the status they are put into.
func (a *Agent) problems(s *status.Status) []status.Problem {
	out := []status.Problem{}
	add := func(code, object, format string, args ...any) {
		out = append(out, status.Problem{Code: code, Object: object, Message: fmt.Sprintf(format, args...)})
	}
	if !a.ports.connected {
		add("ovsdb_unreachable", a.cfg.OVS.DB, "%s: is ovsdb-server running?", a.ports.why)
	}
	if text := a.restoreWait.problem(); text != "" {
		add("switch_waits", a.cfg.OVS.Bridge, "%s", text)
	}
	if a.ports.setupError != "" {
		add("bridge_setup_failed", a.cfg.OVS.Bridge, "%s", a.ports.setupError)
	}
	if !s.Switch.Connected {
		add("switch_unreachable", a.cfg.OVS.Bridge, "%s: is ovs-vswitchd running?", a.of.why)
	}
	a.storeProblems(add)
	if code, text := a.ports.tunnelProblem(); code != "" {
		add(code, a.cfg.Tunnel.Port, "%s", text)
	}
	for _, p := range a.ports.tracker.Problems() {
		add(p.Code, p.Object, "%s", p.Message)
	}
	if a.exporter.why != "" {
		add("metrics_not_served", a.cfg.Metrics.Listen, "%s; it is tried again: see who has the address, or change "+
			"metrics.listen", a.exporter.why)
	}
	a.flowProblems(s, add)
	a.tunnelProblems(add)
	a.uplinkProblems(add)
	a.sharedProblems(add)
	a.proxyProblems(add)
	a.learning.problems(add)
	a.demand.problems(add)
	a.mtuProblems(add)
	a.strayProblems(add)
	a.standbyProblems(add)
	a.mirrorProblems(s, add)
	a.portProblems(s, add)
	return out
}

// addProblem adds one.
type addProblem = func(code, object, format string, args ...any)

func (a *Agent) storeProblems(add addProblem) {
	switch a.follower.state {
	case storeAway:
		how := "forwarding, ARP and DHCP go on as last defined, also for guests that boot now"
		if !a.follower.seen.IsZero() {
			how += fmt.Sprintf(" (as of %s)", a.follower.seen.UTC().Format(time.RFC3339))
		}
		if !a.follower.complete { // started without it: what was defined is known to the flows alone
			how = "forwarding and ARP go on by the flows that were there when the agent started; DHCP is not answered, and " +
				"new ports do not work, until the store is back"
		}
		add("store_unreachable", "store", "%s; %s", a.follower.why, how)
	case storeHold:
		add("store_changed", "store", "%s", a.follower.holdProblem())
	case storeCurrent:
		if text := a.follower.notify.problem(); text != "" {
			add("store_not_notifying", "store", "%s", text)
		}
	case storeConnecting:
	}
	if text := a.keeper.problem(); text != "" {
		add("journal_failed", a.cfg.Journal.Path, "%s", text)
	}
}

func (a *Agent) flowProblems(s *status.Status, add addProblem) {
	if s.Switch.Connected && a.meters.why != nil && a.meters.wanted() {
		add("meters_unavailable", a.cfg.OVS.Bridge, "%s: DHCP requests are limited by the agent, not before they reach it, "+
			"and broadcasts are not limited", a.meters.why)
	}
	if text := a.drift.fights.problem(a.s.Now()); text != "" {
		add("flows_contested", a.cfg.OVS.Bridge, "%s", text)
	}
	if n := len(a.engine.set.Foreign()); n > 0 && a.cfg.OVS.KeepForeign() {
		add("foreign_flows", a.cfg.OVS.Bridge, "%d flows are not the agent's and are left, as ovs.foreign_flows says: see "+
			"`vlcp-agent flows`", n)
	}
	for _, key := range slices.Sorted(maps.Keys(a.engine.refused)) {
		add("flow_refused", a.cfg.OVS.Bridge, "%s", a.engine.refused[key].String())
	}
}

func (a *Agent) portProblems(s *status.Status, add func(code, object, format string, args ...any)) {
	for _, p := range s.Ports {
		switch p.State {
		case status.PortUndefined:
			if a.follower.state == storeCurrent {
				add("port_undefined", p.ID, "interface %s asks for it, but no such port is defined: "+
					"vlcp-coordinator port create %s --network NETWORK", p.Interface, p.ID)
			}
		case status.PortElsewhere:
			a.claimedElsewhere(&p, add)
		}
		if why := a.meters.noRates; why != nil && s.Switch.Connected && (p.LimitIn != nil || p.LimitOut != nil) {
			add("limit_not_enforced", p.ID, "%s: its limits have no effect on this host", why)
		}
		if p.Parent != "" && (p.LimitIn != nil || p.LimitOut != nil) && a.view.LimitNumber(p.ID) == 0 {
			add("limit_not_enforced", p.ID, "%d sub-ports with limits are on this host, there are no meters for more, so "+
				"its limits have no effect: have some of them elsewhere, or without", pipeline.SlotsMax)
		}
		l, _ := a.view.Local(p.ID)
		for _, meter := range a.metersOf(p.ID, l) {
			if err := a.meters.refused[meter]; err != nil {
				kind, _ := pipeline.SplitMeter(meter)
				add("meter_refused", p.ID, "the switch refuses meter %d, %s, so that has no effect: %s: compare with "+
					"ovs-ofctl -O OpenFlow13 dump-meters %s", meter, kind, err, a.cfg.OVS.Bridge)
			}
		}
		if a.dhcp.declines(p.ID) {
			add("dhcp_declined", p.ID, "the guest found its address %s in use by somebody else: find who that is, or give it "+
				"another with vlcp-coordinator port update %s --ip IP", a.dhcp.declined[p.ID].ip, p.ID)
		}
		if p.Parent != "" {
			continue // what follows is told of the interface
		}
		if a.meters.flooding[pipeline.MeterFlood.Of(p.OFPort)] {
			add("broadcast_flood", p.ID, "the guest sends more than %d broadcasts or multicasts a second, those above are "+
				"dropped: look what runs in it, or set broadcast.rate in the agent's configuration", a.cfg.Broadcast.Rate)
		}
		if a.meters.flooding[pipeline.MeterAgent.Of(p.OFPort)] || a.dhcp.limit.limited(p.OFPort, a.s.Now()) {
			add("dhcp_flood", p.ID, "the guest sends more than %d DHCP requests a second, those above are dropped: look what "+
				"runs in it", a.cfg.DHCP.Rate)
		}
	}
}

func (a *Agent) claimedElsewhere(p *status.Port, add func(code, object, format string, args ...any)) {
	b, bound := a.view.Binding(p.ID)
	on, with := a.view.Binding(p.Parent)
	if p.Parent != "" && with && bound && on.Host == b.Host {
		return // it is told of the parent, with which it went and may come back
	}
	now := "it is on no host now"
	if bound {
		now = "it is on host " + a.nameOf(b.Host) + " now"
	}
	add("port_claimed_elsewhere", p.ID, "interface %s had it until another host attached it; %s: "+
		"detach it here, or attach it here again to take it back", p.Interface, now)
}

// nameOf is a host's name, or its id when it has none.
func (a *Agent) nameOf(id string) string {
	if h, ok := a.view.Hosts.Peek(id); ok && h.Name != "" {
		return h.Name
	}
	return id
}
