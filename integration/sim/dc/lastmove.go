package dc

import (
	"slices"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/common/store"
)

const (
	slowDiskMax = 40 * time.Millisecond // two writes are within what flows wait for
	lastMax     = 60 * time.Millisecond // from when it is known where a guest is until an agent is killed
	aloneAfter  = 6 * time.Second       // an agent without the store has its flows
)

// killAfterMove has a guest move, and the disk of a host slow that has a guest which talks to it; the agent there is
// killed right after. It starts where the store is away: whatever the flows were by then, the journal knows, and they
// stay that. So it is with any other guest that moves before.
func (w *World) killAfterMove() string {
	h := w.anyHost()
	near := h.neighbourhood()
	if len(near) == 0 || h.armed || h.away || !h.well() || !h.agent.Inspect().Ready {
		return ""
	}
	g := near[w.rand.IntN(len(near))]
	others := slices.DeleteFunc(slices.Clone(w.hosts), func(o *Host) bool { return o == g.h || !o.bridged() })
	if len(others) == 0 {
		return ""
	}
	h.armed, h.slowDisk = true, w.between(0, slowDiskMax)
	return h.lasting("the agent of "+h.name+" is killed when a guest has moved", func() {
		h.armed, h.slowDisk = false, 0
	}) + ": " + g.migrate(others[w.rand.IntN(len(others))])
}

// neighbourhood lists the guests of other hosts that can move and that somebody here talks to.
func (h *Host) neighbourhood() []*Guest {
	return slices.DeleteFunc(h.w.allGuests(), func(g *Guest) bool {
		return g.parent != nil || g.h == h || g.moving || !g.announced() ||
			!slices.ContainsFunc(h.all(), func(here *Guest) bool { return h.w.defs.neighbours(here, g) })
	})
}

// moved is called when a host has announced a port: then it releases that for itself, and for who had it before.
func (w *World) moved(port string, released []store.Claim) {
	hosts := 0
	for _, c := range released {
		if c.Key == port && strings.HasPrefix(c.Index, "bound:") {
			hosts++
		}
	}
	if hosts < 2 {
		return
	}
	for _, h := range w.hosts {
		if h.armed {
			h.armed = false
			a := h.agent
			w.after(w.between(0, lastMax), func() {
				if a != nil && h.agent == a && !h.away && !h.frozen {
					h.lastMove(port)
				}
			})
		}
	}
}

// lastMove kills the agent, and has guests ask the one that moved before and after.
func (h *Host) lastMove(port string) {
	w := h.w
	h.askFor(port)
	mine, bound := h.announcedHere(port), w.defs.bound[port]
	w.log("agent of %s is killed and starts without the store", h.name)
	h.startAlone()
	w.stats.Kills++
	a := h.agent
	w.after(aloneAfter, func() {
		h.askFor(port)
		if mine && h.agent == a && h.announcedHere(port) &&
			w.defs.bound[port] == bound && stateOf(h, port) == "elsewhere" {
			w.fail("agent of %s has announced %s, was killed, and takes it for elsewhere", h.name, port)
		}
	})
	w.after(aloneAfter+2*flightMax, func() { h.away = false; h.trouble() })
}

// announcedHere reports whether a guest of the host is a port, and its interface says so.
func (h *Host) announcedHere(port string) bool {
	return slices.ContainsFunc(h.all(), func(g *Guest) bool { return g.port == port && g.parent == nil && g.announced() })
}

// askFor has the guests of a host send to the one that is a port: what comes there now does so until somebody changes
// that.
func (h *Host) askFor(port string) {
	for _, to := range h.w.guestsOf(port) {
		for _, g := range h.all() {
			if to.ip.IsValid() && !to.paused && !to.quiet && h.w.defs.neighbours(g, to) {
				g.sendProbe(h.w.defs.newProbe(g), to.mac, to.ip)
			}
		}
	}
}

// stateOf is what the agent of a host says of a port, "" for nothing.
func stateOf(h *Host, port string) string {
	for _, p := range h.agent.Inspect().Ports {
		if p.ID == port {
			return p.State
		}
	}
	return ""
}
