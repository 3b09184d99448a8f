package controller

import (
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/controller/reconcile"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// encoder13 speaks OpenFlow 1.3. Its messages are used again and again.
type encoder13 struct {
	mod of13.FlowMod
	out of13.PacketOut
}

func (*encoder13) tellsFlow() bool { return true }

func (*encoder13) version() openflow.Version { return openflow.Version13 }

func (*encoder13) render(f *flow.Flow, ts flow.Tables) (key, instr string, err error) {
	table, next, err := f.Place(ts)
	if err != nil {
		return "", "", err
	}
	return of13.FlowKey(table, f.Priority, f.Match.OXM()), string(f.AppendInstructions(nil, ts, next)), nil
}

func (*encoder13) appendOp(b []byte, op reconcile.Op) []byte {
	f := of13.FlowSend{Key: op.Flow.Key, Instructions: op.Flow.Instr, Cookie: op.Flow.Cookie,
		Command: of13.FlowCommand(command(op.Kind))}
	if op.Kind == reconcile.Delete {
		f.Instructions, f.Cookie = "", 0
	}
	return of13.AppendFlow(b, 0, &f)
}

func (e *encoder13) appendFlow(b []byte, f *sentFlow) ([]byte, error) {
	table, next, err := f.Place(f.tables)
	if err != nil {
		return b, err
	}
	e.mod = of13.FlowMod{Cookie: f.cookie, Table: table, Command: of13.FlowAdd, IdleTimeout: f.IdleTimeout,
		HardTimeout: f.HardTimeout, Priority: f.Priority, BufferID: f.buffer, OutPort: of13.PortAny,
		OutGroup: of13.AnyGroup, Match: of13.Match{Fields: f.Match.OXM()},
		Instructions: f.AppendInstructions(e.mod.Instructions[:0], f.tables, next)}
	if f.TellRemoved {
		e.mod.Flags = of13.FlowSendRemoved
	}
	return of13.Append(b, &e.mod)
}

func (e *encoder13) appendDelete(b []byte, f *sentFlow, port uint32) ([]byte, error) {
	table, _, err := f.Place(f.tables)
	if err != nil {
		return b, err
	}
	return of13.Append(b, deletion13(table, f.cookie, f.Match, port))
}

// deletion13 deletes flows with a cookie, from a table or from anyTable.
func deletion13(table uint8, cookie uint64, m flow.Match, port uint32) *of13.FlowMod {
	if port == 0 {
		port = of13.PortAny
	}
	return &of13.FlowMod{Cookie: cookie, CookieMask: of13.CookieExact, Table: table, Command: of13.FlowDelete,
		BufferID: noBuffer, OutPort: port, OutGroup: of13.AnyGroup, Match: of13.Match{Fields: m.OXM()}}
}

func (e *encoder13) appendPacketOut(b []byte, p *packetOut) ([]byte, error) {
	e.out = of13.PacketOut{BufferID: p.buffer, InPort: p.inPort, Actions: p.do.OpenFlow(), Data: p.frame}
	return of13.Append(b, &e.out)
}

// setup: the bridge's management socket sends packets only to those who set a miss_send_len. Switches that are not Open
// vSwitch refuse the format, and go on as they were.
func (e *encoder13) setup(_ *coroutine.Co, x *ofconn.Session) (encoder, error) {
	return e, errors.Join(x.Send(&of13.SetConfig{Flags: of13.FragNormal, MissSendLen: of13.MaxLenAll}),
		x.Send(&nicira.SetPacketInFormat{Header: nicira.Header{Version: openflow.Version13},
			Format: nicira.PacketInNXM2}))
}

func (*encoder13) ports(co *coroutine.Co, x *ofconn.Session) ([]Port, error) {
	parts, err := ofconn.Gather[*of13.PortDescReply](co, x, &of13.PortDescRequest{})
	if err != nil {
		return nil, fmt.Errorf("ask for ports: %w", err)
	}
	var out []Port
	for _, p := range parts {
		for i := range p.Ports {
			out = append(out, port13(&p.Ports[i]))
		}
	}
	return out, nil
}

func port13(p *of13.Port) Port {
	return Port{Number: p.Number, Name: text(p.Name[:]), MAC: p.HWAddr,
		Up: p.Config&of13.PortDown == 0 && p.State&of13.PortLinkDown == 0}
}

func (*encoder13) installed(co *coroutine.Co, x *ofconn.Session) ([]reconcile.Installed, error) {
	parts, err := ofconn.Gather[*of13.FlowStatsReply](co, x, &of13.FlowStatsRequest{Table: of13.AllTables,
		OutPort: of13.PortAny, OutGroup: of13.AnyGroup})
	if err != nil {
		return nil, err
	}
	var out []reconcile.Installed
	for _, p := range parts {
		for i := range p.Flows {
			f := &p.Flows[i]
			out = append(out, reconcile.Installed{Key: of13.FlowKey(f.Table, f.Priority, f.Match.Fields),
				Cookie: f.Cookie, Instr: f.Instructions})
		}
	}
	return out, nil
}

func (*encoder13) deleteSent(co *coroutine.Co, x *ofconn.Session, s staleFlows) error {
	errs, err := x.Batch(co, [][]byte{of13.Encode(deletion13(s.table, s.cookie, flow.Match{}, 0))})
	return errors.Join(append(errs, err)...)
}
