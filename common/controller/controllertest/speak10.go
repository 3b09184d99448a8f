package controllertest

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// codeBadVendor is OFPBRC_BAD_VENDOR.
const codeBadVendor = 3

// take10 takes a message of OpenFlow 1.0.
func (sw *Switch) take10(b []byte) {
	m, err := of10.Decode(b)
	if err != nil {
		sw.r.t.Fatalf("played switch: message from the controller: %v", err)
	}
	xid := m.TransactionID()
	switch m := m.(type) {
	case *of10.FeaturesRequest:
		r := &of10.FeaturesReply{DatapathID: sw.id, Tables: 1}
		for _, p := range sw.ports {
			r.Ports = append(r.Ports, sw.port10(p))
		}
		sw.answer(xid, r)
	case *of10.EchoRequest:
		sw.answer(xid, &of10.EchoReply{Data: m.Data})
	case *of10.BarrierRequest:
		sw.answer(xid, &of10.BarrierReply{})
	case *of10.Vendor:
		sw.answer(xid, &of10.Error{Class: of10.ErrBadRequest, Code: codeBadVendor, Data: b[:min(len(b), 64)]})
	case *of10.FlowStatsRequest:
		sw.expire()
		r := &of10.FlowStatsReply{}
		for _, e := range sw.flows {
			r.Flows = append(r.Flows, of10.FlowStats{Match: e.dumpMatch.(of10.Match), Priority: e.priority,
				Cookie: e.cookie, Packets: e.packets, Actions: e.raw})
		}
		sw.answer(xid, r)
	case *of10.FlowMod:
		sw.flowMod10(m)
	case *of10.PacketOut:
		for _, s := range sw.steps10(m.Actions) {
			sw.output(s.port, flow.Port13(m.InPort), m.Data)
		}
	}
}

func (sw *Switch) port10(p uint32) of10.Port {
	out := of10.Port{Number: uint16(p), HWAddr: [6]byte{2, 0xff, 0, 0, byte(sw.id), byte(p)}}
	copy(out.Name[:], fmt.Sprintf("port%d", p))
	if slices.Contains(sw.down, p) {
		out.State = of10.PortLinkDown
	}
	return out
}

func (sw *Switch) flowMod10(m *of10.FlowMod) {
	e := &entry{priority: m.Priority, cookie: m.Cookie, match: flow.MatchOf10(&m.Match).OXM().AppendCanonical(nil),
		raw: slices.Clone(m.Actions), idle: time.Duration(m.IdleTimeout) * time.Second, dumpMatch: m.Match,
		hard: time.Duration(m.HardTimeout) * time.Second, tell: m.Flags&of10.FlowSendRemoved != 0,
		steps: sw.steps10(m.Actions), text: "drop"}
	var outs []string
	for _, s := range e.steps {
		switch s.port {
		case flow.PortController:
			outs = append(outs, "CONTROLLER:65535")
		case flow.PortFlood:
			outs = append(outs, "FLOOD")
		default:
			outs = append(outs, fmt.Sprintf("output:%d", s.port))
		}
	}
	if len(outs) > 0 {
		e.text = strings.Join(outs, ",")
	}
	port := uint32(0)
	if m.OutPort != of10.PortNone {
		port = flow.Port13(m.OutPort)
	}
	sw.change(of13.FlowCommand(m.Command), e, 0, port)
}

func (sw *Switch) steps10(a of10.Actions) []step {
	var out []step
	for e := range a.All() {
		if of10.ActionType(e.Type) != of10.ActionOutput {
			sw.r.t.Fatalf("played switch: action %s of 1.0 is not played", of10.ActionType(e.Type))
		}
		out = append(out, step{port: flow.Port13(binary.BigEndian.Uint16(e.Body))})
	}
	return out
}

func (sw *Switch) packetIn10(inPort uint32, frame []byte) {
	sw.tell(&of10.PacketIn{BufferID: of10.NoBuffer, TotalLen: uint16(len(frame)), InPort: uint16(inPort), Data: frame})
}

func (sw *Switch) tellRemoved10(e *entry, reason uint8) {
	sw.tell(&of10.FlowRemoved{Match: e.dumpMatch.(of10.Match), Cookie: e.cookie, Priority: e.priority,
		Reason: of10.FlowRemovedReason(reason), Packets: e.packets,
		DurationSec: uint32(sw.r.s.Now().Sub(e.made).Seconds())})
}
