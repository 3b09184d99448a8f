package agent

import (
	"fmt"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// pulseInterval is how often a supervisor hears of the agent.
const pulseInterval = time.Second

// Progress is what a supervisor hears: that the scheduler has turns, and what the agent is doing.
type Progress struct {
	// Ready is true from the moment when the switch has acknowledged the first complete set of flows.
	Ready bool
	Text  string // one line for people
}

// supervise tells the supervisor how things are, from the scheduler itself: when that hangs, nothing is told.
func (a *Agent) supervise(co *coroutine.Co) error {
	for {
		a.tellSupervisor()
		if err := co.Sleep(pulseInterval); err != nil {
			return err
		}
	}
}

func (a *Agent) tellSupervisor() {
	if a.env.Supervisor != nil {
		a.env.Supervisor(Progress{Ready: a.isReady, Text: a.progress()})
	}
}

// progress says in one line what the agent waits for, or how much it has. It costs the same however much that is.
func (a *Agent) progress() string {
	f := a.follower
	switch {
	case !a.ports.connected:
		return "waiting for the database of Open vSwitch: " + a.ports.why
	case a.ports.setupError != "":
		return "bridge " + a.cfg.OVS.Bridge + " cannot be set up: " + a.ports.setupError
	case a.engine.sess == nil:
		return "waiting for bridge " + a.cfg.OVS.Bridge + ": " + a.of.why
	case !f.complete && f.state == storeAway:
		return "waiting for the store: " + f.why
	case !f.complete:
		return "reading the store"
	case !a.isReady:
		return "programming the switch"
	}
	text := fmt.Sprintf("%d ports, %d flows, revision %d", a.view.LocalCount(), a.engine.set.Counts().Installed,
		a.engine.applied)
	switch {
	case f.state == storeHold:
		text += "; the store has changed: " + f.why
	case f.state != storeCurrent:
		text += "; without the store"
	case len(a.engine.refused) > 0:
		text += fmt.Sprintf("; the switch refuses %d flows", len(a.engine.refused))
	}
	return text
}
