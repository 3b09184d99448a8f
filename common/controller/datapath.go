package controller

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/controller/reconcile"
	"github.com/vlcp-go/vlcp/common/controller/tables"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/ofconn"
)

// datapath is one connection of one switch, from its coming up to its going down: what modules want of it, and what it
// has. A switch that connects again is another datapath, of which modules are told anew.
type datapath struct {
	c     *Controller
	id    uint64
	sess  *ofconn.Session
	enc   encoder
	ports map[uint32]Port
	ready bool // modules were told of it
	gone  bool

	bound map[*Instance]*Switch
	wants map[*Instance]*wants

	asked   asked
	set     *reconcile.Set
	wake    *coroutine.Signal
	bundle  bool // the next changes belong together
	stale   []staleFlows
	refused map[string]string // by flow key: why
	retry   *coroutine.Timer  // of them
	changes uint64            // flow-mods
	waiting []*coroutine.Future[struct{}]

	buf, vendorBuf []byte // for one message that is sent, and one that came
	scratch        struct {
		flow sentFlow
		out  packetOut
	}
}

// wants is what one module wants of the switch.
type wants struct {
	run      int  // of the module; what an earlier run wanted goes when this one is complete
	complete bool // the module has said what it wants
	byOwner  map[string]*want
}

type want struct {
	run   int
	flows []flow.Flow
	out   []reconcile.Flow // one for each of flows; without a Key where it cannot be
}

// staleFlows are the flows that a module sent to a table which it has no more.
type staleFlows struct {
	cookie uint64
	table  uint8
}

func newDatapath(c *Controller, x *ofconn.Session) *datapath {
	return &datapath{c: c, id: x.Features.DatapathID, sess: x, enc: encoderOf(x.Version), ports: map[uint32]Port{},
		bound: map[*Instance]*Switch{}, wants: map[*Instance]*wants{}, asked: newAsked(), set: reconcile.New(),
		wake: coroutine.NewSignal(c.s), refused: map[string]string{}}
}

// bind is the switch in the hands of a module.
func (dp *datapath) bind(in *Instance) *Switch {
	sw := dp.bound[in]
	if sw == nil {
		sw = &Switch{in: in, dp: dp}
		dp.bound[in] = sw
	}
	return sw
}

func (dp *datapath) wantsOf(in *Instance) *wants {
	w := dp.wants[in]
	if w == nil {
		w = &wants{byOwner: map[string]*want{}}
		dp.wants[in] = w
	}
	return w
}

// tellUp tells a module of the switch.
func (dp *datapath) tellUp(in *Instance) {
	sw := dp.bind(in)
	for _, t := range in.mod.Tables {
		if f, ok := missFlow(t); ok {
			if err := dp.want(in, missOwner+t.Name, []flow.Flow{f}); err != nil {
				in.cannotUse(dp, fmt.Errorf("table %s: %w", t.Name, err))
			}
		}
	}
	epoch := in.epoch
	in.callUp(sw)
	if !in.mod.Late && in.epoch == epoch {
		dp.complete(in)
	}
}

func (in *Instance) callUp(sw *Switch) {
	defer in.guard("OnSwitch")
	if in.onUp == nil {
		return
	}
	if err := in.onUp(sw); err != nil {
		in.cannotUse(sw.dp, err)
	}
}

func (in *Instance) cannotUse(dp *datapath, err error) {
	in.c.log.Error("module cannot use a switch", "module", in.mod.Name, "switch", dp.name(), "error", err)
}

// missOwner begins the names of the owners of miss flows.
const missOwner = "table/"

// missFlow is the flow for what no other flow of a table takes.
func missFlow(t Table) (flow.Flow, bool) {
	f := flow.Flow{Table: t.Name}
	switch t.Miss {
	case MissNext:
		f.Goto = flow.Next
	case MissController:
		f.Do = flow.Actions{}.Controller()
	case MissOwn:
		return f, false
	}
	return f, true
}

// complete removes what earlier runs of a module wanted and this one does not.
func (dp *datapath) complete(in *Instance) {
	w := dp.wantsOf(in)
	w.complete = true
	for _, owner := range slices.Sorted(maps.Keys(w.byOwner)) {
		if o := w.byOwner[owner]; o.run != w.run {
			dp.exchange(in, owner, o.out, nil)
			dp.asked.want(in, owner, nil)
			delete(w.byOwner, owner)
		}
	}
	dp.wake.Notify()
}

// nextRun says that a module was restarted.
func (dp *datapath) nextRun(in *Instance) {
	w := dp.wantsOf(in)
	w.run++
	w.complete = false
}

// forget removes what a module wanted, and what it sent.
func (dp *datapath) forget(in *Instance) {
	if w := dp.wants[in]; w != nil {
		for _, owner := range slices.Sorted(maps.Keys(w.byOwner)) {
			dp.exchange(in, owner, w.byOwner[owner].out, nil)
			dp.asked.want(in, owner, nil)
		}
	}
	dp.asked.forget(func(o *Instance, _ request) bool { return o == in })
	delete(dp.wants, in)
	delete(dp.bound, in)
	dp.stale = append(dp.stale, staleFlows{in.sentCookie(), anyTable})
	dp.wake.Notify()
}

// want makes flows what an owner wants. The error names those that cannot be; the others are wanted.
func (dp *datapath) want(in *Instance, owner string, flows []flow.Flow) error {
	w := dp.wantsOf(in)
	o := w.byOwner[owner]
	if o == nil {
		o = &want{}
	}
	before := o.out
	o.run, o.flows = w.run, slices.Clone(flows)
	var err error
	o.out, err = dp.render(in, owner, o.flows)
	dp.exchange(in, owner, before, o.out)
	if !dp.enc.tellsFlow() {
		dp.asked.want(in, owner, o.flows)
	}
	if len(flows) == 0 {
		delete(w.byOwner, owner)
	} else {
		w.byOwner[owner] = o
	}
	dp.wake.Notify()
	return err
}

// render makes flows what is sent to the switch and compared with what it has.
func (dp *datapath) render(in *Instance, owner string, flows []flow.Flow) ([]reconcile.Flow, error) {
	out := make([]reconcile.Flow, len(flows))
	var errs []error
	for i := range flows {
		f := &flows[i]
		in.setTable(f)
		key, instr, err := dp.enc.render(f, dp.c.layout)
		if err == nil && (f.IdleTimeout != 0 || f.HardTimeout != 0) {
			err = errTimeout
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("flow %d of %s: %w", i, owner, err))
			continue
		}
		out[i] = reconcile.Flow{Key: key, Instr: instr, Cookie: in.wantCookie(owner), Owner: in.mod.Name + "/" + owner}
	}
	return out, errors.Join(errs...)
}

var errTimeout = errors.New("a flow that is wanted cannot time out: send it")

// exchange tells the set what an owner wants now instead of before.
func (dp *datapath) exchange(in *Instance, owner string, before, now []reconcile.Flow) {
	name := in.mod.Name + "/" + owner
	have := map[string]reconcile.Flow{}
	for _, f := range before {
		if f.Key != "" {
			have[f.Key] = f
		}
	}
	for _, f := range now {
		if f.Key == "" {
			continue
		}
		if old, ok := have[f.Key]; !ok || old != f {
			kept := f // of the few that are others
			dp.set.Put(&kept)
		}
		delete(have, f.Key)
	}
	for key := range have {
		dp.set.Remove(key, name)
	}
}

// rearrange makes flows anew that are in, or go on to, tables that have other numbers now.
func (dp *datapath) rearrange(before tables.Layout, moved []string) {
	for in, w := range dp.wants {
		for owner, o := range w.byOwner {
			if !slices.ContainsFunc(o.flows, func(f flow.Flow) bool { return movedFlow(&f, before, dp.c.layout) }) {
				continue
			}
			out, err := dp.render(in, owner, o.flows)
			if err != nil {
				dp.c.log.Error("flows have no place any more", "module", in.mod.Name, "owner", owner, "error", err)
			}
			dp.exchange(in, owner, o.out, out)
			o.out = out
		}
	}
	for _, name := range moved {
		if in, old := dp.c.owners[name], number(before, name); in != nil {
			dp.stale = append(dp.stale, staleFlows{in.sentCookie(), old})
		}
	}
	dp.bundle = true
	dp.wake.Notify()
}

func number(l tables.Layout, name string) uint8 {
	n, _ := l.Number(name)
	return n
}

// movedFlow reports whether a flow is not what it was under another layout.
func movedFlow(f *flow.Flow, before, now tables.Layout) bool {
	if f.DoIn != nil {
		return true
	}
	t1, next1, err1 := f.Place(before)
	t2, next2, err2 := f.Place(now)
	return t1 != t2 || next1 != next2 || (err1 == nil) != (err2 == nil)
}
