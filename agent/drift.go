package agent

import (
	"errors"
	"fmt"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/controller/reconcile"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/ofconn"
	of "github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/ofp"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

const (
	monitorID     = 1
	updatesMax    = 1 << 18 // that wait while flows are read; then the connection is begun anew
	recentMax     = 16      // drifts that status tells
	driftLogRate  = 5       // lines a second
	auditInterval = 5 * time.Second
	auditFlows    = 1024 // about so many at a time

	monitorFlags = of13.MonitorAdd | of13.MonitorDelete | of13.MonitorModify | of13.MonitorActions
)

// drift notices what others change in our bridge, and has it put right.
//
//	switch ─ flow monitor ──► updates ─┐             ┌─ at once, or when who fights has had his pause ─► engine
//	                                   ├─► Observe ──┤
//	engine ─ audit: a slice of flows ──┘             └─ status, log
//
// The switch tells every change that is not our own, with a flow monitor; an old one that has none is audited more
// often. The audit reads all flows in slices, a few at a time, and is for what a monitor might not tell.
type drift struct {
	a         *Agent
	monitored bool
	why       string // there is no monitor
	adopting  bool   // flows are being read, updates wait in queue
	queue     []of13.FlowUpdate
	during    map[string]bool // keys of updates since an audit's question; nil while there is none
	due       bool            // an audit is
	next      uint64          // slice to audit
	audited   time.Time       // all slices were

	fights   fights
	counts   [reconcile.Unsure + 1]int64
	meters   int64 // that were not as they should be
	repaired int64
	open     map[string]bool // flows that are not repaired yet
	recent   []found
	logged   *limiter
}

func newDrift(a *Agent) *drift {
	return &drift{a: a, open: map[string]bool{}, fights: newFights(), logged: newLimiter(driftLogRate)}
}

// adopt asks for a monitor, before flows are read. What it tells until they are waits.
func (d *drift) adopt(co *coroutine.Co, x *ofconn.Session) error {
	d.adopting, d.queue, d.during = true, nil, nil
	d.monitored, d.why = true, ""
	_, err := ofconn.Ask[*of13.FlowMonitorReply](co, x, &of13.FlowMonitorRequest{Vendor: of.VendorONF,
		Subtype: of13.SubtypeFlowMonitor, Monitors: []of13.FlowMonitor{{ID: monitorID, Flags: monitorFlags,
			OutPort: of13.PortAny, Table: of13.AllTables}}})
	var refused *ofconn.Refused
	if errors.As(err, &refused) {
		d.monitored, d.why = false, err.Error()
		d.a.log.Info("the switch does not tell of changes, it is asked instead", "error", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("ask for a flow monitor: %w", err)
	}
	return nil
}

// adopted is when the flows were read and the set has them. foreign are those that are not ours.
func (d *drift) adopted(foreign []reconcile.Installed) {
	clear(d.open)
	for i := range foreign {
		f := &foreign[i]
		if _, wanted := d.a.engine.set.Wanted(f.Key); !wanted {
			d.note(d.policy(), f)
		}
	}
	d.adopting = false
	queue := d.queue
	d.queue = nil
	d.take(queue)
}

// policy is what a flow that is nobody's of us counts as.
func (d *drift) policy() reconcile.Drift {
	if d.a.cfg.OVS.KeepForeign() {
		return reconcile.Foreign
	}
	return reconcile.Planted
}

// updates takes what the switch tells.
func (d *drift) updates(x *ofconn.Session, list []of13.FlowUpdate) {
	if !d.adopting {
		d.take(list)
		return
	}
	if len(d.queue) > updatesMax {
		x.Close()
		return
	}
	d.queue = append(d.queue, list...)
}

func (d *drift) take(list []of13.FlowUpdate) {
	for i := range list {
		u := &list[i]
		if u.Event == of13.UpdateAbbrev {
			continue // our own
		}
		if pipeline.Learned(u.Table, u.Cookie, u.Instructions) {
			continue // nobody's: the switch did what one of our flows says
		}
		f := reconcile.Installed{Key: of13.FlowKey(u.Table, u.Priority, u.Match.Fields), Cookie: u.Cookie,
			Instr: u.Instructions}
		if d.during != nil {
			d.during[f.Key] = true
		}
		d.observe(f, u.Event != of13.UpdateDeleted)
	}
}

// observe takes one change.
func (d *drift) observe(f reconcile.Installed, has bool) {
	kind := d.a.engine.set.Observe(f, has)
	if kind == reconcile.Right {
		return
	}
	if !has {
		d.meterGone(f.Key)
	}
	d.note(kind, &f)
	if kind == reconcile.Foreign {
		return
	}
	d.open[f.Key] = true
	key := f.Key
	if wait := d.fights.next(key, d.a.s.Now()); wait > 0 {
		d.a.s.After(wait, func() { d.recheck(key) })
	} else if wait == 0 {
		d.recheck(key)
	}
}

// recheck has a flow put right now.
func (d *drift) recheck(key string) {
	d.fights.tried(key)
	d.a.engine.set.Recheck(key)
	d.a.engine.wake.Notify()
}

// meterGone looks after the meter of a flow that somebody deleted, who may have deleted the meter.
func (d *drift) meterGone(key string) {
	if w, ok := d.a.engine.set.Wanted(key); ok && pipeline.MeterOf(&w) != 0 {
		d.a.meters.doubt = true
	}
}

// done is told of flows that the switch has taken from us.
func (d *drift) done(key string) {
	if d.open[key] {
		delete(d.open, key)
		d.repaired++
	}
}

// note counts, tells and logs a difference.
func (d *drift) note(kind reconcile.Drift, f *reconcile.Installed) {
	d.counts[kind]++
	x := found{at: d.a.s.Now(), kind: kind, flow: *f}
	if w, ok := d.a.engine.set.Wanted(f.Key); ok {
		x.owner = w.Owner
	}
	if len(d.recent) == recentMax {
		d.recent = append(d.recent[:0], d.recent[1:]...)
	}
	d.recent = append(d.recent, x)
	if d.logged.take(0, d.a.s.Now()) {
		e := x.describe()
		d.a.log.Warn("somebody changed the switch", "what", e.What, "table", e.TableName, "priority", e.Priority, "match",
			e.Match, "owner", e.Owner, "found", e.Found)
	}
}

// found is one difference.
type found struct {
	at    time.Time
	kind  reconcile.Drift
	flow  reconcile.Installed // as it was found
	owner string
}

func (x *found) describe() status.DriftEvent {
	table, prio, match := of13.SplitFlowKey(x.flow.Key)
	e := status.DriftEvent{At: *stamp(x.at), What: x.kind.String(), Table: table, TableName: pipeline.TableName(table),
		Priority: prio, Match: ofp.FormatMatch(oxm.Match(match)), Owner: x.owner}
	if x.kind != reconcile.Gone {
		e.Cookie, e.Found = fmt.Sprintf("%#x", x.flow.Cookie), ofp.FormatInstructions(of13.Instructions(x.flow.Instr))
	}
	return e
}

// status is what became of it all.
func (d *drift) status() status.Drift {
	s := status.Drift{Monitored: d.monitored, Audited: stamp(d.audited), Deleted: d.counts[reconcile.Gone],
		Changed: d.counts[reconcile.Changed] + d.counts[reconcile.Unsure], Planted: d.counts[reconcile.Planted],
		Foreign: d.counts[reconcile.Foreign], Meters: d.meters, Repaired: d.repaired, Recent: []status.DriftEvent{}}
	for i := range d.recent {
		s.Recent = append(s.Recent, d.recent[i].describe())
	}
	return s
}
