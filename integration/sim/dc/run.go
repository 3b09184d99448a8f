package dc

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/agent"
)

// How often things happen, in a world of any size.
const (
	changeEvery = 2 * time.Second
	faultEvery  = 15 * time.Second
	talkEvery   = 200 * time.Millisecond
	expireEvery = time.Second

	stormMax  = 10 * time.Minute
	faultsMax = 45 * time.Second // after the last fault is over
	settleMax = 60 * time.Second
)

// Run lives through storms of changes and faults, each followed by a calm in which everything has to come right, until
// so much time has passed. The error is what went wrong, with the seed that shows it again.
func (w *World) Run(d time.Duration) error {
	for end := w.clock.Now().Add(d); w.clock.Now().Before(end); {
		w.storm(min(stormMax, end.Sub(w.clock.Now())))
		if err := w.settle(); err != nil {
			return err
		}
	}
	return nil
}

// storm is changes and faults for a while.
func (w *World) storm(d time.Duration) {
	w.log("storm")
	w.calm = false
	w.every(changeEvery, w.operate)
	w.every(faultEvery, w.disturb)
	w.every(talkEvery, w.talk)
	w.every(expireEvery, func() {
		for _, h := range w.hosts {
			h.sw.Expire()
		}
	})
	_ = w.run(d) // settle returns it
	w.calm = true
}

// every runs fn again and again until it is calm, at times that the seed picks.
func (w *World) every(d time.Duration, fn func()) {
	w.after(w.between(d/2, d*3/2), func() {
		if !w.calm {
			fn()
			w.every(d, fn)
		}
	})
}

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
	w.log("settled")
	if err := w.checkReach(); err != nil {
		return err
	}
	return w.checkFresh()
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

func (h *Host) unsettled(s *agent.Status) string {
	if !s.Ready || !s.Switch.Connected || !s.Store.Connected || s.Flows.Desired != s.Flows.Installed ||
		s.Flows.Pending > 0 {
		return fmt.Sprintf("%+v %+v %+v", s.Switch, s.Store, s.Flows)
	}
	if len(s.Problems) > 0 {
		return fmt.Sprintf("problems: %+v", s.Problems)
	}
	ports := map[string]string{}
	for _, p := range s.Ports {
		ports[p.ID] = p.State
	}
	for _, n := range slices.Sorted(maps.Keys(h.guests)) {
		g := h.guests[n]
		if ports[g.port] != "up" {
			return fmt.Sprintf("%v is %q", g, ports[g.port])
		}
		if !g.ip.IsValid() {
			return fmt.Sprintf("%v has no address", g)
		}
		delete(ports, g.port)
	}
	if len(ports) > 0 {
		return fmt.Sprintf("ports that are not here: %v", ports)
	}
	return ""
}

// checkReach has every guest send to every other: those of its network get it, once, and nobody else.
func (w *World) checkReach() error {
	type expected struct {
		from, to *Guest
		id       uint64
	}
	var all []*Guest
	for _, h := range w.hosts {
		for _, n := range slices.Sorted(maps.Keys(h.guests)) {
			all = append(all, h.guests[n])
		}
	}
	var want []expected
	for _, a := range all {
		clear(a.arp)
		for _, b := range all {
			if a != b && w.defs.ever[a.port] == w.defs.ever[b.port] {
				id := w.defs.newProbe(a)
				want = append(want, expected{a, b, id})
				a.probe(id, b.ip)
			}
		}
	}
	if err := w.run(time.Second); err != nil {
		return err
	}
	for _, e := range want {
		if got := w.defs.probes[e.id].arrived; !slices.Equal(got, []string{e.to.port}) {
			w.fail("%v does not reach %v: its frame came to %v", e.from, e.to, got)
			return w.err
		}
	}
	clear(w.defs.probes)
	w.log("%d pairs of guests reach each other", len(want))
	return nil
}

// checkFresh replaces every agent with one that knows only the present: it has to find nothing to do.
func (w *World) checkFresh() error {
	for _, h := range w.hosts {
		h.kill()
		if err := h.boot(); err != nil {
			return err
		}
	}
	if err := w.run(15 * time.Second); err != nil {
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
