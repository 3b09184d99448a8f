package dc

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/agent"
)

// settle lets the faults end, and checks that everything is as it is defined.
func (w *World) settle() error {
	w.log("calm")
	if err := w.run(faultsMax); err != nil {
		return err
	}
	why := ""
	for range int(settleMax / time.Second) {
		if err := w.run(time.Second); err != nil {
			return err
		}
		if why = w.unsettled(); why == "" {
			break
		}
	}
	if why != "" {
		w.fail("not settled %v after the last fault: %s", settleMax, why)
		return w.err
	}
	w.defs.settled()
	w.db.lost, w.db.given = false, false
	w.log("settled: %+v", w.stats)
	checks := []func() error{w.checkReach, w.checkAgree, w.checkDoubles}
	if w.chance(30) {
		checks = append(checks, w.checkRestart)
	}
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// unsettled says what is not yet right, "" for nothing.
func (w *World) unsettled() string {
	for _, h := range w.hosts {
		if h.agent == nil {
			return h.name + " has no agent"
		}
		if err := h.agent.Fault(); err != nil {
			w.fail("agent of %s: %v", h.name, err)
		}
		if why := h.unsettled(h.agent.Inspect()); why != "" {
			return h.name + ": " + why
		}
	}
	return ""
}

// undefinedCode is the problem that guests of undefined ports are, which is right.
const undefinedCode = "port_undefined"

func (h *Host) unsettled(s *agent.Status) string {
	if !s.Ready || !s.Switch.Connected || !s.Store.Connected || s.Flows.Desired != s.Flows.Installed ||
		s.Flows.Pending > 0 || s.Store.State != "current" {
		return fmt.Sprintf("%+v %+v %+v", s.Switch, s.Store, s.Flows)
	}
	for _, p := range s.Problems {
		if p.Code != undefinedCode || h.w.defs.ports[p.Object] != nil {
			return fmt.Sprintf("problem: %+v", p)
		}
	}
	return h.unsettledGuests(s)
}

func (h *Host) unsettledGuests(s *agent.Status) string {
	ports := map[string]string{}
	for _, p := range s.Ports {
		ports[p.ID] = p.State
	}
	for _, n := range slices.Sorted(maps.Keys(h.guests)) {
		g := h.guests[n]
		def := h.w.defs.ports[g.port]
		switch state := ports[g.port]; {
		case g.moving:
			return fmt.Sprintf("%v is on the move", g)
		case def != nil && def.Down():
			if state != "admin-down" {
				return fmt.Sprintf("%v is %q, and is to be down", g, state)
			}
		case def == nil && state != "undefined" || def != nil && state != "up":
			return fmt.Sprintf("%v is %q", g, state)
		case def != nil && g.ip.IsValid() && g.ip != def.IP:
			g.redefined()
			return fmt.Sprintf("%v has %v in place of %v", g, g.ip, def.IP)
		case def != nil && def.IP.IsValid() && (!g.ip.IsValid() || g.quiet):
			return fmt.Sprintf("%v has no address", g)
		}
		delete(ports, g.port)
	}
	if len(ports) > 0 {
		return fmt.Sprintf("ports that are not here: %v", ports)
	}
	return ""
}

// checkReach has every guest send to every other, and to all: those of its network get it, once, and nobody else.
func (w *World) checkReach() error {
	type expected struct {
		from *Guest
		id   uint64
		to   []*Guest
	}
	all := w.allGuests()
	var want []expected
	for _, a := range all {
		if !a.ip.IsValid() {
			continue
		}
		clear(a.arp)
		toAll := expected{from: a, id: w.defs.newProbe(a)}
		for _, b := range all {
			if !w.defs.neighbours(a, b) {
				continue
			}
			toAll.to = append(toAll.to, b)
			if b.ip.IsValid() {
				e := expected{a, w.defs.newProbe(a), []*Guest{b}}
				want = append(want, e)
				a.probe(e.id, b.ip)
			}
		}
		want = append(want, toAll)
		a.sendProbe(toAll.id, broadcastMAC, broadcast)
	}
	if err := w.run(reachTime); err != nil {
		return err
	}
	for _, e := range want {
		if got := w.defs.probes[e.id].arrived; !sameGuests(got, e.to) {
			w.fail("%v does not reach exactly %v: its frame came to %v", e.from, e.to, got)
			return w.err
		}
	}
	w.defs.settled()
	w.log("%d frames of %d guests came to whom they are for", len(want), len(all))
	return nil
}

func sameGuests(a, b []*Guest) bool {
	if len(a) != len(b) {
		return false
	}
	for _, g := range a {
		if !slices.Contains(b, g) {
			return false
		}
	}
	return true
}

// checkRestart replaces every agent: the new one has to find nothing to do.
func (w *World) checkRestart() error {
	for _, h := range w.hosts {
		h.kill()
		if err := h.boot(); err != nil {
			return err
		}
	}
	if err := w.run(freshTime); err != nil {
		return err
	}
	if why := w.unsettled(); why != "" {
		w.fail("not settled 15s after all agents were started: %s", why)
		return w.err
	}
	for _, h := range w.hosts {
		if n := h.agent.Inspect().Flows.Sent; n > 0 {
			w.fail("a fresh agent on %s changes %d flows of the one before", h.name, n)
			return w.err
		}
	}
	return nil
}
