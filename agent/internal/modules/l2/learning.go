package l2

import (
	"slices"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/incremental"
	"github.com/vlcp-go/vlcp/common/model"
)

// exit is how frames of a network's guests leave the host by its uplink.
type exit struct {
	from pipeline.Matcher // which ones
	do   pipeline.Actions
	back pipeline.Actions // the same, for one that goes on to our own ports
}

// exitBy is the exit by an uplink.
func exitBy(n model.Network, port uint32) exit {
	from := pipeline.Match().Reg(pipeline.RegNetwork, n.Tag).Reg(pipeline.RegOrigin, pipeline.OriginLocal)
	if n.VLAN == 0 { // a tag of a guest's own would take its frame into another network
		to := pipeline.Do().Output(port)
		return exit{from: from.Untagged(), do: to, back: to}
	}
	to := pipeline.Do().PushVLAN(n.VLAN).Output(port)
	return exit{from: from, do: to, back: to.PopVLAN()}
}

// learningFlows are those of a network that learns, in place of the one for frames to nobody of ours:
//
//	uplink ─► classify ─► learn ─ not one of our ports ─► learnt: it is outside       (made by the switch)
//	                        └─► l2 ─► our ports only
//	our guest ─► l2 ─ not one of our ports ─► learnt? ─► outside ─ known ──► uplink
//	                                                             └ unknown ► uplink, or nowhere
//
// What is known, and what is not, is counted by the flows of the table outside.
func learningFlows(n model.Network, owner pipeline.Owner, out exit, e emit) {
	tag := pipeline.Match().Reg(pipeline.RegNetwork, n.Tag)
	e(owner.Flow(pipeline.Learn, pipeline.PrioNormal, tag.FromStation(),
		pipeline.Do().Learn(pipeline.Lesson{Tag: n.Tag, Max: n.LearntMax(), Seconds: n.LearntSeconds()}), pipeline.L2))
	e(owner.Flow(pipeline.L2, pipeline.PrioOutside, out.from, pipeline.Do().Resubmit(pipeline.Learnt), pipeline.Outside))
	e(owner.Flow(pipeline.Outside, pipeline.PrioNormal, tag.Reg(pipeline.RegKnown, 1), out.do, pipeline.End))
	unknown := out.do
	if n.Unknown() == model.UnknownDrop {
		unknown = pipeline.Do()
	}
	e(owner.Flow(pipeline.Outside, pipeline.PrioOutside, tag, unknown, pipeline.End))
}

// proxyFlows let frames to the proxy addresses of a network out that keeps those to unknown machines in: guests are
// told who has such an address, so nobody asks anything that it would answer, and be learnt by.
func proxyFlows(ctx *incremental.Ctx, v *view.View, n model.Network, out exit, e emit) {
	if n.Unknown() != model.UnknownDrop {
		return
	}
	for _, name := range v.NetSubnets.Members(ctx, n.Name) {
		s, _ := v.Subnets.Get(ctx, name)
		for i, a := range s.ProxyAddresses {
			same := func(o model.ProxyAddress) bool { return o.MAC == a.MAC }
			if !slices.ContainsFunc(s.ProxyAddresses[:i], same) {
				e(pipeline.Owner{Module: pipeline.ModuleL2, Name: "subnet/" + name}.Flow(pipeline.L2, pipeline.PrioProxied,
					out.from.EthDst(a.MAC), out.do, pipeline.End))
			}
		}
	}
}

// knownFlows are what a port has more in a network that learns: who has its MAC is known and not to be learnt, and when
// another host has it, frames to it go to the uplink whatever becomes of unknown ones.
func knownFlows(ctx *incremental.Ctx, v *view.View, owner pipeline.Owner, n model.Network, p view.Place, e emit) {
	if !n.Learning { // asked first, or an uplink that changes would concern every port
		return
	}
	port, ok := v.Uplinks.Get(ctx, n.PhysNet)
	if !ok {
		return
	}
	e(owner.Flow(pipeline.Learn, pipeline.PrioOwn, pipeline.Match().Reg(pipeline.RegNetwork, n.Tag).EthSrc(p.MAC),
		pipeline.Do(), pipeline.L2))
	if p.OFPort == 0 {
		out := exitBy(n, port)
		e(owner.Flow(pipeline.L2, pipeline.PrioNormal, out.from.EthDst(p.MAC), out.do, pipeline.End))
	}
}
