package agent

import (
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/common/model"
)

// A port that migrates to here is on standby until its guest speaks: it has its flows, and the host that has it goes on
// having it, also while that one's agent is silent, since its guest may run all the same.
//
//	attach ─► flows ─ barrier ─► binder: somebody has it ─► standby ─ first frame of the guest ─► flows ─► binder: ours
//	                                                           └─ the other withdraws it ─┘

// arrived is told that the guest of a port speaks here.
func (a *Agent) arrived(port string) {
	if def, _ := a.view.Port(port); def.Parent != "" {
		port = def.Parent // they come together
	}
	if !a.view.Standby(port) {
		return
	}
	b, _ := a.view.Binding(port)
	a.log.Info("guest speaks, its port is here now", "port", port, "from", a.nameOf(b.Host))
	a.view.Arrive(port)
	a.engine.wake.Notify()
}

// giveWay has a port of ours wait until its guest speaks: another host has it by a store that lost what we had written,
// or that we did not write to. Which of the two was later, nobody can say any more; the one whose guest runs, has it.
func (b *binder) giveWay(port string) {
	def, _ := b.a.view.Port(port)
	l, here := b.a.view.Local(port)
	if !here || def.Parent != "" { // which goes by its parent's
		return
	}
	delete(b.mine, port)
	l.Claim = ""
	b.a.view.SetLocal(port, &l)
	b.a.ports.stamp(l.UUID, l.Claim)
}

// standby notes whether a port waits here.
func (b *binder) standby(port string, yes bool) {
	if b.standing[port] == yes {
		return
	}
	if yes {
		b.standing[port] = true
		b.a.log.Info("port is ready here, another host has it until its guest speaks", "port", port)
	} else {
		delete(b.standing, port)
	}
	b.a.beater.wake.Notify()
}

// standbyPorts is what the heartbeat says of them.
func (b *binder) standbyPorts() []string {
	all := slices.Sorted(maps.Keys(b.standing))
	return all[:min(len(all), model.StandbyMax)]
}

// standbyProblems says what ports miss that the heartbeat has no room for: nothing but that others know of them.
func (a *Agent) standbyProblems(add addProblem) {
	if n := len(a.binder.standing); n > model.StandbyMax {
		add("standby_not_told", a.cfg.Host, "%d ports wait here for their guests and %d of them can be told to others, by "+
			"name: the rest work here as soon as their guests speak, but `vlcp-coordinator port migrate --wait` and port list "+
			"do not know that they are ready; migrate fewer at once", n, model.StandbyMax)
	}
}
