package vswitch

import (
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// monitor is a flow monitor of a controller (ONF extension 187).
type monitor struct {
	of13.FlowMonitor
	fields oxm.Flow
}

// monitorRequest begins monitors. The reply has the flows that are there, of those that ask for them.
func (c *Control) monitorRequest(m *of13.FlowMonitorRequest) error {
	r := newMonitorReply()
	for _, d := range m.Monitors {
		fields, err := take(d.Match.Fields)
		if err != nil {
			return refuse(of13.ErrBadMatch, 0, err.Error())
		}
		mon := &monitor{d, fields}
		c.monitors = append(c.monitors, mon)
		for _, f := range c.s.Flows() {
			if mon.Flags&of13.MonitorInitial != 0 && mon.watches(f) {
				r.Updates = append(r.Updates, f.update(of13.UpdateAdded, 0, mon.Flags))
			}
		}
	}
	c.reply(r)
	return nil
}

func newMonitorReply() *of13.FlowMonitorReply {
	return &of13.FlowMonitorReply{Vendor: openflow.VendorONF, Subtype: of13.SubtypeFlowMonitor}
}

func (m *monitor) watches(f *Flow) bool {
	return (m.Table == of13.AllTables || m.Table == f.Table) && (m.OutPort == of13.PortAny || f.outputs(m.OutPort)) &&
		f.covers(&m.fields)
}

func (f *Flow) update(e of13.UpdateEvent, why of13.FlowRemovedReason, flags of13.MonitorFlags) of13.FlowUpdate {
	u := of13.FlowUpdate{Event: e, Reason: uint16(why), Priority: f.Priority, IdleTimeout: f.IdleTimeout,
		HardTimeout: f.HardTimeout, Table: f.Table, Cookie: f.Cookie, Match: of13.Match{Fields: f.Match}}
	if flags&of13.MonitorActions != 0 {
		u.Instructions = f.Instructions
	}
	return u
}

// changed tells everybody who asked that a flow is not as it was. Who did it hears of the message that did.
func (s *Switch) changed(f *Flow, e of13.UpdateEvent, why of13.FlowRemovedReason) {
	asks := map[of13.UpdateEvent]of13.MonitorFlags{of13.UpdateAdded: of13.MonitorAdd,
		of13.UpdateDeleted: of13.MonitorDelete, of13.UpdateModified: of13.MonitorModify}[e]
	for _, c := range s.controls {
		for _, m := range c.monitors {
			if m.Flags&asks == 0 || !m.watches(f) {
				continue
			}
			r := newMonitorReply()
			if c == s.by && m.Flags&of13.MonitorOwn == 0 {
				r.Updates = []of13.FlowUpdate{{Event: of13.UpdateAbbrev, Xid: s.byXid}}
			} else {
				r.Updates = []of13.FlowUpdate{f.update(e, why, m.Flags)}
			}
			c.send(of13.Encode(r))
			break
		}
	}
}
