package controller

import (
	"bytes"

	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// receive takes what the switch tells of itself.
func (dp *datapath) receive(m of13.Message) {
	if !dp.ready || dp.gone {
		return
	}
	switch m := m.(type) {
	case *of13.PacketIn:
		in, _ := m.Match.Fields.GetUint(oxm.InPort)
		dp.deliver(&PacketIn{InPort: uint32(in), Frame: m.Data, Metadata: m.Match.Fields, Cookie: m.Cookie,
			table: int(m.Table), buffer: m.BufferID})
	case *of13.Experimenter:
		p, err := nicira.DecodePacketIn(m)
		if err != nil {
			dp.c.log.Debug("message from the switch passed over", "switch", dp.name(), "error", err)
			return
		}
		dp.deliver(&PacketIn{InPort: p.InPort(), Frame: p.Packet, Metadata: p.Metadata, Cookie: p.Cookie,
			UserData: p.UserData, table: int(p.Table), buffer: noBuffer})
	case *of13.PortStatus:
		dp.portChange(port13(&m.Port), PortChangeKind(m.Reason))
	case *of13.FlowRemoved:
		dp.removed(m.Cookie, FlowRemoved{Table: dp.c.layout.Name(m.Table), Priority: m.Priority,
			Match: flow.MatchOf(m.Match.Fields), Idle: m.Reason == of13.RemovedIdleTimeout, Packets: m.Packets,
			Bytes: m.Bytes, Seconds: m.DurationSec})
	}
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
