package agent

import (
	"strconv"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/incremental"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// Rate limits of ports are meters, too, which count bits. What rate they have is no part of a flow, so it is an output
// of the rules beside the flows:
//
//	place of a port ─ rules ─┬─► flows ──────► which meters there are
//	                         └─► limitMeter ─► how they are set up

const rateFlags = of13.MeterKbps | of13.MeterBurst | of13.MeterStats

const kbit = 1000

// meterSpec is how a meter is set up: one band that drops.
type meterSpec struct {
	flags       of13.MeterFlags
	rate, burst uint32 // packets or thousands of bits
}

// limitMeter is how the meter of a port's limit is to be.
type limitMeter struct {
	port string
	id   uint32
	spec meterSpec
}

// ID and Equal make limitMeter an output of an incremental rule.
func (l limitMeter) ID() string              { return strconv.FormatUint(uint64(l.id), 10) + "/" + l.port }
func (l limitMeter) Equal(o limitMeter) bool { return l == o }

// limitRules adds the rule of limits to the graph.
func (m *meters) limitRules(v *view.View) {
	incremental.AddRule(v.Places, "limits", m.limitSink, func(_ *incremental.Ctx, name string, p view.Place,
		emit func(limitMeter)) {
		if p.OFPort == 0 {
			return
		}
		add := func(kind pipeline.Kind, limit model.Rate) {
			if limit != 0 {
				emit(limitMeter{name, kind.Of(p.Meter), meterSpec{rateFlags, uint32(limit / kbit),
					uint32(p.Limits.BurstOf(limit) / kbit)}})
			}
		}
		add(pipeline.MeterOut, p.Limits.Out)
		add(pipeline.MeterIn, p.Limits.In)
	})
}

// limitSink takes changes of limits. While an interface becomes another port, both have the same meter.
func (m *meters) limitSink(_ string, changed, removed []limitMeter) {
	for _, l := range removed {
		delete(m.limits[l.id], l.port)
		m.limitChanged(l.id)
	}
	for _, l := range changed {
		if m.limits[l.id] == nil {
			m.limits[l.id] = map[string]meterSpec{}
		}
		m.limits[l.id][l.port] = l.spec
		m.limitChanged(l.id)
	}
}

func (m *meters) limitChanged(id uint32) {
	if len(m.limits[id]) == 0 {
		delete(m.limits, id)
		return // the flows say when it goes
	}
	m.touched[id] = true
	if _, there := m.have[id]; there {
		m.have[id] = false
	}
}

// spec is how a meter is to be.
func (m *meters) spec(meter uint32) (s meterSpec) {
	kind, _ := pipeline.SplitMeter(meter)
	switch kind {
	case pipeline.MeterIn, pipeline.MeterOut:
		first := ""
		for port, of := range m.limits[meter] {
			if first == "" || port < first {
				first, s = port, of
			}
		}
		return s
	case pipeline.MeterFlood:
		return meterSpec{meterFlags, uint32(m.a.cfg.Broadcast.Rate), uint32(m.a.cfg.Broadcast.Rate)}
	}
	return meterSpec{meterFlags, uint32(m.a.cfg.DHCP.Rate), uint32(m.a.cfg.DHCP.Rate)}
}
