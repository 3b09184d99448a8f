package dc

import (
	"errors"
	"fmt"
	"time"
)

var errLost = errors.New("subscription lost by the simulator")

// disturb makes one thing fail, for a while.
func (w *World) disturb() {
	h := w.hosts[w.rand.IntN(len(w.hosts))]
	faults := []func(h *Host) string{w.killAgent, w.rebootHost, w.cutHost, w.hideStore, w.deafen, w.loseReply,
		w.restartSwitch, w.meddle, w.meddle, w.cutWatchers, w.restartStore, w.partition, w.disturbUnderlay}
	if what := faults[w.rand.IntN(len(faults))](h); what != "" {
		w.stats.Faults++
		w.log("fault: %s", what)
	}
}

// later ends a fault after a while, also when everything is calm before that.
func (w *World) later(what string, undo func()) {
	w.after(w.between(time.Second, 40*time.Second), func() {
		undo()
		w.log("over: %s", what)
	})
}

func (w *World) killAgent(h *Host) string {
	if h.agent == nil {
		return ""
	}
	how := "killed"
	if w.chance(30) {
		how = "stopped"
		h.agent.Save()
	} else if w.chance(30) {
		h.files.tear(w.rand.IntN(200))
	}
	h.kill()
	w.stats.Kills++
	w.later("agent of "+h.name+" is dead", func() {
		if err := h.boot(); err != nil {
			w.fail("agent of %s does not start: %v", h.name, err)
		}
	})
	return "agent of " + h.name + " is " + how
}

// rebootHost takes everything a host has in memory. What is on its disk stays.
func (w *World) rebootHost(h *Host) string {
	if h.agent == nil || !h.ofUp {
		return ""
	}
	w.restartSwitch(h)
	w.killAgent(h)
	return h.name + " reboots"
}

func (w *World) cutHost(h *Host) string {
	h.cut()
	return "connections of " + h.name + " are cut"
}

func (w *World) hideStore(h *Host) string {
	h.away = true
	w.later("store away from "+h.name, func() { h.away = false })
	return "store away from " + h.name
}

func (w *World) deafen(h *Host) string {
	v := h.view
	v.deaf = true
	w.later("notifications lost at "+h.name, func() { v.deaf = false })
	return "notifications lost at " + h.name
}

func (w *World) loseReply(h *Host) string {
	h.view.unknowns = 1 + w.rand.IntN(2)
	return "replies to commits of " + h.name + " are lost"
}

// restartSwitch empties the switch, as a restart of ovs-vswitchd does.
func (w *World) restartSwitch(h *Host) string {
	if !h.ofUp {
		return ""
	}
	h.ofUp = false
	h.cut()
	h.sw.Clear()
	w.after(w.between(100*time.Millisecond, 3*time.Second), func() { h.ofUp = true })
	return "switch of " + h.name + " restarts"
}

func (w *World) cutWatchers(*Host) string {
	w.mem.CutWatchers(errLost)
	w.later("subscriptions lost", func() { w.mem.CutWatchers(nil) })
	return "subscriptions lost"
}

func (w *World) restartStore(*Host) string {
	w.mem.Restart()
	w.mem.CutWatchers(nil)
	return "store restarts"
}

func (w *World) partition(h *Host) string {
	other := w.hosts[w.rand.IntN(len(w.hosts))]
	k := pair(h.addr, other.addr)
	if other == h || w.net.apart[k] {
		return ""
	}
	w.net.apart[k] = true
	what := fmt.Sprintf("no tunnel between %s and %s", h.name, other.name)
	w.later(what, func() { delete(w.net.apart, k) })
	return what
}

func (w *World) disturbUnderlay(*Host) string {
	w.net.lossy, w.net.reorder = w.rand.IntN(30), w.chance(50)
	w.later("underlay disturbed", func() { w.net.lossy, w.net.reorder = 0, false })
	return fmt.Sprintf("underlay loses %d%%, reorders %v", w.net.lossy, w.net.reorder)
}
