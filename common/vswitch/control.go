package vswitch

import (
	"errors"
	"slices"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// Control is the connection of one controller.
type Control struct {
	s       *Switch
	send    func(msg []byte)
	format  nicira.PacketInFormat
	want    bool // packet-ins
	bundles map[uint32][][]byte
	xid     uint32 // of the message being handled
	buf     []byte // of what is said last
	stats   []of13.FlowStats

	monitors []*monitor
}

// Connect begins a connection; send takes what the switch says, and must not keep it.
func (s *Switch) Connect(send func(msg []byte)) *Control {
	c := &Control{s: s, send: send, bundles: map[uint32][][]byte{}}
	s.controls = append(s.controls, c)
	c.xid = 0
	c.reply(&of13.Hello{})
	return c
}

// Close ends the connection.
func (c *Control) Close() {
	c.s.controls = slices.DeleteFunc(c.s.controls, func(o *Control) bool { return o == c })
}

// refusal is an error message of OpenFlow as a Go error.
type refusal struct {
	class of13.ErrorType
	code  uint16
	text  string
}

// Error implements error.
func (r *refusal) Error() string { return r.text }

func refuse(class of13.ErrorType, code uint16, text string) error { return &refusal{class, code, text} }

// Codes of errors that are sent.
const (
	codeBadType        = 1 // of ErrBadRequest
	codeBadActionType  = 0 // of ErrBadAction
	codeBadTableID     = 2 // of ErrFlowModFailed
	codeOverlap        = 3
	codeGroupExists    = 0
	codeUnknownGroup   = 8
	codeMeterExists    = 1
	codeUnknownMeter   = 3
	codeFlowModUnknown = 0
)

// Handle takes one message from the controller.
func (c *Control) Handle(msg []byte) {
	c.xid = openflow.Xid(msg)
	c.s.by, c.s.byXid = c, c.xid
	defer func() { c.s.by = nil }()
	m, err := of13.Decode(msg)
	if err == nil {
		err = c.handle(m, msg)
	}
	if err != nil {
		c.fail(err, msg)
	}
}

func (c *Control) fail(err error, msg []byte) {
	e := &of13.Error{Class: of13.ErrBadRequest, Code: codeBadType, Data: msg[:min(len(msg), 64)]}
	if r, ok := errors.AsType[*refusal](err); ok {
		e.Class, e.Code = r.class, r.code
	}
	c.reply(e)
}

func (c *Control) reply(m of13.Message) {
	m.SetXid(c.xid)
	b, err := of13.Append(c.buf[:0], m)
	if err != nil {
		panic(err) // of a size that this package bounds
	}
	c.buf = b
	c.send(b)
}

func (c *Control) handle(m of13.Message, msg []byte) error {
	switch m := m.(type) {
	case *of13.Hello, *of13.EchoReply, *of13.Error:
	case *of13.EchoRequest:
		c.reply(&of13.EchoReply{Data: m.Data})
	case *of13.FeaturesRequest:
		c.reply(&of13.FeaturesReply{DatapathID: c.s.o.DatapathID, Tables: tableCount, Capabilities: of13.CapFlowStats |
			of13.CapTableStats | of13.CapPortStats | of13.CapGroupStats})
	case *of13.SetConfig:
		c.want, c.s.ports1st = m.MissSendLen > 0, m.Flags&of13.FragNXMatch == of13.FragNXMatch
	case *of13.BarrierRequest:
		c.reply(&of13.BarrierReply{})
	case *of13.PacketOut:
		return c.s.packetOut(m)
	case *of13.FlowMod, *of13.GroupMod, *of13.MeterMod:
		return c.s.modify(m)
	case *of13.BundleControl:
		return c.bundle(m)
	case *of13.BundleAdd:
		c.bundles[m.Bundle] = append(c.bundles[m.Bundle], slices.Clone(m.Message))
	case of13.MultipartMessage:
		return c.statistics(m)
	case *of13.Experimenter:
		return c.experimenter(m)
	default:
		return refuse(of13.ErrBadRequest, codeBadType, "message is not in the model of the switch")
	}
	_ = msg
	return nil
}

func (c *Control) experimenter(e *of13.Experimenter) error {
	m, err := nicira.From13(e)
	if err != nil {
		return err
	}
	switch m := m.(type) {
	case *nicira.SetPacketInFormat:
		c.format = m.Format
		return nil
	case *nicira.CTFlushZone:
		c.s.conns.flush(m.Zone)
		return nil
	case *nicira.SetAsyncConfig2, *nicira.SetControllerID:
		return nil // the model sends everything to everybody
	}
	return refuse(of13.ErrBadRequest, codeBadType, "message is not in the model of the switch")
}

// bundle opens, closes, commits or discards a bundle. A commit is all or nothing: what was done is undone.
func (c *Control) bundle(m *of13.BundleControl) error {
	answer := m.Control + 1
	switch m.Control {
	case of13.BundleOpenRequest:
		c.bundles[m.Bundle] = nil
	case of13.BundleCloseRequest:
	case of13.BundleDiscardRequest:
		delete(c.bundles, m.Bundle)
	case of13.BundleCommitRequest:
		msgs := c.bundles[m.Bundle]
		delete(c.bundles, m.Bundle)
		if err := c.s.transaction(msgs); err != nil {
			return err
		}
	default:
		return refuse(of13.ErrBadRequest, codeBadType, "bundle control of an unknown type")
	}
	c.reply(of13.NewBundleControl(m.Bundle, answer, m.Flags))
	return nil
}

// transaction does messages in order; when one is refused, the switch is as it was before the first.
func (s *Switch) transaction(msgs [][]byte) error {
	undo := s.snapshot()
	for _, b := range msgs {
		m, err := of13.Decode(b)
		if err == nil {
			err = s.modify(m)
		}
		if err != nil {
			undo()
			return err
		}
	}
	return nil
}

// snapshot returns a function that brings back what flows, groups and meters were.
func (s *Switch) snapshot() (undo func()) {
	var flows []*Flow
	for _, f := range s.Flows() {
		c := *f
		flows = append(flows, &c)
	}
	groups, meters, conns := cloneMap(s.groups), cloneMap(s.meters), s.conns
	return func() {
		s.Clear()
		for _, f := range flows {
			s.tables[f.Table].insert(f)
		}
		s.groups, s.meters, s.conns = groups, meters, conns
	}
}

func cloneMap[K comparable, V any](m map[K]V) map[K]V {
	out := make(map[K]V, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// packetOut does the actions of a message on its packet.
func (s *Switch) packetOut(m *of13.PacketOut) error {
	ops, err := compileActions(m.Actions)
	if err != nil {
		return refuse(of13.ErrBadAction, codeBadActionType, err.Error())
	}
	p := parse(m.Data)
	p.setPort(m.InPort)
	x := &execution{s: s, p: p}
	x.do(ops)
	x.finish()
	return nil
}

// packetIn sends a packet to the controller, in the form that it asked for.
func (c *Control) packetIn(in *PacketIn) {
	if !c.want {
		return
	}
	c.xid = 0
	if c.format != nicira.PacketInNXM2 {
		c.reply(&of13.PacketIn{BufferID: of13.NoBuffer, TotalLen: uint16(in.Full),
			Reason: of13.PacketInReason(in.Reason), Table: in.Table, Cookie: in.Cookie,
			Match: of13.Match{Fields: in.Metadata}, Data: in.Frame})
		return
	}
	c.send(in.encode2())
}
