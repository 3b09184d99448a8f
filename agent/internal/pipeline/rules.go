package pipeline

import "github.com/vlcp-go/vlcp/common/incremental"

// Sink takes what changed in a rule's flows.
type Sink = incremental.Sink[Flow]

// AddRule runs fn for every row of t, see incremental.AddRule.
func AddRule[K comparable, V any](t *incremental.Table[K, V], name string, sink Sink,
	fn func(ctx *incremental.Ctx, k K, v V, emit func(Flow))) {
	incremental.AddRule(t, name, sink, fn)
}

// AddGroupRule runs fn for every group of x, see incremental.AddGroupRule.
func AddGroupRule[K comparable, V any, G, M comparable](x *incremental.Index[K, V, G, M], name string, sink Sink,
	fn func(ctx *incremental.Ctx, g G, emit func(Flow))) {
	incremental.AddGroupRule(x, name, sink, fn)
}

// Static gives sink the flows that every bridge has: what happens to a packet that no module's flow takes.
func Static(sink Sink) {
	miss := func(t, next Table) Flow {
		o := Owner{Module: ModulePipeline, Name: "table/" + TableName(t)}
		return o.Flow(t, PrioMiss, Match(), Do(), next)
	}
	l2 := Owner{Module: ModulePipeline, Name: "table/" + TableName(L2)}
	sink("static", append(guardFlows(), []Flow{
		miss(Classify, End),
		miss(Arrive, End),
		miss(Own, End),
		miss(DHCP, ARP),
		miss(ARP, L2),
		miss(L2, End),
		l2.Flow(L2, PrioMulticast, Match().Multicast(), Do(), Flood),
		miss(Flood, FloodLocal),
		miss(FloodLocal, End),
		miss(FloodHosts, End),
		miss(FloodPorts, End),
	}...), nil)
}
