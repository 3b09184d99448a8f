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
	"github.com/vlcp-go/vlcp/common/wire"
)

// encoder10 speaks OpenFlow 1.0. Its messages are used again and again.
type encoder10 struct {
	// tables says that the switch has more than one: Open vSwitch, where the upper byte of a command is the table.
	tables bool
	// flows says that packets come in Nicira's form.
	flows bool
	mod   of10.FlowMod
	out   of10.PacketOut
}

func (e *encoder10) tellsFlow() bool { return e.flows }

func (*encoder10) version() openflow.Version { return openflow.Version10 }

// key10Len is the length of a key: table, priority and match.
const key10Len = 3 + 40

// key10 is what tells a flow from others, as of13.FlowKey: with the match as 1.0 has it, and one way to say that no bit
// of an address counts.
func key10(table uint8, priority uint16, m of10.Match) (string, error) {
	for _, shift := range []int{8, 14} {
		if m.Wildcards>>shift&0x3f >= 32 {
			m.Wildcards = m.Wildcards&^(0x3f<<shift) | 32<<shift
		}
	}
	b := binary.BigEndian.AppendUint16([]byte{table}, priority)
	b, err := m.AppendWire(b)
	return string(b), err
}

func (e *encoder10) render(f *flow.Flow, ts flow.Tables) (key, instr string, err error) {
	table, next, err := e.place(f, ts)
	if err != nil {
		return "", "", err
	}
	m, err := f.Match.Match10()
	if err != nil {
		return "", "", err
	}
	a, err := f.Append10(nil, ts, next)
	if err != nil {
		return "", "", err
	}
	key, err = key10(table, f.Priority, m)
	return key, string(a), err
}

// place is Flow.Place, for a switch that perhaps has one table.
func (e *encoder10) place(f *flow.Flow, ts flow.Tables) (table uint8, next int, err error) {
	table, next, err = f.Place(ts)
	if err == nil && !e.tables && (table != 0 || next >= 0) {
		err = fmt.Errorf("more than one table: %w", flow.ErrVersion)
	}
	return table, next, err
}

func (e *encoder10) command(table uint8, c uint8) of10.FlowCommand {
	if e.tables {
		return of10.FlowCommand(table)<<8 | of10.FlowCommand(c)
	}
	return of10.FlowCommand(c)
}

func (e *encoder10) appendOp(b []byte, op reconcile.Op) []byte {
	e.mod = of10.FlowMod{Cookie: op.Flow.Cookie, Command: e.command(op.Flow.Table(), command(op.Kind)),
		Priority: binary.BigEndian.Uint16([]byte(op.Flow.Key[1:3])), BufferID: noBuffer, OutPort: of10.PortNone}
	r := wire.NewReader([]byte(op.Flow.Key[3:key10Len]))
	e.mod.Match.DecodeWire(r)
	if op.Kind != reconcile.Delete {
		e.mod.Actions = of10.Actions(op.Flow.Instr)
	}
	b, err := of10.Append(b, &e.mod)
	if err != nil { // it is bounded by what was rendered
		panic(err)
	}
	return b
}

func (e *encoder10) appendFlow(b []byte, f *sentFlow) ([]byte, error) {
	table, next, err := e.place(&f.Flow, f.tables)
	if err != nil {
		return b, err
	}
	m, err := f.Match.Match10()
	if err != nil {
		return b, err
	}
	a, err := f.Append10(e.mod.Actions[:0], f.tables, next)
	if err != nil {
		return b, err
	}
	e.mod = of10.FlowMod{Match: m, Cookie: f.cookie, Command: e.command(table, uint8(of10.FlowAdd)),
		IdleTimeout: f.IdleTimeout, HardTimeout: f.HardTimeout, Priority: f.Priority, BufferID: f.buffer,
		OutPort: of10.PortNone, Actions: a}
	if f.TellRemoved {
		e.mod.Flags = of10.FlowSendRemoved
	}
	return of10.Append(b, &e.mod)
}

func (e *encoder10) appendDelete(b []byte, f *sentFlow, port uint32) ([]byte, error) {
	table, _, err := e.place(&f.Flow, f.tables)
	if err != nil {
		return b, err
	}
	m, err := f.Match.Match10()
	if err != nil {
		return b, err
	}
	out := of10.PortNone
	if port != 0 {
		if out, err = flow.Port10(port); err != nil {
			return b, err
		}
	}
	return of10.Append(b, &of10.FlowMod{Match: m, Command: e.command(table, uint8(of10.FlowDelete)), BufferID: noBuffer,
		OutPort: out})
}

func (e *encoder10) appendPacketOut(b []byte, p *packetOut) ([]byte, error) {
	a, err := p.do.Append10(e.out.Actions[:0])
	if err != nil {
		return b, err
	}
	in, err := flow.Port10(p.inPort)
	if err != nil {
		return b, err
	}
	e.out = of10.PacketOut{BufferID: p.buffer, InPort: in, Actions: a, Data: p.frame}
	return of10.Append(b, &e.out)
}

// setup finds out whether the switch knows the extensions of Nicira.
func (e *encoder10) setup(co *coroutine.Co, x *ofconn.Session) (encoder, error) {
	h := nicira.Header{Version: openflow.Version10}
	errs, err := x.Batch(co, [][]byte{
		of10.Encode(&of10.SetConfig{Flags: of10.FragNormal, MissSendLen: 0xffff}),
		nicira.Encode(&nicira.SetPacketInFormat{Header: h, Format: nicira.PacketInNXM2}),
		nicira.Encode(&nicira.FlowModTableID{Header: h, Set: 1}),
		nicira.Encode(&nicira.SetFlowFormat{Header: h, Format: nicira.FlowFormatNXM}),
	})
	if err != nil {
		return nil, fmt.Errorf("set up the switch: %w", err)
	}
	e.flows, e.tables = errs == nil || errs[1] == nil, errs == nil || errs[2] == nil
	if e.tables && (errs == nil || errs[3] == nil) {
		return &encoderNXM{encoder10: e}, nil
	}
	return e, nil
}

func (*encoder10) ports(_ *coroutine.Co, x *ofconn.Session) ([]Port, error) {
	f, ok := x.Features.Reply.(*of10.FeaturesReply)
	if !ok {
		return nil, fmt.Errorf("ports in %T: %w", x.Features.Reply, ofconn.ErrProtocol)
	}
	var out []Port
	for i := range f.Ports {
		out = append(out, port10(&f.Ports[i]))
	}
	return out, nil
}

func port10(p *of10.Port) Port {
	return Port{Number: flow.Port13(p.Number), Name: text(p.Name[:]), MAC: p.HWAddr,
		Up: p.Config&of10.PortDown == 0 && p.State&of10.PortLinkDown == 0}
}

func (e *encoder10) installed(co *coroutine.Co, x *ofconn.Session) ([]reconcile.Installed, error) {
	parts, err := ofconn.Gather[*of10.FlowStatsReply](co, x, &of10.FlowStatsRequest{Match: of10.MatchAll(),
		Table: of10.AllTables, OutPort: of10.PortNone})
	if err != nil {
		return nil, err
	}
	var out []reconcile.Installed
	for _, p := range parts {
		for i := range p.Flows {
			f := &p.Flows[i]
			key, err := key10(f.Table, f.Priority, f.Match)
			if err != nil {
				return nil, err
			}
			out = append(out, reconcile.Installed{Key: key, Cookie: f.Cookie, Instr: f.Actions})
		}
	}
	return out, nil
}

// deleteSent reads the flows and deletes one by one those that have the cookie, as 1.0 cannot delete by it.
func (e *encoder10) deleteSent(co *coroutine.Co, x *ofconn.Session, s staleFlows) error {
	have, err := e.installed(co, x)
	if err != nil {
		return err
	}
	var msgs [][]byte
	for _, f := range have {
		if f.Cookie == s.cookie && (s.table == anyTable || s.table == f.Key[0]) {
			op := reconcile.Op{Kind: reconcile.Delete, Flow: &reconcile.Flow{Key: f.Key}}
			msgs = append(msgs, e.appendOp(nil, op))
		}
	}
	errs, err := x.Batch(co, msgs)
	return errors.Join(append(errs, err)...)
}
