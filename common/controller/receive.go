package controller

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// receive takes what the switch tells of itself.
func (dp *datapath) receive(m openflow.Message) {
	if !dp.ready || dp.gone {
		return
	}
	switch m := m.(type) {
	case *of13.PacketIn:
		in, _ := m.Match.Fields.GetUint(oxm.InPort)
		dp.deliver(&PacketIn{InPort: uint32(in), Frame: m.Data, Metadata: m.Match.Fields, Cookie: m.Cookie,
			table: int(m.Table), buffer: m.BufferID})
	case *of10.PacketIn:
		dp.deliver(&PacketIn{InPort: flow.Port13(m.InPort), Frame: m.Data, table: -1, buffer: m.BufferID,
			missed: m.Reason == of10.ReasonNoMatch})
	case *of13.Experimenter:
		p, err := nicira.DecodePacketIn(m)
		dp.nicira(p, err)
	case *of10.Vendor:
		dp.vendor(m)
	case *of13.PortStatus:
		dp.portChange(port13(&m.Port), PortChangeKind(m.Reason))
	case *of10.PortStatus:
		dp.portChange(port10(&m.Port), PortChangeKind(m.Reason))
	case *of13.FlowRemoved:
		dp.removed(m.Cookie, FlowRemoved{Table: dp.c.layout.Name(m.Table), Priority: m.Priority,
			Match: flow.MatchOf(m.Match.Fields), Idle: m.Reason == of13.RemovedIdleTimeout, Packets: m.Packets,
			Bytes: m.Bytes, Seconds: m.DurationSec})
	case *of10.FlowRemoved:
		match := flow.MatchOf10(&m.Match)
		age := time.Duration(m.DurationSec)*time.Second + time.Duration(m.DurationNsec)
		dp.asked.ended(m.Priority, match, dp.c.s.Now().Add(-age))
		dp.removed(m.Cookie, FlowRemoved{Table: dp.c.layout.Name(0), Priority: m.Priority, Match: match,
			Idle: m.Reason == of10.RemovedIdleTimeout, Packets: m.Packets, Bytes: m.Bytes, Seconds: m.DurationSec})
	}
}

// vendor takes a message of 1.0 in which a packet of Nicira's form may be.
func (dp *datapath) vendor(m *of10.Vendor) {
	b, err := of10.Append(dp.vendorBuf[:0], m)
	if err != nil {
		return
	}
	dp.vendorBuf = b
	if len(m.Data) >= 4 && nicira.Subtype(binary.BigEndian.Uint32(m.Data)) == nicira.SubtypeFlowRemoved {
		dp.removedNXM(b)
		return
	}
	var p nicira.PacketIn
	err = p.Decode(b)
	dp.nicira(&p, err)
}

// nicira takes a packet in Nicira's form.
func (dp *datapath) nicira(p *nicira.PacketIn, err error) {
	if err != nil {
		dp.c.log.Debug("message from the switch passed over", "switch", dp.name(), "error", err)
		return
	}
	dp.deliver(&PacketIn{InPort: inPort(p.Metadata), Frame: p.Packet, Metadata: p.Metadata, Cookie: p.Cookie,
		UserData: p.UserData, table: int(p.Table), nicira: true, buffer: p.BufferID})
}

// inPort is the port in the metadata of a packet, which has 16 bits in 1.0.
func inPort(m oxm.Match) uint32 {
	if n, ok := m.GetUint(oxm.InPort); ok {
		return uint32(n)
	}
	n, _ := m.GetUint(oxm.NXInPort)
	return flow.Port13(uint16(n))
}

// portChange takes note of a change and tells the modules. The kinds are numbered as in OpenFlow.
func (dp *datapath) portChange(p Port, kind PortChangeKind) {
	if kind == PortRemoved {
		delete(dp.ports, p.Number)
	} else {
		dp.ports[p.Number] = p
	}
	for _, in := range dp.c.loaded {
		in.port(dp.bind(in), PortChange{p, kind})
	}
}

func (in *Instance) port(sw *Switch, p PortChange) {
	defer in.guard("OnPort")
	if in.onPort != nil {
		in.onPort(sw, p)
	}
}

// removedNXM takes Nicira's form of a flow that has ended, which comes where the flow was sent in that form.
func (dp *datapath) removedNXM(b []byte) {
	m, err := nicira.Decode(b)
	r, ok := m.(*nicira.FlowRemoved)
	if err != nil || !ok {
		return
	}
	var w oxm.Flow
	for t := range r.Match.All() {
		_ = w.Set(t) // the switch would not have a flow of what it cannot match
	}
	dp.removed(r.Cookie, FlowRemoved{Table: dp.c.layout.Name(r.Table - 1), Priority: r.Priority,
		Match: flow.MatchOf(w.AppendMatch(nil)), Idle: r.Reason == nicira.RemovedIdleTimeout, Packets: r.Packets,
		Bytes: r.Bytes, Seconds: r.DurationSec})
}

// removed tells the module whose flow it was.
func (dp *datapath) removed(cookie uint64, r FlowRemoved) {
	in := dp.c.byNumber[dp.c.cookies.Module(cookie)]
	if !dp.c.cookies.Ours(cookie) || in == nil {
		return
	}
	in.removed(dp.bind(in), r)
}

func (in *Instance) removed(sw *Switch, r FlowRemoved) {
	defer in.guard("OnRemoved")
	if in.onRemoved != nil {
		in.onRemoved(sw, r)
	}
}

// text is a name that is padded with zeros.
func text(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	return string(b)
}
