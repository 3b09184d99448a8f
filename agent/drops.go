package agent

import (
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// dropsInterval is how often the switch is asked what it has dropped of guests' frames.
const dropsInterval = 5 * time.Second

// drops reads the counters that the switch makes for frames that are not the guest's own. There is one per port and
// reason, from the first such frame on, and the switch keeps it over restarts of the agent. A counter of a port that is
// gone, or is another guest's now, is removed.
type drops struct {
	a      *Agent
	counts map[pipeline.Way]map[string]uint64 // by way to the guest and reason
	guest  map[pipeline.Way]string            // interface row behind a port that has counters
}

func newDrops(a *Agent) *drops {
	return &drops{a: a, counts: map[pipeline.Way]map[string]uint64{}, guest: map[pipeline.Way]string{}}
}

func (d *drops) watch(co *coroutine.Co) error {
	for {
		if err := co.Sleep(dropsInterval); err != nil {
			return err
		}
		if err := d.ask(co); err != nil && co.Err() == nil {
			d.a.log.Debug("counters of dropped frames not read", "error", err) // the next time, or the next session
		}
	}
}

func (d *drops) ask(co *coroutine.Co) error {
	x := d.a.engine.sess
	if x == nil {
		return nil
	}
	parts, err := x.Multipart(co, &of13.FlowStatsRequest{Table: pipeline.Verdict, OutPort: of13.PortAny,
		OutGroup: of13.AnyGroup, Cookie: pipeline.Counter, CookieMask: ^uint64(0)})
	if err != nil {
		return err
	}
	counts, guest := map[pipeline.Way]map[string]uint64{}, map[pipeline.Way]string{}
	var stale [][]byte
	for _, p := range parts {
		r, ok := p.(*of13.FlowStatsReply)
		if !ok {
			continue
		}
		for i := range r.Flows {
			n, vlan, why := counterOf(r.Flows[i].Match.Fields)
			port := pipeline.WayTo(n, vlan, false)
			l, here := d.a.view.Local(d.a.view.PortBehind(n, vlan))
			if was, known := d.guest[port]; !here || known && was != l.UUID {
				stale = append(stale, forgetCounter(&r.Flows[i]))
				continue
			}
			if counts[port] == nil {
				counts[port] = map[string]uint64{}
			}
			counts[port][why.String()] = r.Flows[i].Packets + 1 // with the one that made it
			guest[port] = l.UUID
		}
	}
	d.counts, d.guest = counts, guest
	if len(stale) > 0 {
		_, err = x.Batch(co, stale)
	}
	return err
}

// counterOf is the port, with the VLAN of a sub-port, and the reason of a counter.
func counterOf(m oxm.Match) (port uint32, vlan uint16, why pipeline.Reason) {
	port, vlan = pipeline.Sender(m)
	r, _ := m.GetUint(oxm.Reg(pipeline.RegVerdict))
	return port, vlan, pipeline.Reason(r)
}

func forgetCounter(f *of13.FlowStats) []byte {
	return of13.AppendFlow(nil, 0, &of13.FlowSend{Command: of13.FlowDeleteStrict,
		Key: of13.FlowKey(f.Table, f.Priority, f.Match.Fields)})
}

// counterOwner is the object that a counter is for, "" when it is nobody's any more.
func (a *Agent) counterOwner(m oxm.Match) string {
	n, vlan, _ := counterOf(m)
	if name := a.view.PortBehind(n, vlan); name != "" {
		return "port/" + name
	}
	return ""
}
