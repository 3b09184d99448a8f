package l2

import (
	"hash/fnv"
	"slices"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/incremental"
	"github.com/vlcp-go/vlcp/common/model"
)

const (
	wholeMax     = 64 // members of a flow that floods to all of them itself
	portsPerPart = 64
	hostParts    = 64
)

// part is some of a network's members.
type part struct {
	network string
	number  uint32
}

func portPart(way pipeline.Way) uint32 { return pipeline.WayPort(way) / portsPerPart }

func hostPart(id string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(id)) //nolint:errcheck // hash.Hash never fails
	return h.Sum32() % hostParts
}

// size says of a network that has a port here whether its members are flooded to in parts. It is an output that is an
// input again: what depends on it runs again only when it tips, not with every member.
type size struct {
	network      string
	hosts, ports bool // are many
}

// ID and Equal make size an output of an incremental rule.
func (s size) ID() string        { return s.network }
func (s size) Equal(o size) bool { return s == o }

// flood is what flooding is computed from.
type flood struct {
	v         *view.View
	sizes     *incremental.Table[string, size]
	portParts *incremental.Index[string, view.Place, string, uint32] // network → parts that have ports
	hostParts *incremental.Index[string, view.Place, string, uint32] // network → parts that have hosts
	ports     *incremental.Index[string, view.Place, part, uint32]
	hosts     *incremental.Index[string, view.Place, part, string]
}

func newFlood(v *view.View, sink pipeline.Sink) *flood {
	f := &flood{v: v, sizes: incremental.NewTable[string](v.Graph, "flood-sizes", func(a, b size) bool { return a == b })}
	number := func(a, b uint32) bool { return a < b }
	f.ports = incremental.NewIndex(v.Places, "flood-ports", func(_ string, p view.Place) []incremental.Pair[part, uint32] {
		return one(p.OFPort != 0, part{p.Network, portPart(p.Way())}, p.Way())
	}, number)
	f.hosts = incremental.NewIndex(v.Places, "flood-hosts", func(_ string, p view.Place) []incremental.Pair[part, string] {
		return one(p.Host != "", part{p.Network, hostPart(p.Host)}, p.Host)
	}, func(a, b string) bool { return a < b })
	f.portParts = incremental.NewIndex(v.Places, "flood-port-parts",
		func(_ string, p view.Place) []incremental.Pair[string, uint32] {
			return one(p.OFPort != 0, p.Network, portPart(p.Way()))
		}, number)
	f.hostParts = incremental.NewIndex(v.Places, "flood-host-parts",
		func(_ string, p view.Place) []incremental.Pair[string, uint32] {
			return one(p.Host != "", p.Network, hostPart(p.Host))
		}, number)
	incremental.AddGroupRule(v.LocalPorts, "flood-size", f.tip, f.size)
	pipeline.AddGroupRule(f.ports, "l2-flood-ports", sink, f.portFlow)
	pipeline.AddGroupRule(f.hosts, "l2-flood-hosts", sink, f.hostFlow)
	return f
}

// one is one membership, if there is any.
func one[G, M comparable](is bool, g G, m M) []incremental.Pair[G, M] {
	if !is {
		return nil
	}
	return []incremental.Pair[G, M]{{Group: g, Member: m}}
}

func (f *flood) size(ctx *incremental.Ctx, network string, emit func(size)) {
	emit(size{network: network, hosts: len(f.v.RemoteHosts.Members(ctx, network)) > wholeMax,
		ports: len(f.v.LocalPorts.Members(ctx, network)) > wholeMax})
}

func (f *flood) tip(_ string, changed, removed []size) {
	for _, s := range removed {
		f.sizes.Delete(s.network)
	}
	for _, s := range changed {
		f.sizes.Set(s.network, s)
	}
}

// localFlows are how a network's frames, which have its tag, get to our ports.
func (f *flood) localFlows(ctx *incremental.Ctx, network string, tag pipeline.Matcher, e emit) {
	if s, _ := f.sizes.Get(ctx, network); s.ports {
		do := inParts(pipeline.Do(), f.portParts.Members(ctx, network), pipeline.FloodPorts)
		e(part{network: network}.owner().Flow(pipeline.FloodLocal, pipeline.PrioNormal, tag, do, pipeline.End))
		return
	}
	deliverFlows(part{network: network}.owner(), pipeline.FloodLocal, tag, f.v.LocalPorts.Members(ctx, network), e)
}

// deliverFlows send to all of ways, and what has a tag to those that take it. The second flow is there only where
// some do not.
func deliverFlows(o pipeline.Owner, t pipeline.Table, m pipeline.Matcher, ways []pipeline.Way, e emit) {
	e(o.Flow(t, pipeline.PrioNormal, m, deliver(ways), pipeline.End))
	toParent := func(w pipeline.Way) bool { return !pipeline.TakesTagged(w) }
	if slices.ContainsFunc(ways, toParent) {
		tagged := slices.DeleteFunc(slices.Clone(ways), toParent)
		e(o.Flow(t, pipeline.PrioOwn, m.Tagged(), deliver(tagged), pipeline.End))
	}
}

func deliver(ways []pipeline.Way) pipeline.Actions {
	do := pipeline.Do()
	for _, way := range ways {
		do = do.Deliver(way)
	}
	return do
}

// remote is how they get to the other hosts, if there are any.
func (f *flood) remote(ctx *incremental.Ctx, network string, n model.Network) (do pipeline.Actions, some bool) {
	do = pipeline.Do().TunID(n.VNI)
	if s, _ := f.sizes.Get(ctx, network); s.hosts {
		return inParts(do, f.hostParts.Members(ctx, network), pipeline.FloodHosts), true
	}
	return f.toHosts(ctx, do, n, f.v.RemoteHosts.Members(ctx, network))
}

func (f *flood) toHosts(ctx *incremental.Ctx, do pipeline.Actions, n model.Network,
	hosts []string) (all pipeline.Actions, some bool) {
	for _, host := range hosts {
		if t, ok := tunnelTo(ctx, f.v, n, host); ok {
			do, some = do.TunDst(t.addr).Output(t.port), true
		}
	}
	return do, some
}

func inParts(do pipeline.Actions, parts []uint32, t pipeline.Table) pipeline.Actions {
	for _, number := range parts {
		do = do.LoadReg(pipeline.RegPart, number).Resubmit(t)
	}
	return do
}

// portFlow is the flow of one part of our ports.
func (f *flood) portFlow(ctx *incremental.Ctx, p part, e emit) {
	n, ok := f.v.Networks.Get(ctx, p.network)
	if s, _ := f.sizes.Get(ctx, p.network); !ok || !s.ports {
		return
	}
	deliverFlows(p.owner(), pipeline.FloodPorts, pipeline.Match().Reg(pipeline.RegNetwork, n.Tag).
		Reg(pipeline.RegPart, p.number), f.ports.Members(ctx, p), e)
}

// hostFlow is the flow of one part of the other hosts. Like every flow that sends into the tunnel, it asks for a frame
// of one of our guests.
func (f *flood) hostFlow(ctx *incremental.Ctx, p part, e emit) {
	n, ok := f.v.Networks.Get(ctx, p.network)
	if s, _ := f.sizes.Get(ctx, p.network); !ok || !s.hosts {
		return
	}
	do, some := f.toHosts(ctx, pipeline.Do(), n, f.hosts.Members(ctx, p))
	if !some {
		return
	}
	e(p.owner().Flow(pipeline.FloodHosts, pipeline.PrioNormal, pipeline.Match().Reg(pipeline.RegNetwork, n.Tag).
		Reg(pipeline.RegOrigin, pipeline.OriginLocal).Reg(pipeline.RegPart, p.number), do, pipeline.End))
}

func (p part) owner() pipeline.Owner {
	return pipeline.Owner{Module: pipeline.ModuleL2, Name: "network/" + p.network}
}
