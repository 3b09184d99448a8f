// Package arp answers ARP requests and neighbour solicitations (IPv6) of our guests in the switch, without a controller
// round trip: one flow per address of a network that has a port here.
//
//	request from a guest ─ reg0 = network, address ─► turned round in place, sent back out of its own port
//
// Only requests to all are answered. A request to one MAC is a guest asking whether a neighbour it knows is still there
// (RFC 1122 2.3.2.1, RFC 4861 7.3), and only the neighbour can say so; it is forwarded like any unicast. A guest's
// request for its own address is either a probe for duplicates (RFC 5227, RFC 4862 5.4) or a gratuitous announcement:
// it is flooded, not answered.
//
// Link-local addresses of IPv6 are not answered for: guests make them themselves, and which one has none is unknown.
package arp

import (
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/incremental"
)

type emit = func(pipeline.Flow)

// Rules adds the module's rules to the view's graph.
func Rules(v *view.View, sink pipeline.Sink) {
	pipeline.AddRule(v.Places, "arp-port", sink, func(ctx *incremental.Ctx, name string, p view.Place, e emit) {
		portFlows(ctx, v, name, p, e)
	})
}

func portFlows(ctx *incremental.Ctx, v *view.View, name string, p view.Place, e emit) {
	n, ok := v.Networks.Get(ctx, p.Network)
	if !ok {
		return
	}
	owner := pipeline.Owner{Module: pipeline.ModuleARP, Name: "port/" + name}
	for ip := range p.IPs {
		ask := pipeline.Match().Reg(pipeline.RegNetwork, n.Tag).Request(ip)
		e(owner.Flow(pipeline.ARP, pipeline.PrioNormal, ask, pipeline.Do().Answer(ip, p.MAC), pipeline.Reply))
		if p.OFPort != 0 {
			e(owner.Flow(pipeline.ARP, pipeline.PrioOwn, pipeline.Match().InPort(p.OFPort).Request(ip), pipeline.Do(),
				pipeline.L2))
		}
	}
}
