package l2

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/incremental"
	"github.com/vlcp-go/vlcp/common/model"
)

type emit = func(pipeline.Flow)

// tunnel is how a frame of a network gets to another host.
type tunnel struct {
	vni  uint32
	addr netip.Addr
	port uint32
}

// Rules adds the module's rules to the view's graph.
func Rules(v *view.View, sink pipeline.Sink) {
	pipeline.AddRule(v.Places, "l2-port", sink, func(ctx *incremental.Ctx, name string, p view.Place, e emit) {
		portFlows(ctx, v, name, p, e)
	})
	sharedRules(v, sink)
	trunkRules(v, sink)
	f := newFlood(v, sink)
	pipeline.AddGroupRule(v.LocalPorts, "l2-network", sink, func(ctx *incremental.Ctx, network string, e emit) {
		networkFlows(ctx, f, network, e)
	})
	pipeline.AddRule(v.Lazies, "l2-needed", sink, func(ctx *incremental.Ctx, network string, _ bool, e emit) {
		neededFlows(ctx, f, network, e)
	})
}

// portFlows are the flows of one port: in and out here, or towards the host that has it.
func portFlows(ctx *incremental.Ctx, v *view.View, name string, p view.Place, e emit) {
	missing, module := p.Need.Without(view.LazyL2, pipeline.ModuleL2)
	if missing { // nothing is read for it, so nothing is kept
		return
	}
	n, ok := v.Networks.Get(ctx, p.Network)
	if !ok {
		return
	}
	owner := pipeline.Owner{Module: module, Name: "port/" + name}
	dst := pipeline.Match().Reg(pipeline.RegNetwork, n.Tag)
	knownFlows(ctx, v, owner, n, p, e)
	if p.OFPort != 0 {
		next := pipeline.DHCP
		if p.Secured {
			next = pipeline.Guard
		} else if p.MirrorOut {
			next = pipeline.Verdict // where what has passed is copied
		}
		from, in, prio := pipeline.Match().InPort(p.OFPort), pipeline.Do(), uint16(pipeline.PrioNormal)
		if p.VLAN != 0 {
			from, in, prio = from.VLAN(p.VLAN), in.TakeVLAN(p.VLAN), pipeline.PrioOwn
		}
		in = in.LoadReg(pipeline.RegNetwork, n.Tag).LoadReg(pipeline.RegOrigin, pipeline.OriginLocal)
		if p.Host != "" {
			in = in.Resubmit(pipeline.Arrive)
			standbyFlows(ctx, v, owner, n, p, e)
		}
		way := pipeline.WayTo(p.OFPort, p.VLAN, false)
		out := pipeline.Do().To(p.Way())
		if p.Limits.Out != 0 {
			in = in.Meter(v.Meter(ctx, pipeline.MeterOut, p.Meter))
		}
		if p.Limits.In != 0 {
			meter := v.Meter(ctx, pipeline.MeterIn, p.Meter)
			out = out.Meter(meter)
			e(owner.Flow(pipeline.Limit, pipeline.PrioNormal, pipeline.Match().Reg(pipeline.RegPart, way),
				pipeline.Do().Meter(meter), pipeline.End))
		}
		e(owner.Flow(pipeline.Classify, prio, from, in, next))
		to := dst.EthDst(p.MAC)
		if !pipeline.TakesTagged(p.Way()) {
			to = to.Untagged()
		}
		e(owner.Flow(pipeline.L2, pipeline.PrioNormal, to, out, pipeline.End))
		toMany(ctx, v, owner, p, e)
		return
	}
	t, ok := tunnelTo(ctx, v, n, p.Host)
	if !ok {
		return
	}
	e(owner.Flow(pipeline.L2, pipeline.PrioNormal, dst.Reg(pipeline.RegOrigin, pipeline.OriginLocal).EthDst(p.MAC),
		pipeline.Do().TunID(t.vni).TunDst(t.addr).Output(t.port), pipeline.End))
}

func tunnelTo(ctx *incremental.Ctx, v *view.View, n model.Network, host string) (tunnel, bool) {
	if !tunnelled(ctx, v, n) {
		return tunnel{}, false
	}
	h, ok := v.Hosts.Get(ctx, host)
	self, _ := v.Self.Get(ctx, struct{}{})
	port := tunnelPort(ctx, v, n)
	if !ok || !h.Tunnel.IsValid() || h.Tunnel.Is6() != self.IPv6 || port == 0 {
		return tunnel{}, false
	}
	return tunnel{vni: n.VNI, addr: h.Tunnel, port: port}, true
}

// tunnelPort is the port by which frames of a network in tunnels come and go, 0 while there is none.
func tunnelPort(ctx *incremental.Ctx, v *view.View, n model.Network) uint32 {
	if port, own := v.Tunnels.Get(ctx, n.PhysNet); own {
		return port
	}
	self, _ := v.Self.Get(ctx, struct{}{})
	return self.TunnelPort
}

// networkFlows are the flows of a network that has a port here: frames from the tunnel, and the two halves of flooding.
func networkFlows(ctx *incremental.Ctx, f *flood, network string, e emit) {
	v := f.v
	n, ok := v.Networks.Get(ctx, network)
	if !ok {
		return
	}
	owner := pipeline.Owner{Module: pipeline.ModuleL2, Name: "network/" + network}
	tag := pipeline.Match().Reg(pipeline.RegNetwork, n.Tag)
	f.localFlows(ctx, network, tag, e)
	if !tunnelled(ctx, v, n) {
		uplinkFlows(ctx, v, n, e)
		return
	}
	port := tunnelPort(ctx, v, n)
	if port == 0 {
		return
	}
	e(owner.Flow(pipeline.Classify, pipeline.PrioNormal, pipeline.Match().InPort(port).TunID(n.VNI),
		pipeline.Do().LoadReg(pipeline.RegNetwork, n.Tag), pipeline.L2))
	if remote, some := f.remote(ctx, network, n); some {
		e(owner.Flow(pipeline.Flood, pipeline.PrioNormal, tag.Reg(pipeline.RegOrigin, pipeline.OriginLocal), remote,
			pipeline.FloodLocal))
	}
}
