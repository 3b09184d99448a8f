package arp

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/incremental"
	"github.com/vlcp-go/vlcp/common/model"
)

// A network in tunnels may say that requests for unknown addresses are dropped, and counted at the port that asks, in
// place of being flooded to all hosts. What is known, from the highest priority on:
//
//	own address of the asker ─► flooded: it announces the address, or looks for duplicates
//	address of a port, proxy address ─► answered
//	allowed address, link-local address of a port's MAC ─► flooded: who has it now, if anybody, is the guests' to say
//	whatever a port without addresses or without port security asks ─► flooded: it may be announcing one of its own
//	anything else ─► dropped
//
// Gratuitous ARP in the form of replies, unsolicited advertisements and RARP are no requests, and pass.

// shared is an address that ports are allowed besides their own; several may be.
type shared struct {
	network string
	ip      netip.Addr
}

func suppressRules(v *view.View, sink pipeline.Sink) {
	pipeline.AddRule(v.Networks, "arp-suppress", sink, func(ctx *incremental.Ctx, name string, n model.Network, e emit) {
		if n.SuppressARP && len(v.LocalPorts.Members(ctx, name)) > 0 {
			owner := pipeline.Owner{Module: pipeline.ModuleARP, Name: "network/" + name}
			for _, m := range pipeline.Match().Reg(pipeline.RegNetwork, n.Tag).Requests() {
				e(owner.Flow(pipeline.ARP, pipeline.PrioSuppress, m, pipeline.Do().Suppress(), pipeline.End))
			}
		}
	})
	users := incremental.NewIndex(v.Places, "shared-ips", func(name string, p view.Place) (out []incremental.Pair[shared,
		string]) {
		for _, a := range p.Allowed {
			if a.Single() && a.Prefix.Addr() != p.MAC.LinkLocal() {
				out = append(out, incremental.Pair[shared, string]{Group: shared{p.Network, a.Prefix.Addr()}, Member: name})
			}
		}
		return out
	}, func(a, b string) bool { return a < b })
	pipeline.AddGroupRule(users, "arp-shared", sink, func(ctx *incremental.Ctx, s shared, e emit) {
		if len(users.Members(ctx, s)) > 0 {
			passFlow(ctx, v, s, "network/"+s.network, e)
		}
	})
}

// exceptions are what a port has in a network that floods not all requests.
func exceptions(ctx *incremental.Ctx, v *view.View, name string, p view.Place, e emit) {
	passFlow(ctx, v, shared{p.Network, p.MAC.LinkLocal()}, "port/"+name, e)
	if free := !p.IP.IsValid() && len(p.More) == 0; p.OFPort != 0 && (free || !p.Secured) {
		owner := pipeline.Owner{Module: pipeline.ModuleARP, Name: "port/" + name}
		for _, m := range p.From().Requests() {
			e(owner.Flow(pipeline.ARP, pipeline.PrioAsker, m, pipeline.Do(), pipeline.L2))
		}
	}
}

// passFlow floods the requests for an address in a network that floods not all.
func passFlow(ctx *incremental.Ctx, v *view.View, s shared, of string, e emit) {
	if n, _ := v.Networks.Get(ctx, s.network); n.SuppressARP {
		owner := pipeline.Owner{Module: pipeline.ModuleARP, Name: of}
		e(owner.Flow(pipeline.ARP, pipeline.PrioAsked, pipeline.Match().Reg(pipeline.RegNetwork, n.Tag).Request(s.ip),
			pipeline.Do(), pipeline.L2))
	}
}
