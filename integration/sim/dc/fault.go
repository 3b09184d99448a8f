package dc

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

var errLost = errors.New("subscription lost by the simulator")

// disturbances are what fails, each for a while.
var disturbances = []action{
	{"kill agent", 3, on((*Host).killAgent)}, {"freeze agent", 2, on((*Host).freeze)},
	{"jump clock", 1, on((*Host).jumpClock)}, {"cut connections", 3, on((*Host).cutAll)},
	{"lose replies", 2, on((*Host).muteAll)}, {"slow connections", 1, on((*Host).slowDown)},
	{"restart switch", 2, on((*Host).restartSwitch)}, {"delete bridge", 1, on((*Host).deleteBridge)},
	{"reboot host", 1, on((*Host).reboot)}, {"restart without store", 1, on((*Host).restartAlone)},
	{"kill after a move", 4, (*World).killAfterMove}, {"fail syncs", 1, on((*Host).failSyncs)},
	{"renumber port", 2, on((*Host).renumberPort)}, {"unplug uplink", 2, on((*Host).unplug)},
	{"renumber uplink", 1, on((*Host).renumberUplink)},
	{"change flows by hand", 2, on((*Host).meddle)}, {"flood", 1, on((*Host).flood)},
	{"rename host", 1, on((*Host).renameHost)},
	{"hide store", 3, on((*Host).hideStore)}, {"slow store", 1, on((*Host).slowStoreDown)},
	{"lose notifications", 2, on((*Host).deafen)}, {"lose outcome", 3, on((*Host).loseReply)},
	{"cut subscriptions", 2, (*World).cutWatchers}, {"restart store", 1, (*World).restartStore},
	{"jump clock of store", 1, (*World).jumpStoreClock}, {"failover", 2, (*World).failover},
	{"lose everything", 1, (*World).flush},
	{"partition", 2, (*World).partition}, {"disturb underlay", 2, (*World).disturbUnderlay},
}

// on makes an action of one on some host.
func on(do func(*Host) string) func(*World) string {
	return func(w *World) string { return do(w.anyHost()) }
}

// later ends a fault after a while, also when everything is calm before that.
func (w *World) later(what string, undo func()) {
	w.after(w.between(time.Second, faultsMax-5*time.Second), func() {
		undo()
		w.log("over: %s", what)
	})
}

// trouble notes that something is wrong between the agent and what it talks to, or was until now.
func (h *Host) trouble() { h.disturbed = h.w.clock.Now() }

func (w *World) trouble() {
	for _, h := range w.hosts {
		h.trouble()
	}
}

// lasting is a fault of a host from now on, until undo.
func (h *Host) lasting(what string, undo func()) string {
	h.trouble()
	h.faults++
	h.w.later(what, func() {
		undo()
		h.faults--
		h.trouble()
	})
	return what
}

func (h *Host) killAgent() string {
	if h.agent == nil {
		return ""
	}
	how := "killed"
	if h.w.chance(30) {
		how = "stopped"
		h.agent.Save()
	}
	return h.endAgent(how)
}

// endAgent ends the agent for a while.
func (h *Host) endAgent(how string) string {
	h.kill()
	h.w.stats.Kills++
	return h.lasting("agent of "+h.name+" is "+how, func() {
		if err := h.boot(); err != nil {
			h.w.fail("agent of %s does not start: %v", h.name, err)
		}
	})
}

// reboot takes everything that a host has in memory. What is on its disk stays.
func (h *Host) reboot() string {
	if h.agent == nil || !h.ofUp {
		return ""
	}
	what := h.restartSwitch()
	if h.w.chance(50) {
		h.disk.losePower(h.w)
		return h.name + " loses its power: " + what + ", " + h.endAgent("killed")
	}
	return h.name + " reboots: " + what + ", " + h.killAgent()
}

// aloneMax is how long an agent takes that starts without the store.
const aloneMax = 10 * time.Second

// startAlone kills the agent and starts it where the store is away.
func (h *Host) startAlone() {
	h.kill()
	h.away = true
	if err := h.boot(); err != nil {
		h.w.fail("agent of %s does not start: %v", h.name, err)
	}
}

// restartAlone restarts an agent while the store is away: its journal has to do.
func (h *Host) restartAlone() string {
	if h.agent == nil || h.away || !h.well() || !h.agent.Inspect().Ready {
		return ""
	}
	h.startAlone()
	what := h.lasting("agent of "+h.name+" is restarted without the store", func() { h.away = false })
	a, disturbed := h.agent, h.disturbed
	h.w.after(aloneMax, func() {
		if h.agent == a && h.away && h.disturbed == disturbed && !a.Inspect().Ready {
			h.w.fail("%s was restarted without the store, and is not ready after %v: %+v", h.name, aloneMax, a.Inspect())
		}
	})
	return what
}

// failSyncs has the disk say that it could not sync, whatever there is.
func (h *Host) failSyncs() string {
	if h.badDisk {
		return ""
	}
	h.badDisk = true
	return h.lasting("the disk of "+h.name+" does not sync", func() { h.badDisk = false })
}

// freeze gives the agent no turns, as a host does that is short of everything, or asleep.
func (h *Host) freeze() string {
	if h.agent == nil || h.frozen {
		return ""
	}
	a := h.agent
	h.frozen, h.timed = true, false
	return h.lasting("agent of "+h.name+" stands still", func() {
		if h.agent == a {
			h.frozen = false
			h.poke()
		}
	})
}

// jumpClock has everything that the agent waits for be late at once.
func (h *Host) jumpClock() string {
	d := h.w.between(time.Second, time.Minute)
	h.clock.ahead += d
	h.trouble()
	h.poke()
	return fmt.Sprintf("clock of %s jumps %v ahead", h.name, d)
}

func (w *World) jumpStoreClock() string {
	w.db.skew = w.between(-time.Hour, time.Hour)
	return fmt.Sprintf("clock of the store is off by %v", w.db.skew)
}

func (h *Host) cutAll() string {
	h.cut()
	h.trouble()
	return "connections of " + h.name + " are cut"
}

// muteAll has what the agent sends arrive, and the answers not: what it asked for is done, and it does not know.
func (h *Host) muteAll() string {
	conns := slices.Clone(h.conns)
	for _, c := range conns {
		c.mute = true
	}
	return h.lasting("answers to "+h.name+" are lost", func() {
		for _, c := range conns {
			c.end(errCut)
		}
	})
}

// muted reports whether the host's answers, and with them what ovsdb-server has to tell, are lost now.
func (h *Host) muted() bool {
	return slices.ContainsFunc(h.conns, func(c *conn) bool { return c.mute })
}

// untold reports whether the agent does not hear now what changes in the database.
func (h *Host) untold() bool { return h.muted() || h.frozen || len(h.db.monitors) == 0 }

func (h *Host) slowDown() string {
	h.slow = h.w.between(time.Millisecond, 500*time.Millisecond)
	return h.lasting("connections of "+h.name+" are slow", func() { h.slow = 0 })
}

func (h *Host) slowStoreDown() string {
	h.slowStore = h.w.between(time.Millisecond, 2*time.Second)
	return h.lasting("store is slow for "+h.name, func() { h.slowStore = 0 })
}

func (h *Host) hideStore() string {
	if h.away {
		return ""
	}
	h.away = true
	return h.lasting("store away from "+h.name, func() { h.away = false })
}

func (h *Host) deafen() string {
	v := h.view
	v.deaf = true
	return h.lasting("notifications lost at "+h.name, func() { v.deaf = false })
}

func (h *Host) loseReply() string {
	h.view.unknowns = 1 + h.w.rand.IntN(2)
	h.trouble()
	return "outcome of commits of " + h.name + " is unknown"
}

func (h *Host) renameHost() string {
	h.rename(fmt.Sprintf("hv%d-%d", h.index+1, h.w.step))
	return "host renamed to " + h.name
}

func (w *World) cutWatchers() string {
	if w.db.cut {
		return ""
	}
	var healthy []*Host
	for _, h := range w.hosts {
		if h.well() {
			healthy = append(healthy, h)
		}
	}
	w.db.cut = true
	w.db.mem.CutWatchers(errLost)
	w.trouble()
	lost := w.clock.Now()
	w.later("subscriptions lost", func() {
		w.db.cut = false
		w.db.mem.CutWatchers(nil)
		w.expectAfterGap(healthy, lost)
	})
	return "subscriptions lost"
}

func (w *World) restartStore() string {
	w.db.mem.Restart()
	w.db.mem.CutWatchers(nil)
	w.trouble()
	return "store restarts"
}

func (w *World) partition() string {
	a, b := w.anyHost(), w.anyHost()
	there, back := [2]netip.Addr{a.addr, b.addr}, [2]netip.Addr{b.addr, a.addr}
	if a == b || w.net.apart[there] || w.net.apart[back] {
		return ""
	}
	w.net.life++
	w.net.apart[there] = true
	what := fmt.Sprintf("no tunnel from %s to %s", a.name, b.name)
	if w.chance(50) {
		w.net.apart[back] = true
		what += " and back"
	}
	w.later(what, func() {
		delete(w.net.apart, there)
		delete(w.net.apart, back)
	})
	return what
}

func (w *World) disturbUnderlay() string {
	u := &w.net
	u.life++
	u.lossy, u.twice, u.reorder, u.slow = 0, 0, false, 0
	if w.chance(30) {
		u.lossy = w.rand.IntN(30)
	}
	if w.chance(50) {
		u.twice = w.rand.IntN(30)
	}
	if w.chance(50) {
		u.reorder = true
	}
	if w.chance(30) {
		u.slow = w.between(time.Millisecond, slowMax)
	}
	u.disturbances++
	number := u.disturbances
	w.later("underlay disturbed", func() {
		if u.disturbances == number {
			u.lossy, u.twice, u.reorder, u.slow = 0, 0, false, 0
		}
	})
	return fmt.Sprintf("underlay loses %d%%, doubles %d%%, reorders %v, takes %v more", u.lossy, u.twice, u.reorder,
		u.slow)
}
