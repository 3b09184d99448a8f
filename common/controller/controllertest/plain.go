package controllertest

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
)

// plain is a switch that speaks 1.0 and has one table.
type plain struct {
	sw    *Switch
	id    uint64
	ports []uint32
	table []*entry
	tell  func(b []byte)
}

func (p *plain) connect(tell func(b []byte)) {
	p.tell = tell
	p.say(0, &of10.Hello{})
}

func (p *plain) disconnect() { p.tell = nil }

func (p *plain) say(xid uint32, m of10.Message) {
	if p.tell != nil {
		m.SetXid(xid)
		p.tell(of10.Encode(m))
	}
}

func (p *plain) setPort(port uint32, there bool) {
	p.ports = slices.DeleteFunc(p.ports, func(o uint32) bool { return o == port })
	reason := of10.PortDelete
	if there {
		reason = of10.PortAdd
		p.ports = append(p.ports, port)
		slices.Sort(p.ports)
	}
	p.say(0, &of10.PortStatus{Reason: reason, Port: p.port(port)})
}

func (p *plain) port(n uint32) of10.Port {
	out := of10.Port{Number: uint16(n), HWAddr: [6]byte{2, 0xff, 0, 0, byte(p.id), byte(n)}}
	copy(out.Name[:], fmt.Sprintf("port%d", n))
	return out
}

// codeBadVendor is OFPBRC_BAD_VENDOR.
const codeBadVendor = 3

func (p *plain) handle(b []byte) {
	m, err := of10.Decode(b)
	if err != nil {
		if openflow.MessageType(b) != openflow.TypeHello { // which may be of another version
			p.sw.r.t.Fatalf("played switch: message from the controller: %v", err)
		}
		return
	}
	p.expire()
	xid := m.TransactionID()
	switch m := m.(type) {
	case *of10.FeaturesRequest:
		r := &of10.FeaturesReply{DatapathID: p.id, Tables: 1}
		for _, n := range p.ports {
			r.Ports = append(r.Ports, p.port(n))
		}
		p.say(xid, r)
	case *of10.EchoRequest:
		p.say(xid, &of10.EchoReply{Data: m.Data})
	case *of10.BarrierRequest:
		p.say(xid, &of10.BarrierReply{})
	case *of10.Vendor:
		p.say(xid, &of10.Error{Class: of10.ErrBadRequest, Code: codeBadVendor, Data: b[:min(len(b), 64)]})
	case *of10.FlowStatsRequest:
		r := &of10.FlowStatsReply{}
		for _, e := range p.table {
			r.Flows = append(r.Flows, of10.FlowStats{Match: e.mod.Match, Priority: e.mod.Priority, Cookie: e.mod.Cookie,
				Actions: e.mod.Actions})
		}
		p.say(xid, r)
	case *of10.FlowMod:
		p.change(m)
	case *of10.PacketOut:
		p.do(m.Actions, flow.Port13(m.InPort), m.Data)
	}
}

// receive takes a frame through the table.
func (p *plain) receive(port uint32, frame []byte) {
	p.expire()
	fields := flow.FieldsOf(port, frame)
	var best *entry
	for _, e := range p.table {
		if e.match.Covers(fields) && (best == nil || e.mod.Priority > best.mod.Priority) {
			best = e
		}
	}
	if best == nil {
		p.packetIn(port, of10.ReasonNoMatch, frame)
		return
	}
	best.used = p.sw.r.s.Now()
	p.do(best.mod.Actions, port, frame)
}

func (p *plain) packetIn(port uint32, why of10.PacketInReason, frame []byte) {
	p.say(0, &of10.PacketIn{BufferID: of10.NoBuffer, TotalLen: uint16(len(frame)), InPort: uint16(port), Reason: why,
		Data: frame})
}

// do does the actions.
func (p *plain) do(a of10.Actions, in uint32, frame []byte) {
	for _, port := range p.outputs(a) {
		switch port {
		case flow.PortController:
			p.packetIn(in, of10.ReasonAction, frame)
		case flow.PortInPort:
			p.leave(in, frame)
		case flow.PortFlood, flow.PortAll:
			for _, n := range p.ports {
				if n != in {
					p.leave(n, frame)
				}
			}
		default:
			if port != in {
				p.leave(port, frame)
			}
		}
	}
}

func (p *plain) leave(port uint32, frame []byte) {
	if slices.Contains(p.ports, port) {
		p.sw.emit(port, frame)
	}
}

// outputs are the ports of a list of actions, which may be nothing else.
func (p *plain) outputs(a of10.Actions) []uint32 {
	var out []uint32
	for e := range a.All() {
		if of10.ActionType(e.Type) != of10.ActionOutput {
			p.sw.r.t.Fatalf("played switch: action %s of 1.0 is not played", of10.ActionType(e.Type))
		}
		out = append(out, flow.Port13(binary.BigEndian.Uint16(e.Body)))
	}
	return out
}

// expire ends the flows whose time has come.
func (p *plain) expire() {
	now := p.sw.r.s.Now()
	p.table = slices.DeleteFunc(p.table, func(e *entry) bool {
		idle := e.mod.IdleTimeout > 0 && now.Sub(e.used) >= time.Duration(e.mod.IdleTimeout)*time.Second
		hard := e.mod.HardTimeout > 0 && now.Sub(e.made) >= time.Duration(e.mod.HardTimeout)*time.Second
		if (idle || hard) && e.mod.Flags&of10.FlowSendRemoved != 0 {
			reason := of10.RemovedIdleTimeout
			if hard {
				reason = of10.RemovedHardTimeout
			}
			p.say(0, &of10.FlowRemoved{Match: e.mod.Match, Cookie: e.mod.Cookie, Priority: e.mod.Priority,
				Reason: reason, DurationSec: uint32(now.Sub(e.made).Seconds())})
		}
		return idle || hard
	})
}
