package dc

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/vlcp-go/vlcp/agent"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
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

const (
	// undefinedCode is the problem that guests of undefined ports are, which is right.
	undefinedCode = "port_undefined"
	// contestedCode stays for two minutes after an agent has found what somebody changed for the third time, which is
	// right, too, but not where nobody did lately.
	contestedCode = "flows_contested"
	contestedMax  = 150 * time.Second
)

func (h *Host) unsettled(s *agent.Status) string {
	if !s.Ready || !s.Switch.Connected || !s.Store.Connected || s.Flows.Desired != s.Flows.Installed ||
		s.Flows.Pending > 0 || s.Store.State != "current" {
		return fmt.Sprintf("%+v %+v %+v", s.Switch, s.Store, s.Flows)
	}
	if doc := h.stored(); doc.Name != h.name || doc.Tunnel != h.addr {
		return fmt.Sprintf("it is %+v in the store", doc) // that may have had the answers of two tries lost
	}
	for _, p := range s.Problems {
		undefined := p.Code == undefinedCode && h.w.defs.ports[p.Object] == nil
		contested := p.Code == contestedCode && !h.meddled.IsZero() && h.w.clock.Now().Sub(h.meddled) <= contestedMax
		unused := p.Code == "proxy_unused" && h.w.defs.subnets[p.Object] != nil
		if !undefined && !contested && !unused && !h.w.lostCopies(p.Code, p.Object) && p.Code != fullCode &&
			p.Code != demandCode {
			return fmt.Sprintf("problem: %+v", p)
		}
	}
	if why := h.knowsOutside(s); why != "" {
		return why
	}
	return h.unsettledGuests(s)
}

func (h *Host) unsettledGuests(s *agent.Status) string {
	ports := map[string]string{}
	for _, p := range s.Ports {
		ports[p.ID] = p.State
	}
	for _, g := range h.all() {
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

// stored is what the store has of the host, zero for nothing.
func (h *Host) stored() (doc model.Host) {
	key := store.Key{Scope: store.ScopeHosts, Kind: string(model.KindHost), ID: h.id}
	docs, err := h.w.db.mem.Get(context.Background(), key)
	if err != nil || docs[0] == nil || json.Unmarshal(docs[0].Value, &doc) != nil {
		return model.Host{}
	}
	return doc
}
