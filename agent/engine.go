package agent

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/common/controller/reconcile"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// refusedRetry is how long flows that the switch refused wait before they are sent again.
const refusedRetry = 2 * time.Second

const flushMax = 1000 // rules in one step: a few milliseconds

// engine turns changed inputs into flow-mods: it flushes the rules, sends the difference, and tells binder and beater
// when the switch has acknowledged all of it.
type engine struct {
	a        *Agent
	wake     *coroutine.Signal
	set      *reconcile.Set
	sess     *ofconn.Session
	touched  map[string]bool    // ports whose flows are not acknowledged yet
	computed int64              // store revision that the rules were brought up to date with
	applied  int64              // store revision whose flows are in the switch
	refused  map[string]refusal // by flow key
	retry    *coroutine.Timer   // of them
	sent     int64              // flow-mods, since start
	settled  bool               // the switch had everything once in this session
	sources  map[uint64]uint32  // owner → OpenFlow port, by the flows for what comes in there, as they were found
	bundles  int                // layouts that were changed in one step
	plain    time.Time          // until then nothing is sent in bundles, which the switch has refused
}

// refusal is a flow that the switch did not take.
type refusal struct {
	owner string
	err   error
}

func (r refusal) String() string { return fmt.Sprintf("%s: %v", r.owner, r.err) }

func newEngine(a *Agent) *engine {
	return &engine{a: a, wake: coroutine.NewSignal(a.s), set: reconcile.New(), touched: map[string]bool{},
		refused: map[string]refusal{}}
}

// adopt reads the flows of a switch, as they come: there may be so many that reading them first would be most of the
// memory that the agent ever needs. It returns those that are not ours.
func (e *engine) adopt(co *coroutine.Co, x *ofconn.Session) (foreign []reconcile.Installed, err error) {
	ours := func(uint64) bool { return true }
	if e.a.cfg.OVS.KeepForeign() {
		ours = pipeline.Ours
	}
	e.set.BeginInstalled(ours)
	e.a.demand.adopting()
	e.sources = map[uint64]uint32{}
	var key []byte
	err = eachFlow(co, x, &of13.FlowStatsRequest{}, func(f *of13.FlowStats) {
		if pipeline.Learned(f.Table, f.Cookie, f.Instructions) {
			return // the switch has made it itself
		}
		key = of13.AppendFlowKey(key[:0], f.Table, f.Priority, f.Match.Fields)
		e.set.Found(key, f.Cookie, f.Instructions)
		e.a.demand.look(f)
		if n, is := pipeline.LocalSource(f.Table, f.Cookie, f.Match.Fields); is {
			e.sources[pipeline.OwnerBits(f.Cookie)] = n
		}
		if !pipeline.Ours(f.Cookie) {
			foreign = append(foreign, reconcile.Installed{Key: string(key), Cookie: f.Cookie, Instr: f.Instructions})
		}
	})
	return foreign, err
}

// connected takes a session whose flows were read.
func (e *engine) connected(x *ofconn.Session, foreign []reconcile.Installed) {
	e.sess, e.plain = x, time.Time{}
	e.set.EndInstalled()
	e.a.demand.adopted()
	e.a.drift.adopted(foreign)
	e.wake.Notify()
}

func (e *engine) disconnected() {
	e.sess, e.settled = nil, false
	e.set.Disconnected()
}

// sink takes the output of the rules.
func (e *engine) sink(_ string, changed, removed []*pipeline.Flow) {
	for _, f := range removed {
		e.set.Remove(f.Key, f.Owner)
	}
	for _, f := range changed {
		e.set.Put(f)
	}
}

func (e *engine) run(co *coroutine.Co) error {
	for {
		if err := e.wake.Wait(co); err != nil {
			return err
		}
		if err := e.step(co); err != nil {
			return err
		}
	}
}

// step makes the switch equal to the inputs of now. What changes while it
// waits for the switch has notified wake again.
func (e *engine) step(co *coroutine.Co) error {
	if ok, err := e.prepare(co); !ok {
		return err
	}
	rev := e.computed
	ops := e.plan()
	clear(e.refused)
	if meters := e.a.meters.mods(); len(ops)+len(meters) > 0 {
		if err := e.push(co, ops, meters); err != nil {
			return e.lost(co, err)
		}
	}
	if len(e.refused) > 0 {
		e.retryLater()
	}
	e.acknowledged(rev)
	if !e.a.follower.polled {
		return nil // flows that were left may need a meter that nobody has asked for
	}
	if err := e.a.meters.remove(co, e.sess); err != nil {
		return e.lost(co, err)
	}
	return nil
}

// plan is what to send, with everything that was refused and is still wanted. As long as the store has told nothing in
// this life, flows that nobody asked for are left: the journal may not know of what they are for. But a network takes
// what comes from outside by one uplink only, or everything came twice: by the one that the journal says. And the flows
// of ports that have left are not left, see departed.
func (e *engine) plan() []reconcile.Op {
	if e.a.follower.polled {
		return e.set.Plan()
	}
	fed := map[uint64]bool{} // networks that have an uplink by the journal
	e.set.EachWanted(func(f reconcile.Flow) {
		if pipeline.FromUplink(f.Cookie) {
			fed[f.Cookie] = true
		}
	})
	gone := e.a.departed()
	return e.set.PlanKnown(func(c uint64) bool { return pipeline.Ours(c) && !fed[c] && !gone(c) })
}

// prepare brings the rules up to date, what is known of the switch, and the journal. It reports whether there is a
// switch to send them to.
func (e *engine) prepare(co *coroutine.Co) (bool, error) {
	if !e.a.follower.begun {
		return false, nil
	}
	for {
		for _, port := range e.a.view.TakeTouched() {
			e.touched[port] = true
		}
		if e.a.view.Graph.FlushSome(flushMax) { // guests wait for DHCP, and the switch for echoes
			if err := co.Yield(); err != nil {
				return false, err
			}
			continue
		}
		if e.sess == nil || !e.a.follower.complete || e.blind() {
			return false, nil
		}
		waited, err := e.a.drift.audit(co, e.sess)
		if err != nil {
			return false, e.lost(co, err)
		}
		checked, err := e.a.meters.check(co, e.sess)
		if err != nil {
			return false, e.lost(co, err)
		}
		if !waited && !checked {
			return e.journaled(co)
		}
	}
}

// journaled waits until the journal has what the rules were brought up to date with. It reports whether the session is
// the same then: what changes meanwhile is for the next step.
func (e *engine) journaled(co *coroutine.Co) (bool, error) {
	x := e.sess
	e.computed = e.a.follower.rev
	err := e.a.keeper.ahead(co, e.a.keeper.noted)
	return err == nil && e.sess == x, err
}

// blind reports whether the switch is empty, so that it was started again, and OVSDB, without which it does not start,
// has not said since which OpenFlow ports there are: by those of before, frames would go to others.
func (e *engine) blind() bool {
	return !e.a.ports.connected && !e.settled && e.set.Counts().Installed == 0
}

// lost is for a switch that did not answer. The next session starts with a dump: in this one nothing can be known of
// what was sent, nor acknowledged, also before those who have the session are told that it has ended.
func (e *engine) lost(co *coroutine.Co, err error) error {
	if errors.Is(err, ofconn.ErrDown) {
		e.disconnected()
	}
	if co.Err() != nil {
		return co.Err()
	}
	e.a.log.Warn("switch lost while programming flows", "error", err)
	return nil
}

// acknowledged: everything up to rev is in the switch, but for what it refused. A refused flow holds back the ports
// that it is for; the others go on.
func (e *engine) acknowledged(rev int64) {
	done := slices.DeleteFunc(slices.Sorted(maps.Keys(e.touched)), e.heldBack)
	for _, port := range done {
		delete(e.touched, port)
	}
	e.a.binder.add(done)
	e.a.announcer.acknowledged()
	if len(e.refused) > 0 {
		return
	}
	if !e.settled {
		e.settled = true
		e.a.restoreWait.wake.Notify()
	}
	if e.applied != rev {
		e.applied = rev
		e.a.beater.wake.Notify()
	}
	e.a.markReady()
}

// pending reports whether something about a port changed that the switch has not acknowledged: there will be another
// acknowledgement.
func (e *engine) pending(port string) bool { return e.touched[port] || e.a.view.Touched(port) }

// heldBack reports whether a flow of a port, or of its network, was refused.
func (e *engine) heldBack(port string) bool {
	def, _ := e.a.view.Port(port)
	for _, r := range e.refused {
		if r.owner == "port/"+port || r.owner == "network/"+def.Network || r.owner == "subnet/"+def.Subnet {
			return true
		}
	}
	return false
}

// retryLater has refused flows tried again after a while. There is one such time: every step tries them, whatever it is
// for.
func (e *engine) retryLater() {
	if e.retry == nil {
		e.retry = e.a.s.After(refusedRetry, e.wake.Notify)
		return
	}
	e.retry.Reset(refusedRetry)
}
