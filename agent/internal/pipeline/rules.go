package pipeline

import (
	"hash/maphash"

	"github.com/vlcp-go/vlcp/common/incremental"
)

// Sink takes what changed in a rule's flows.
type Sink = incremental.Sink[*Flow]

// AddRule runs fn for every row of t, see incremental.AddRule.
func AddRule[K comparable, V any](t *incremental.Table[K, V], name string, sink Sink,
	fn func(ctx *incremental.Ctx, k K, v V, emit func(Flow))) {
	k := newKeeper()
	incremental.AddRule(t, name, sink, func(ctx *incremental.Ctx, key K, v V, emit func(*Flow)) {
		k.to = emit
		fn(ctx, key, v, k.emit)
	})
}

// AddGroupRule runs fn for every group of x, see incremental.AddGroupRule.
func AddGroupRule[K comparable, V any, G, M comparable](x *incremental.Index[K, V, G, M], name string, sink Sink,
	fn func(ctx *incremental.Ctx, g G, emit func(Flow))) {
	k := newKeeper()
	incremental.AddGroupRule(x, name, sink, func(ctx *incremental.Ctx, g G, emit func(*Flow)) {
		k.to = emit
		fn(ctx, g, k.emit)
	})
}

// keeper puts the flows of a rule where they are kept. Ports that are behind the same tunnel have the same
// instructions, so those that were made lately are kept once.
type keeper struct {
	to     func(*Flow)
	emit   func(Flow)
	lately [latelyMax]string
	seed   maphash.Seed
}

const latelyMax = 64

func newKeeper() *keeper {
	k := &keeper{seed: maphash.MakeSeed()}
	k.emit = k.keep
	return k
}

func (k *keeper) keep(f Flow) {
	at := &k.lately[maphash.String(k.seed, f.Instr)%latelyMax]
	if *at == f.Instr {
		f.Instr = *at
	} else {
		*at = f.Instr
	}
	k.to(&f)
}

// Static gives sink the flows that every bridge has: what happens to a packet that no module's flow takes.
func Static(sink Sink) {
	miss := func(t, next Table) Flow {
		o := Owner{Module: ModulePipeline, Name: "table/" + TableName(t)}
		return o.Flow(t, PrioMiss, Match(), Do(), next)
	}
	l2 := Owner{Module: ModulePipeline, Name: "table/" + TableName(L2)}
	needed := Owner{Module: ModulePipeline, Name: "table/" + TableName(Needed)}
	flows := append(append(append(guardFlows(), answerFlows()...), backFlows()...), []Flow{
		miss(Classify, End),
		miss(Arrive, End),
		miss(Own, End),
		miss(DHCP, ARP),
		miss(ARP, L2),
		miss(Reply, End),
		miss(Advertise, End),
		miss(Learn, End),
		miss(L2, End),
		miss(Learnt, End),
		miss(Outside, End),
		miss(Needed, End),
		l2.Flow(L2, PrioMulticast, Match().Multicast(), Do(), Flood),
		needed.Flow(Needed, PrioMulticast, Match().Multicast(), Do(), Flood),
		miss(Flood, FloodLocal),
		miss(FloodLocal, End),
		miss(FloodHosts, End),
		miss(FloodPorts, End),
		miss(Limit, End),
		miss(Mirror, End),
	}...)
	kept := make([]*Flow, len(flows))
	for i, f := range flows {
		kept[i] = &f
	}
	sink("static", kept, nil)
}
