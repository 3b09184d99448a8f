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
//
// Besides ports, proxy addresses of subnets are answered for, and a network may have requests dropped that nothing here
// can answer, see suppress.go.
package arp

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/incremental"
	"github.com/vlcp-go/vlcp/common/model"
)

type emit = func(pipeline.Flow)

// Rules adds the module's rules to the view's graph.
func Rules(v *view.View, sink pipeline.Sink) {
	pipeline.AddRule(v.Places, "arp-port", sink, func(ctx *incremental.Ctx, name string, p view.Place, e emit) {
		portFlows(ctx, v, name, p, e)
	})
	pipeline.AddRule(v.Subnets, "arp-proxy", sink, func(ctx *incremental.Ctx, name string, s model.Subnet, e emit) {
		proxyFlows(ctx, v, name, s, e)
	})
	suppressRules(v, sink)
}

// proxyFlows answer for the proxy addresses of a subnet. Who has one of IPv6 is said to be a router: a guest forgets a
// default route when its router says that it is none (RFC 4861 section 7.2.5), and of a host that is said to be one it
// makes nothing.
func proxyFlows(ctx *incremental.Ctx, v *view.View, name string, s model.Subnet, e emit) {
	if len(s.ProxyAddresses) == 0 || len(v.LocalPorts.Members(ctx, s.Network)) == 0 {
		return
	}
	n, ok := v.Networks.Get(ctx, s.Network)
	if !ok {
		return
	}
	owner := pipeline.Owner{Module: pipeline.ModuleARP, Name: "subnet/" + name}
	for _, a := range s.ProxyAddresses {
		do := pipeline.Do().Answer(a.IP, a.MAC)
		if a.IP.Is6() {
			do = do.LoadReg(pipeline.RegAnswer, pipeline.AnswerRouter)
		}
		e(owner.Flow(pipeline.ARP, pipeline.PrioNormal, pipeline.Match().Reg(pipeline.RegNetwork, n.Tag).Request(a.IP), do,
			pipeline.Reply))
	}
}

// proxied reports whether an address is a proxy address of a network.
func proxied(ctx *incremental.Ctx, v *view.View, network string, a netip.Addr) bool {
	for _, name := range v.NetSubnets.Members(ctx, network) {
		if s, ok := v.Subnets.Get(ctx, name); ok && s.Proxied(a) {
			return true
		}
	}
	return false
}

func portFlows(ctx *incremental.Ctx, v *view.View, name string, p view.Place, e emit) {
	missing, module := p.Need.Without(view.LazyARP, pipeline.ModuleARP)
	if missing { // nothing is read for it, so nothing is kept
		return
	}
	n, ok := v.Networks.Get(ctx, p.Network)
	if !ok {
		return
	}
	if n.SuppressARP {
		exceptions(ctx, v, name, p, e)
	}
	owner := pipeline.Owner{Module: module, Name: "port/" + name}
	for ip := range p.IPs {
		ask := pipeline.Match().Reg(pipeline.RegNetwork, n.Tag).Request(ip)
		e(owner.Flow(pipeline.ARP, pipeline.PrioNormal, ask, pipeline.Do().Answer(ip, p.MAC), pipeline.Reply))
		if p.OFPort != 0 {
			e(owner.Flow(pipeline.ARP, pipeline.PrioOwn, p.From().Request(ip), pipeline.Do(), pipeline.L2))
		}
	}
	for _, a := range p.Allowed { // as its own, if it may be answered to others
		if ip := a.Prefix.Addr(); p.OFPort != 0 && a.Single() && proxied(ctx, v, p.Network, ip) {
			e(owner.Flow(pipeline.ARP, pipeline.PrioOwn, p.From().Request(ip), pipeline.Do(),
				pipeline.L2))
		}
	}
}
