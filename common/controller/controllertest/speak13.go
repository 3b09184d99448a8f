package controllertest

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/ofp"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// take13 takes a message of OpenFlow 1.3.
func (sw *Switch) take13(b []byte) {
	m, err := of13.Decode(b)
	if err != nil {
		sw.r.t.Fatalf("played switch: message from the controller: %v", err)
	}
	xid := m.TransactionID()
	switch m := m.(type) {
	case *of13.FeaturesRequest:
		sw.answer(xid, &of13.FeaturesReply{DatapathID: sw.id, Tables: 254})
	case *of13.EchoRequest:
		sw.answer(xid, &of13.EchoReply{Data: m.Data})
	case *of13.BarrierRequest:
		sw.answer(xid, &of13.BarrierReply{})
	case *of13.PortDescRequest:
		r := &of13.PortDescReply{}
		for _, p := range sw.ports {
			r.Ports = append(r.Ports, sw.port13(p))
		}
		sw.answer(xid, r)
	case *of13.FlowStatsRequest:
		sw.expire()
		r := &of13.FlowStatsReply{}
		for _, e := range sw.flows {
			r.Flows = append(r.Flows, of13.FlowStats{Table: e.table, Priority: e.priority, Cookie: e.cookie,
				Packets: e.packets, Match: of13.Match{Fields: e.match}, Instructions: e.raw})
		}
		sw.answer(xid, r)
	case *of13.FlowMod:
		sw.flowMod13(m)
	case *of13.PacketOut:
		for _, s := range sw.steps13(m.Actions) {
			sw.output(s.port, m.InPort, m.Data)
		}
	case *of13.BundleControl:
		sw.bundle(m)
	case *of13.BundleAdd:
		sw.bundles[m.Bundle] = append(sw.bundles[m.Bundle], slices.Clone(m.Message))
	}
}

// bundle opens, commits or drops a bundle; the reply to each control message is numbered one higher.
func (sw *Switch) bundle(m *of13.BundleControl) {
	if m.Control == of13.BundleCommitRequest {
		for _, b := range sw.bundles[m.Bundle] {
			sw.take13(b)
		}
	}
	if m.Control != of13.BundleOpenRequest {
		delete(sw.bundles, m.Bundle)
	}
	sw.answer(m.TransactionID(), of13.NewBundleControl(m.Bundle, m.Control+1, m.Flags))
}

func (sw *Switch) port13(p uint32) of13.Port {
	out := of13.Port{Number: p, HWAddr: [6]byte{2, 0xff, 0, 0, byte(sw.id), byte(p)}}
	copy(out.Name[:], fmt.Sprintf("port%d", p))
	if slices.Contains(sw.down, p) {
		out.State = of13.PortLinkDown
	}
	return out
}

func (sw *Switch) flowMod13(m *of13.FlowMod) {
	e := &entry{table: m.Table, priority: m.Priority, cookie: m.Cookie, match: m.Match.Fields.AppendCanonical(nil),
		raw: slices.Clone(m.Instructions), idle: time.Duration(m.IdleTimeout) * time.Second,
		hard: time.Duration(m.HardTimeout) * time.Second, tell: m.Flags&of13.FlowSendRemoved != 0,
		text: ofp.FormatInstructions(m.Instructions)}
	for i := range m.Instructions.All() {
		switch of13.InstructionType(i.Type) {
		case of13.InstructionApplyActions:
			e.steps = append(e.steps, sw.steps13(of13.Actions(i.Body[4:]))...)
		case of13.InstructionGotoTable:
			e.steps = append(e.steps, step{table: int(i.Body[0])})
		default:
			sw.r.t.Fatalf("played switch: %s is not played", e.text)
		}
	}
	port := m.OutPort
	if port == of13.PortAny {
		port = 0
	}
	sw.change(m.Command, e, m.CookieMask, port)
}

// controller2 is the subtype of Nicira's controller action, userData its property with what goes along.
const (
	controller2  = 37
	propUserData = 3
)

func (sw *Switch) steps13(a of13.Actions) []step {
	var out []step
	for e := range a.All() {
		switch {
		case of13.ActionType(e.Type) == of13.ActionOutput:
			out = append(out, step{port: binary.BigEndian.Uint32(e.Body)})
		case of13.ActionType(e.Type) == of13.ActionExperimenter && binary.BigEndian.Uint32(e.Body) == openflow.VendorNicira &&
			binary.BigEndian.Uint16(e.Body[4:]) == controller2:
			out = append(out, step{port: flow.PortController, userData: userData(e.Body[12:])})
		default:
			sw.r.t.Fatalf("played switch: %s is not played", ofp.FormatActions(a))
		}
	}
	return out
}

func userData(props []byte) []byte {
	for len(props) >= 4 {
		n := int(binary.BigEndian.Uint16(props[2:]))
		if binary.BigEndian.Uint16(props) == propUserData {
			return slices.Clone(props[4:n])
		}
		props = props[min((n+7)&^7, len(props)):]
	}
	return nil
}

// miss is what happens where no flow takes a packet: 1.3 drops it, 1.0 sends it to the controller.
func (sw *Switch) miss(inPort uint32, frame []byte) {
	if sw.version == openflow.Version10 {
		sw.packetIn10(inPort, frame)
	}
}

// packetIn sends a frame to the controller.
func (sw *Switch) packetIn(e *entry, s step, inPort uint32, frame []byte) {
	if sw.version == openflow.Version10 {
		sw.packetIn10(inPort, frame)
		return
	}
	where := oxm.Match(nil).Uint(oxm.InPort, uint64(inPort))
	if s.userData == nil {
		sw.tell(&of13.PacketIn{BufferID: of13.NoBuffer, TotalLen: uint16(len(frame)), Table: e.table, Cookie: e.cookie,
			Match: of13.Match{Fields: where}, Data: frame})
		return
	}
	sw.tell(&nicira.PacketIn2{Header: nicira.Header{Version: openflow.Version13}, Properties: []nicira.PacketInProperty{
		{Type: nicira.PacketInPacket, Value: frame},
		{Type: nicira.PacketInTable, Value: []byte{e.table}},
		{Type: nicira.PacketInCookie, Value: binary.BigEndian.AppendUint64(make([]byte, 4), e.cookie)},
		{Type: nicira.PacketInMetadata, Value: where},
		{Type: nicira.PacketInUserData, Value: s.userData},
	}})
}

func (sw *Switch) tellRemoved(e *entry, idle bool) {
	reason := of13.RemovedHardTimeout
	if idle {
		reason = of13.RemovedIdleTimeout
	}
	if sw.version == openflow.Version10 {
		sw.tellRemoved10(e, uint8(reason))
		return
	}
	sw.tell(&of13.FlowRemoved{Cookie: e.cookie, Priority: e.priority, Reason: reason, Table: e.table, Packets: e.packets,
		DurationSec: uint32(sw.r.s.Now().Sub(e.made).Seconds()), Match: of13.Match{Fields: e.match}})
}
