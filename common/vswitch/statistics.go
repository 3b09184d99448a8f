package vswitch

import (
	"encoding/binary"

	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/wire"
)

// flowsPerPart is how many flows are in one part of a reply.
const flowsPerPart = 200

func (c *Control) statistics(m of13.MultipartMessage) error {
	switch m := m.(type) {
	case *of13.DescRequest:
		d := &of13.DescReply{}
		copy(d.Manufacturer[:], "model")
		copy(d.Software[:], c.s.o.Software)
		c.reply(d)
	case *of13.PortDescRequest:
		d := &of13.PortDescReply{}
		for _, p := range c.s.Ports() {
			d.Ports = append(d.Ports, p.describe())
		}
		c.reply(d)
	case *of13.FlowStatsRequest:
		return c.flowStats(m)
	case *of13.AggregateRequest:
		flows, err := c.asked(of13.FlowStatsRequest{Table: m.Table, OutPort: m.OutPort, Cookie: m.Cookie,
			CookieMask: m.CookieMask, Match: m.Match})
		r := &of13.AggregateReply{Flows: uint32(len(flows))}
		for _, f := range flows {
			r.Packets, r.Bytes = r.Packets+f.Packets, r.Bytes+f.Bytes
		}
		if err == nil {
			c.reply(r)
		}
		return err
	case *of13.MeterConfigRequest:
		r := &of13.MeterConfigReply{}
		for _, id := range slices.Sorted(maps.Keys(c.s.meters)) {
			if m.Meter == of13.AllMeters || m.Meter == id {
				r.Meters = append(r.Meters, of13.MeterConfig{Flags: c.s.meters[id].mod.Flags, Meter: id,
					Bands: c.s.meters[id].mod.Bands})
			}
		}
		c.reply(r)
	case *of13.MeterFeaturesRequest:
		c.reply(&of13.MeterFeaturesReply{MaxMeters: 1 << 18, BandTypes: 1 << of13.MeterBandDrop, MaxBands: 1,
			Capabilities: of13.MeterCanKbps | of13.MeterCanPktps | of13.MeterCanBurst | of13.MeterCanStats})
	case *of13.MeterStatsRequest:
		c.reply(c.meterStats(m))
	case *of13.FlowMonitorRequest:
		return c.monitorRequest(m)
	default:
		return refuse(of13.ErrBadRequest, codeBadType, "statistics that are not in the model of the switch")
	}
	return nil
}

func (c *Control) meterStats(m *of13.MeterStatsRequest) *of13.MeterStatsReply {
	r := &of13.MeterStatsReply{}
	for _, id := range slices.Sorted(maps.Keys(c.s.meters)) {
		if m.Meter == of13.AllMeters || m.Meter == id {
			mt := c.s.meters[id]
			r.Meters = append(r.Meters, of13.MeterStatsEntry{Meter: id, Packets: mt.in,
				Bands: []of13.BandCounter{{Packets: mt.drops}}})
		}
	}
	return r
}

// asked are the flows that a request is about.
func (c *Control) asked(m of13.FlowStatsRequest) ([]*Flow, error) {
	fields, err := take(m.Match.Fields)
	if err != nil {
		return nil, refuse(of13.ErrBadMatch, 0, err.Error())
	}
	return c.s.meant(&of13.FlowMod{Table: m.Table, Command: of13.FlowDelete, OutPort: m.OutPort, Cookie: m.Cookie,
		CookieMask: m.CookieMask, Match: m.Match}, fields), nil
}

func (c *Control) flowStats(m *of13.FlowStatsRequest) error {
	flows, err := c.asked(*m)
	if err != nil {
		return err
	}
	now := c.s.o.Now()
	r := &of13.FlowStatsReply{Flows: c.stats[:0]}
	for _, f := range flows {
		if len(r.Flows) == flowsPerPart {
			r.Multipart.Flags = of13.MultipartMore
			c.reply(r)
			r = &of13.FlowStatsReply{Flows: r.Flows[:0]}
		}
		age := now.Sub(f.Created)
		r.Flows = append(r.Flows, of13.FlowStats{Table: f.Table, DurationSec: uint32(age.Seconds()),
			DurationNsec: uint32(age.Nanoseconds() % 1e9), Priority: f.Priority, IdleTimeout: f.IdleTimeout,
			HardTimeout: f.HardTimeout, Flags: f.Flags, Cookie: f.Cookie, Packets: f.Packets, Bytes: f.Bytes,
			Match: of13.Match{Fields: f.Match}, Instructions: f.Instructions})
	}
	c.reply(r)
	c.stats = r.Flows[:0]
	return nil
}

// Properties of NXT_PACKET_IN2 (nicira-ext.h).
const (
	propPacket   = 0
	propFullLen  = 1
	propTable    = 3
	propCookie   = 4
	propReason   = 5
	propMetadata = 6
	propUserData = 7
)

// encode2 makes the message NXT_PACKET_IN2.
func (in *PacketIn) encode2() []byte {
	var d []byte
	add := func(kind uint16, v ...byte) {
		start := len(d)
		d = append(d, byte(kind>>8), byte(kind), byte((4+len(v))>>8), byte(4+len(v)))
		d = wire.Align(append(d, v...), start, 8)
	}
	cookie := make([]byte, 12) // four bytes of padding first
	for i := range 8 {
		cookie[4+i] = byte(in.Cookie >> (56 - 8*i))
	}
	add(propPacket, in.Frame...)
	if in.Full > len(in.Frame) {
		add(propFullLen, binary.BigEndian.AppendUint32(nil, uint32(in.Full))...)
	}
	add(propTable, in.Table)
	add(propCookie, cookie...)
	add(propReason, in.Reason)
	add(propMetadata, in.Metadata...)
	if len(in.UserData) > 0 {
		add(propUserData, in.UserData...)
	}
	return of13.Encode(&of13.Experimenter{Vendor: openflow.VendorNicira, Subtype: uint32(nicira.SubtypePacketIn2),
		Data: d})
}
