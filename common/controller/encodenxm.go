package controller

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/controller/reconcile"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// encoderNXM speaks OpenFlow 1.0 with the flow-mods of Nicira, which Open vSwitch has: their matches are those of 1.3,
// and they delete by cookie. The keys of flows are those of 1.3 too.
type encoderNXM struct {
	*encoder10
	w oxm.Flow // to bring a match into the order and the fields that Open vSwitch has
}

// cookieField is NXM_NX_COOKIE as a field of a match (nicira-ext.h of Open vSwitch).
const cookieField = 1<<16 | 30<<9 | 8

// match is a match in the form of 1.3 that the switch would tell, or in Nicira's form to be sent.
func (e *encoderNXM) match(m oxm.Match, nxm bool) (oxm.Match, error) {
	e.w = oxm.Flow{}
	for t := range m.All() {
		if err := e.w.Set(t); err != nil {
			return nil, fmt.Errorf("match %s: %w", t.Field.Name(), err)
		}
	}
	if nxm {
		return e.w.AppendNXM(nil), nil
	}
	return e.w.AppendMatch(nil), nil
}

// checked is the match of a flow, if the switch can have it.
func (e *encoderNXM) checked(m flow.Match, nxm bool) (oxm.Match, error) {
	if err := m.OXM().Check(); err != nil { // what lacks something would be left out, and the flow would match more
		return nil, fmt.Errorf("match: %w", err)
	}
	if in, ok := m.OXM().GetUint(oxm.InPort); ok {
		if _, err := flow.Port10(uint32(in)); err != nil {
			return nil, fmt.Errorf("match in_port: %w", err)
		}
	}
	return e.match(m.OXM(), nxm)
}

func (e *encoderNXM) render(f *flow.Flow, ts flow.Tables) (key, instr string, err error) {
	table, next, err := f.Place(ts)
	if err != nil {
		return "", "", err
	}
	m, err := e.checked(f.Match, false)
	if err != nil {
		return "", "", err
	}
	a, err := f.Append10(nil, ts, next)
	return of13.FlowKey(table, f.Priority, m), string(a), err
}

// message begins a flow-mod.
func (*encoderNXM) message(table, command uint8) *nicira.FlowMod {
	return &nicira.FlowMod{Header: nicira.Header{Version: openflow.Version10}, Table: table,
		Command: nicira.FlowCommand(command), BufferID: noBuffer, OutPort: of10.PortNone}
}

func (e *encoderNXM) appendOp(b []byte, op reconcile.Op) []byte {
	table, priority, fields := of13.SplitFlowKey(op.Flow.Key)
	m := e.message(table, command(op.Kind))
	m.Priority, m.Cookie = priority, op.Flow.Cookie
	if op.Kind != reconcile.Delete {
		m.Actions = nicira.Actions(op.Flow.Instr)
	}
	var err error
	if m.Match, err = e.match(oxm.Match(fields), true); err != nil {
		m.Match = oxm.Match(fields) // as the switch told it, see installed
	}
	if b, err = nicira.Append(b, m); err != nil { // it is bounded by what was rendered
		panic(err)
	}
	return b
}

func (e *encoderNXM) appendFlow(b []byte, f *sentFlow) ([]byte, error) {
	table, next, err := f.Place(f.tables)
	if err != nil {
		return b, err
	}
	m := e.message(table, uint8(nicira.FlowAdd))
	if m.Match, err = e.checked(f.Match, true); err != nil {
		return b, err
	}
	a, err := f.Append10(nil, f.tables, next)
	if err != nil {
		return b, err
	}
	m.Cookie, m.Priority, m.BufferID, m.Actions = f.cookie, f.Priority, f.buffer, nicira.Actions(a)
	m.IdleTimeout, m.HardTimeout = f.IdleTimeout, f.HardTimeout
	if f.TellRemoved {
		m.Flags = nicira.FlowSendFlowRem
	}
	return nicira.Append(b, m)
}

func (e *encoderNXM) appendDelete(b []byte, f *sentFlow, port uint32) ([]byte, error) {
	table, _, err := f.Place(f.tables)
	if err != nil {
		return b, err
	}
	m := e.message(table, uint8(nicira.FlowDelete))
	if port != 0 {
		if m.OutPort, err = flow.Port10(port); err != nil {
			return b, err
		}
	}
	fields, err := e.checked(f.Match, true)
	if err != nil {
		return b, err
	}
	m.Match = withCookie(fields, f.cookie)
	return nicira.Append(b, m)
}

// withCookie adds a cookie that flows must have.
func withCookie(m oxm.Match, cookie uint64) oxm.Match {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(m, cookieField), cookie)
}

func (e *encoderNXM) installed(co *coroutine.Co, x *ofconn.Session) ([]reconcile.Installed, error) {
	parts, err := x.Multipart(co, &nicira.FlowStatsRequest{OutPort: of10.PortNone, Table: anyTable})
	if err != nil {
		return nil, err
	}
	var out []reconcile.Installed
	for _, p := range parts {
		m, err := nicira.From(p)
		r, ok := m.(*nicira.FlowStatsReply)
		if err != nil || !ok {
			return nil, errors.Join(fmt.Errorf("asked for flows, got %T: %w", m, ofconn.ErrProtocol), err)
		}
		for i := range r.Flows {
			f := &r.Flows[i]
			match, err := e.match(f.Match, false)
			if err != nil { // somebody else's, of a field that is newer than this program
				match = f.Match
			}
			out = append(out, reconcile.Installed{Key: of13.FlowKey(f.Table, f.Priority, match), Cookie: f.Cookie,
				Instr: f.Actions})
		}
	}
	return out, nil
}

func (e *encoderNXM) deleteSent(co *coroutine.Co, x *ofconn.Session, s staleFlows) error {
	m := e.message(s.table, uint8(nicira.FlowDelete))
	m.Match = withCookie(nil, s.cookie)
	errs, err := x.Batch(co, [][]byte{nicira.Encode(m)})
	return errors.Join(append(errs, err)...)
}
