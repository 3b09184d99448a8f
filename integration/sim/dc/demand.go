package dc

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/agent"
	"github.com/vlcp-go/vlcp/common/controller/cookie"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/packet"
	"github.com/vlcp-go/vlcp/common/vswitch"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// Flows on demand. What agents are given is small, so that networks become large and small, and those that are wanted
// displace each other and age.
const (
	demandAuto = 5
	demandMax  = 6
	demandAge  = 20 * time.Second // more than freshTime: a fresh agent takes nothing away
	// demandCode is a problem while guests speak to many, which is right.
	demandCode = "demand_full"
	// demandModule is the module of flows on demand in their cookies.
	demandModule = 7
)

// cookies are those of agents.
var cookies = cookie.Scheme{Mark: 0x564c, ModuleBits: 8}

func setDemand(cfg *agent.Config) {
	cfg.Demand.Auto, cfg.Demand.Max, cfg.Demand.Age = demandAuto, demandMax, demandAge
}

func (w *World) anyStrategy() string {
	if w.chance(40) {
		return ""
	}
	return model.Strategies[w.rand.IntN(len(model.Strategies))]
}

// updateStrategy changes how hosts come to the flows of a network.
func (w *World) updateStrategy() string {
	name, ok := choose(w, w.defs.networks)
	if !ok {
		return ""
	}
	to := w.anyStrategy()
	w.operator("update strategy of "+name, func(c *catalog.Changes) {
		c.Update(model.KindNetwork, name, func(o catalog.Object) error {
			o.(*model.Network).Strategy = to
			return nil
		})
	})
	return fmt.Sprintf("network %s has strategy %q", name, to)
}

// answers reports whether a guest answers who asks for its addresses. Where hosts have all flows it does not, so that
// an answer is one that a switch made.
func (g *Guest) answers() bool {
	def := g.h.w.defs.ports[g.port]
	if def == nil || g.quiet || g.paused || g.gone {
		return false
	}
	n := g.h.w.defs.networks[def.Network]
	return n != nil && n.Strategically() != model.StrategyPrepush
}

// patience is how long a guest waits for an answer before it sends: that of another guest is on its way for longer than
// that of a switch.
func (g *Guest) patience() time.Duration {
	if g.answers() {
		return 300 * time.Millisecond
	}
	return 20 * time.Millisecond
}

// answerARP answers a request for the guest's own address.
func (g *Guest) answerARP(a packet.ARP) {
	if !g.answers() || a.TargetIP != g.ip {
		return
	}
	frame := packet.AppendEthernet(nil, &packet.Ethernet{Src: g.mac, Dst: a.SenderMAC, Type: packet.EtherTypeARP})
	g.send(packet.AppendARP(frame, &packet.ARP{Op: packet.ARPReply, SenderMAC: g.mac, SenderIP: g.ip,
		TargetMAC: a.SenderMAC, TargetIP: a.SenderIP}))
}

// answerSolicit answers a neighbour solicitation for one of its own addresses.
func (g *Guest) answerSolicit(e packet.Ethernet, p *packet.IPv6) {
	m := p.Payload
	target, _ := netip.AddrFromSlice(m[ndTargetAt:ndOptionAt])
	if m[0] != packet.ICMPv6NeighborSolicit || !g.answers() || p.Src.IsUnspecified() ||
		!slices.Contains(g.h.w.defs.ports[g.port].MoreIPs, target) {
		return
	}
	const solicited = 0x60 // and overrides what the asker knows
	to := target.As16()
	body := append(append(append([]byte{solicited, 0, 0, 0}, to[:]...), ndOption, 1), g.mac[:]...)
	seg := packet.AppendICMPv6(nil, packet.ICMPv6NeighborAdvert, 0, body, target, p.Src)
	b := packet.AppendEthernet(nil, &packet.Ethernet{Src: g.mac, Dst: e.Src, Type: packet.EtherTypeIPv6})
	b = packet.AppendIPv6(b, &packet.IPv6{Src: target, Dst: p.Src, NextHeader: packet.ProtoICMPv6, HopLimit: 255},
		len(seg))
	g.send(append(b, seg...))
}

// onDemand reports whether a flow is one for somebody who is wanted, or by which an agent is told.
func onDemand(f *vswitch.Flow) bool {
	return cookies.Ours(f.Cookie) && cookies.Module(f.Cookie) == demandModule
}

// wants are the cookies of the flows on demand of a switch.
func wants(s *vswitch.Switch) map[uint64]bool {
	out := map[uint64]bool{}
	for _, f := range s.Flows() {
		if onDemand(f) {
			out[f.Cookie] = true
		}
	}
	return out
}

// inherit puts the flows on demand of a switch into another: what is wanted is no consequence of the present alone.
func inherit(from, to *vswitch.Switch) {
	c := to.Connect(func([]byte) {})
	for _, f := range from.Flows() {
		if onDemand(f) {
			c.Handle(of13.AppendFlow(nil, 0, &of13.FlowSend{Key: of13.FlowKey(f.Table, f.Priority, f.Match),
				Instructions: string(f.Instructions), Cookie: f.Cookie}))
		}
	}
	c.Close()
}

// checkWanted checks, after every guest has sent to every other, that hosts have flows for guests of others that theirs
// send to, and not for more than they may.
func (w *World) checkWanted() {
	for _, h := range w.hosts {
		asks := false
		for _, a := range h.all() {
			for _, b := range w.allGuests() {
				p := w.defs.ports[b.port]
				asks = asks || b.h != h && a.ip.IsValid() && b.ip.IsValid() && w.defs.neighbours(a, b) &&
					w.defs.networks[p.Network].Strategically() == model.StrategyOnDemand &&
					inTunnels(w.defs.networks[p.Network].PhysNet)
			}
		}
		s, flows := h.agent.Inspect().Demand, 0
		for i := 0; s != nil && i < len(s.Networks); i++ {
			flows += s.Networks[i].Wanted
		}
		if asks && flows == 0 || s != nil && s.Wanted > demandMax {
			w.fail("%s wants %+v after its guests have sent to those of others", h.name, s)
		}
	}
}
