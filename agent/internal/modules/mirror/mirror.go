// Package mirror is the module that copies frames of ports to other ports, or to machines outside, see
// pipeline/mirror.go for where the copies are taken. They are made on the host that has the port:
//
//	port copied from ─ copy ─► port here
//	                      ├──► tunnel, key of the mirror ─► its host: classify ─► port        and no other table
//	                      └──► tunnel, key of the mirror ─► machine outside
//
// Copies go through the hosts' usual tunnel whatever network they are of. To a port that is on no host there are none.
package mirror

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
	pipeline.AddGroupRule(v.MirrorsOf, "mirror-port", sink, func(ctx *incremental.Ctx, port string, e emit) {
		copyFlows(ctx, v, port, e)
	})
	pipeline.AddRule(v.MirrorEnds, "mirror-end", sink, func(ctx *incremental.Ctx, name string, m model.Mirror, e emit) {
		endFlow(ctx, v, name, m, e)
	})
}

// copyFlows are those of a port that is copied from.
func copyFlows(ctx *incremental.Ctx, v *view.View, port string, e emit) {
	p, ok := v.Places.Get(ctx, port)
	if !ok || !p.MirrorIn && !p.MirrorOut {
		return
	}
	owner := pipeline.Owner{Module: pipeline.ModuleMirror, Name: "port/" + port}
	if p.MirrorOut {
		owner.CopySent(p.From(), copiesOf(ctx, v, port, (*model.Mirror).Out), e)
	}
	if p.MirrorIn {
		owner.CopyDelivered(p.Way(), p.From(), copiesOf(ctx, v, port, (*model.Mirror).In), e)
	}
}

// copiesOf is what those mirrors of a port that are chosen do to a frame.
func copiesOf(ctx *incremental.Ctx, v *view.View, port string, chosen func(*model.Mirror) bool) pipeline.Copies {
	all, tagged, differ := pipeline.Do(), pipeline.Do(), false
	for _, name := range v.MirrorsOf.Members(ctx, port) {
		m, _ := v.Mirrors.Get(ctx, name)
		if !chosen(&m) {
			continue
		}
		all = addCopy(ctx, v, all, m)
		to, _ := v.Places.Get(ctx, m.To)
		if to.Host == "" && !pipeline.TakesTagged(to.Way()) {
			differ = true
			continue
		}
		tagged = addCopy(ctx, v, tagged, m)
	}
	if !differ {
		return pipeline.Copies{All: all}
	}
	return pipeline.Copies{All: all, Tagged: &tagged}
}

// addCopy adds what a mirror does to a frame, nothing while there is nobody to send it to.
func addCopy(ctx *incremental.Ctx, v *view.View, do pipeline.Actions, m model.Mirror) pipeline.Actions {
	to, far := v.Places.Get(ctx, m.To)
	switch {
	case m.Remote.IsValid():
		return addTunnel(ctx, v, do, m, m.Remote)
	case !far:
		return do
	case to.Host != "":
		h, _ := v.Hosts.Get(ctx, to.Host)
		return addTunnel(ctx, v, do, m, h.Tunnel)
	}
	return do.Copy(to.Way())
}

func addTunnel(ctx *incremental.Ctx, v *view.View, do pipeline.Actions, m model.Mirror,
	to netip.Addr) pipeline.Actions {
	self, _ := v.Self.Get(ctx, struct{}{})
	if !to.IsValid() || to.Is6() != self.IPv6 || self.TunnelPort == 0 {
		return do
	}
	return do.Aside(pipeline.Do().TunID(m.VNI).TunDst(to).Output(self.TunnelPort))
}

// endFlow takes copies that come in a tunnel to a port here.
func endFlow(ctx *incremental.Ctx, v *view.View, name string, m model.Mirror, e emit) {
	p, _ := v.Places.Get(ctx, m.To)
	self, _ := v.Self.Get(ctx, struct{}{})
	if p.OFPort == 0 || self.TunnelPort == 0 {
		return
	}
	from := pipeline.Match().InPort(self.TunnelPort).TunID(m.VNI)
	if !pipeline.TakesTagged(p.Way()) {
		from = from.Untagged()
	}
	e(pipeline.Owner{Module: pipeline.ModuleMirror, Name: "mirror/" + name}.Flow(pipeline.Classify, pipeline.PrioNormal,
		from, pipeline.Do().Copy(p.Way()), pipeline.End))
}
