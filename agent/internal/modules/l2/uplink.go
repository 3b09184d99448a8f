package l2

import (
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/incremental"
	"github.com/vlcp-go/vlcp/common/model"
)

// tunnelled reports whether a network is in tunnels. One of a physical network that the view does not have (yet) is if
// it has a VNI; if not, its frames do not leave the host.
func tunnelled(ctx *incremental.Ctx, v *view.View, n model.Network) bool {
	if p, ok := v.PhysNets.Get(ctx, n.PhysNet); ok {
		return p.Tunnelled()
	}
	return n.VNI != 0
}

// uplinkFlows are the flows of a network that leaves the host by an uplink, in a VLAN or untagged:
//
//	uplink, its VLAN ─► pop ─► l2: to our ports only
//	our guest ─► l2 ─ not one of our ports ─► push ─► uplink          to other hosts and to machines that we do not know
//	          ─► flood ────────────────────► push ─► uplink ─► pop ─► our ports
//
// Where the other hosts' ports are is the physical switches' to know, so those cost no flows. Like into tunnels, only
// frames of our guests are sent to an uplink: one that came from outside never goes back out. See learning.go for
// networks that learn who is outside.
func uplinkFlows(ctx *incremental.Ctx, v *view.View, n model.Network, e emit) {
	port, ok := v.Uplinks.Get(ctx, n.PhysNet)
	if !ok {
		return
	}
	owner := pipeline.Owner{Module: pipeline.ModuleL2, Name: "network/" + n.Name}
	in, from, next := pipeline.Match().InPort(port).Untagged(), pipeline.Do(), pipeline.L2
	if n.VLAN != 0 {
		in, from = pipeline.Match().InPort(port).VLAN(n.VLAN), from.PopVLAN()
	}
	out := exitBy(n, port)
	if n.Learning {
		next = pipeline.Learn
		learningFlows(n, owner, out, e)
		proxyFlows(ctx, v, n, out, e)
	} else {
		e(owner.Flow(pipeline.L2, pipeline.PrioOutside, out.from, out.do, pipeline.End))
	}
	source := pipeline.Owner{Module: pipeline.ModuleUplink, Name: owner.Name}
	e(source.Flow(pipeline.Classify, pipeline.PrioNormal, in, from.LoadReg(pipeline.RegNetwork, n.Tag), next))
	e(owner.Flow(pipeline.Flood, pipeline.PrioNormal, out.from, out.back, pipeline.FloodLocal))
}
