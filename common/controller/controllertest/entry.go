package controllertest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/ofp"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// step is one thing that a flow does, the same in every version: an output, or a table to go on to.
type step struct {
	port     uint32 // an output
	table    int    // to go on to, with port 0
	userData []byte // for the controller, with port flow.PortController
}

// entry is a flow in a table.
type entry struct {
	table     uint8
	priority  uint16
	cookie    uint64
	match     oxm.Match // canonical
	raw       []byte    // instructions of 1.3, actions of 1.0
	steps     []step
	text      string
	idle      time.Duration
	hard      time.Duration
	tell      bool // when it ends
	made      time.Time
	used      time.Time
	packets   uint64
	dumpMatch any // of10.Match, as it was sent
}

// Flows are the flows, as ovs-ofctl prints them but for cookies and statistics, by table and priority.
func (sw *Switch) Flows() []string {
	sw.expire()
	slices.SortStableFunc(sw.flows, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(a.table, b.table), cmp.Compare(b.priority, a.priority),
			strings.Compare(ofp.FormatMatch(a.match), ofp.FormatMatch(b.match)))
	})
	var out []string
	for _, e := range sw.flows {
		s := fmt.Sprintf("table=%d, priority=%d", e.table, e.priority)
		if m := ofp.FormatMatch(e.match); m != "" {
			s += "," + m
		}
		if e.idle > 0 {
			s += fmt.Sprintf(",idle_timeout=%d", int(e.idle.Seconds()))
		}
		if e.hard > 0 {
			s += fmt.Sprintf(",hard_timeout=%d", int(e.hard.Seconds()))
		}
		out = append(out, s+" actions="+e.text)
	}
	return out
}

// change does a flow-mod.
func (sw *Switch) change(c of13.FlowCommand, e *entry, mask uint64, outPort uint32) {
	sw.expire()
	now := sw.r.s.Now()
	strict := c == of13.FlowModifyStrict || c == of13.FlowDeleteStrict
	selects := func(o *entry) bool {
		switch {
		case e.table != o.table && e.table != of13.AllTables, o.cookie&mask != e.cookie&mask:
			return false
		case outPort != 0 && !slices.ContainsFunc(o.steps, func(s step) bool { return s.port == outPort }):
			return false
		case strict:
			return o.priority == e.priority && string(o.match) == string(e.match)
		}
		return covers(e.match, o.match)
	}
	switch c {
	case of13.FlowAdd:
		sw.flows = slices.DeleteFunc(sw.flows, func(o *entry) bool {
			return o.table == e.table && o.priority == e.priority && string(o.match) == string(e.match)
		})
		e.made, e.used = now, now
		sw.flows = append(sw.flows, e)
	case of13.FlowModify, of13.FlowModifyStrict:
		for _, o := range sw.flows {
			if selects(o) {
				o.raw, o.steps, o.text = e.raw, e.steps, e.text
			}
		}
	default:
		sw.flows = slices.DeleteFunc(sw.flows, selects)
	}
}

// covers reports whether every packet that narrow matches is matched by wide, as far as equal fields show.
func covers(wide, narrow oxm.Match) bool {
	for w := range wide.All() {
		n, ok := narrow.Get(w.Field)
		if !ok || n.Mask != nil && w.Mask == nil || !under(n.Value, w) {
			return false
		}
	}
	return true
}

// under reports whether a value is one that a field asks for.
func under(value []byte, t oxm.TLV) bool {
	for i := range t.Value {
		mask := byte(0xff)
		if t.Mask != nil {
			mask = t.Mask[i]
		}
		if value[i]&mask != t.Value[i]&mask {
			return false
		}
	}
	return true
}

// expire ends the flows whose time has come.
func (sw *Switch) expire() {
	now := sw.r.s.Now()
	sw.flows = slices.DeleteFunc(sw.flows, func(e *entry) bool {
		idle := e.idle > 0 && now.Sub(e.used) >= e.idle
		if !idle && (e.hard == 0 || now.Sub(e.made) < e.hard) {
			return false
		}
		if e.tell {
			sw.tellRemoved(e, idle)
		}
		return true
	})
}

// pipeline takes a frame through the tables.
func (sw *Switch) pipeline(table int, inPort uint32, frame []byte) {
	sw.expire()
	fields := fieldsOf(inPort, frame)
	var best *entry
	for _, e := range sw.flows {
		if int(e.table) == table && covers(e.match, fields) && (best == nil || e.priority > best.priority) {
			best = e
		}
	}
	if best == nil {
		sw.miss(inPort, frame)
		return
	}
	best.used = sw.r.s.Now()
	best.packets++
	for _, s := range best.steps {
		switch s.port {
		case 0:
			sw.pipeline(s.table, inPort, frame)
		case flow.PortController:
			sw.packetIn(best, s, inPort, frame)
		default:
			sw.output(s.port, inPort, frame)
		}
	}
}
