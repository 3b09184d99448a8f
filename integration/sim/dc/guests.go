package dc

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// What happens to guests: they are started, stopped, moved and made another.

func (w *World) portsOf(network string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(w.defs.ports)) {
		if w.defs.ports[name].Network == network {
			out = append(out, name)
		}
	}
	return out
}

// allGuests lists the guests by host and interface.
func (w *World) allGuests() []*Guest {
	var all []*Guest
	for _, h := range w.hosts {
		all = append(all, h.all()...)
	}
	return all
}

// guestsOf lists those that are a port: none or one, two during a migration.
func (w *World) guestsOf(port string) []*Guest {
	var out []*Guest
	for _, h := range w.hosts {
		for _, g := range h.all() {
			if g.port == port {
				out = append(out, g)
			}
		}
	}
	return out
}

func (w *World) idle(port string) bool { return len(w.guestsOf(port)) == 0 }

// anyGuest is a guest, nil when there is none.
func (w *World) anyGuest() *Guest {
	h := w.anyHost()
	n, ok := choose(w, h.guests)
	if !ok {
		return nil
	}
	return h.guests[n]
}

// anySpeaker is a guest, or one in a VLAN of it; nil when there is none.
func (w *World) anySpeaker() *Guest {
	g := w.anyGuest()
	if g == nil || !w.chance(50) {
		return g
	}
	if name, ok := choose(w, g.subs); ok {
		return g.subs[name]
	}
	return g
}

// redefined tells the guests of a port that its definition changed. By a store that went back it may be a sub-port
// again, which no interface can be: operators stop that guest.
func (w *World) redefined(port string) {
	w.syncSubGuests()
	def := w.defs.ports[port]
	for _, g := range w.guestsOf(port) {
		if g.parent == nil && def != nil && def.Parent != "" {
			g.detach()
		} else {
			g.redefined()
		}
	}
}

func (w *World) detachAll(port string) {
	for _, g := range w.guestsOf(port) {
		g.detach()
	}
}

func (w *World) attachPort() string {
	name, ok := choose(w, w.defs.ports)
	h := w.anyHost()
	if !ok || !h.bridged() || !w.idle(name) || w.defs.ports[name].Parent != "" {
		return ""
	}
	h.attach(name)
	if w.chance(50) {
		w.after(w.between(0, hastyMax), func() { w.changeSubnetOf(name) })
	}
	return fmt.Sprintf("%s attached on %s", name, h.name)
}

// hastyMax is how soon after an attach somebody may change the network: its host may not be subscribed yet.
const hastyMax = 400 * time.Millisecond

func (w *World) changeSubnetOf(port string) {
	p := w.defs.ports[port]
	if p == nil || w.db.lost || w.defs.subnets[p.Network+"-v4"] == nil {
		return
	}
	w.changeSubnet(p.Network + "-v4")
}

// attachUndefined starts a guest of a port that nobody defined, or only later.
func (w *World) attachUndefined() string {
	name := fmt.Sprintf("port%d", w.rand.IntN(4))
	h := w.anyHost()
	if w.defs.ports[name] != nil || !h.bridged() || !w.idle(name) {
		return ""
	}
	h.attach(name)
	return fmt.Sprintf("%s attached on %s, undefined", name, h.name)
}

func (w *World) detachPort() string {
	g := w.anyGuest()
	if g == nil || g.moving {
		return ""
	}
	g.detach()
	return fmt.Sprintf("%v detached", g)
}

func (w *World) movePort() string {
	g := w.anyGuest()
	if g == nil || g.moving {
		return ""
	}
	to := w.anyHost()
	g.detach()
	w.after(w.between(time.Millisecond, 3*time.Second), func() {
		if to.bridged() && w.idle(g.port) {
			to.attach(g.port)
			w.log("%s attached on %s", g.port, to.name)
		}
	})
	return fmt.Sprintf("%v moves to %s", g, to.name)
}

// announced reports whether the agent has noted on the interface that it is the port, which says that it works.
func (g *Guest) announced() bool {
	_, r := g.h.db.find("Interface", "name", g.ifname)
	return strings.HasPrefix(r.Map("external_ids")["vlcp-claim"], g.port+":")
}

// migratePort moves a guest as live migration does: its interface is made at the destination while it runs at the
// source, then it stops there and runs here, and the source is taken away last. What reached it goes on reaching it
// until it stops. It has to work before: an agent that sees the source for the first time after the destination was
// attached cannot know which of them is younger.
func (w *World) migratePort() string {
	g := w.anyGuest()
	to := w.anyHost()
	if g == nil {
		return ""
	}
	return g.migrate(to)
}

func (g *Guest) migrate(to *Host) string {
	w := g.h.w
	if g.moving || g.h == to || !to.bridged() || !g.announced() {
		return ""
	}
	g.moving = true
	next := to.attach(g.port)
	next.moving = true
	next.pause()
	w.after(w.between(time.Millisecond, 8*time.Second), func() { w.switchOver(g, next) })
	return fmt.Sprintf("%v migrates to %s", g, to.name)
}

// switchOver has a guest stop at one end and run at the other.
func (w *World) switchOver(g, next *Guest) {
	if next.gone {
		g.moving = false
		return
	}
	if !g.gone {
		g.pause()
	}
	w.after(w.between(time.Millisecond, 100*time.Millisecond), func() { next.resume(g) })
	w.after(w.between(time.Millisecond, 3*time.Second), func() {
		next.moving = false
		if !g.gone {
			g.detach()
			w.log("%v migrated to %s", g, next.h.name)
		}
	})
}

// changeID makes an interface another port than it was.
func (w *World) changeID() string {
	g := w.anyGuest()
	name, ok := choose(w, w.defs.ports)
	if g == nil || g.moving || !ok || !w.idle(name) || w.defs.ports[name].Parent != "" {
		return ""
	}
	what := fmt.Sprintf("%v is now %s", g, name)
	g.port = name
	g.h.setID(g.ifname, name)
	g.redefined()
	return what
}
