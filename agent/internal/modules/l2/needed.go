package l2

import (
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/incremental"
)

// toMany are the flows of a port here for what it sends to a group, through its meter, and where flows are on demand,
// also for what it sends to whom there is no flow for: that goes to many, too.
func toMany(ctx *incremental.Ctx, v *view.View, owner pipeline.Owner, p view.Place, e emit) {
	do, metered, next := pipeline.Do(), false, pipeline.Flood
	meter := v.Meter(ctx, pipeline.MeterFlood, p.OFPort)
	if self, _ := v.Self.Get(ctx, struct{}{}); self.Metered.Flood && meter != 0 {
		do, metered = do.Meter(meter), true
	}
	lazy, _ := v.Lazies.Get(ctx, p.Network)
	if lazy {
		next = pipeline.Needed
		if n, _ := v.Networks.Get(ctx, p.Network); tunnelled(ctx, v, n) {
			e(owner.Flow(pipeline.L2, pipeline.PrioOutside, p.From(), do, next))
		}
	}
	if lazy || metered {
		e(owner.Flow(pipeline.L2, pipeline.PrioLimited, p.From().Multicast(), do, next))
	}
}

// neededFlows are what a network has whose flows are on demand. The agent is told who is wanted, and is not waited for:
//
//	our guest ─ l2 ─ to whom there is no flow for ─► needed ─┬─► agent: the port is wanted ─► flows in l2, arp
//	             └── request that arp does not answer ─►     ├─ unicast ─► to the hosts that have ports of the network
//	                                                         └─ request ─► flood
//
// Who has the address gets the frame, and those after it that come before the flows do, as he would get a broadcast;
// others do not, since a host gives unicast to nobody but who has the MAC. In a network on an uplink unicast to others
// leaves the host by that anyway.
//
// The last of these flows is there for every such network, since an agent that starts knows by it what its predecessor
// had on demand.
func neededFlows(ctx *incremental.Ctx, f *flood, network string, e emit) {
	n, ok := f.v.Networks.Get(ctx, network)
	if !ok {
		return
	}
	owner := pipeline.Owner{Module: pipeline.ModuleDemand, Name: "network/" + network}
	ours := pipeline.Match().Reg(pipeline.RegNetwork, n.Tag).Reg(pipeline.RegOrigin, pipeline.OriginLocal)
	tell := pipeline.Do().TellNeeded()
	if !n.SuppressARP {
		for _, m := range ours.Requests() {
			e(owner.Flow(pipeline.Needed, pipeline.PrioNormal, m, tell, pipeline.Flood))
		}
	}
	if len(f.v.LocalPorts.Members(ctx, network)) > 0 && tunnelled(ctx, f.v, n) {
		remote, _ := f.remote(ctx, network, n)
		tell = tell.Then(remote)
	}
	e(owner.Flow(pipeline.Needed, pipeline.PrioOutside, ours, tell, pipeline.End))
}
