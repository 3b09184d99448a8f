package l2

import (
	"slices"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/incremental"
	"github.com/vlcp-go/vlcp/common/model"
)

// shared is a MAC that ports are allowed besides their own. Several may be, as those of a virtual router are, of which
// one uses it at a time: frames go to all of them, and who does not use it does not listen to it.
type shared struct {
	network string
	mac     model.MAC
}

func sharedRules(v *view.View, sink pipeline.Sink) {
	users := incremental.NewIndex(v.Places, "shared-macs", func(name string, p view.Place) (out []incremental.Pair[shared,
		string]) {
		for _, a := range p.Allowed {
			pair := incremental.Pair[shared, string]{Group: shared{p.Network, a.MAC}, Member: name}
			if !a.MAC.IsZero() && a.MAC != p.MAC && !slices.Contains(out, pair) {
				out = append(out, pair)
			}
		}
		return out
	}, func(a, b string) bool { return a < b })
	pipeline.AddGroupRule(users, "l2-shared", sink, func(ctx *incremental.Ctx, s shared, e emit) {
		sharedFlows(ctx, v, s, users.Members(ctx, s), e)
	})
}

func sharedFlows(ctx *incremental.Ctx, v *view.View, s shared, users []string, e emit) {
	n, ok := v.Networks.Get(ctx, s.network)
	if !ok || len(users) == 0 {
		return
	}
	remote, local, far := pipeline.Do(), pipeline.Do(), map[string]bool{}
	uplink, outside := v.Uplinks.Get(ctx, n.PhysNet)
	to := pipeline.Match().Reg(pipeline.RegNetwork, n.Tag).EthDst(s.mac)
	untagged := false
	for _, name := range users {
		p, _ := v.Places.Get(ctx, name)
		if p.OFPort != 0 {
			local, remote = local.Deliver(p.Way()), remote.Deliver(p.Way())
			untagged = untagged || !pipeline.TakesTagged(p.Way())
		}
	}
	remote = remote.TunID(n.VNI)
	for _, name := range users {
		p, _ := v.Places.Get(ctx, name)
		if t, ok := tunnelTo(ctx, v, n, p.Host); ok && !far[p.Host] {
			far[p.Host] = true
			remote = remote.TunDst(t.addr).Output(t.port)
		}
	}
	// The network's, since a flow must not change hands while it is wanted: see incremental.Sink.
	owner := pipeline.Owner{Module: pipeline.ModuleL2, Name: "network/" + s.network}
	if untagged { // to other users neither: that is not worth another flow
		to = to.Untagged()
	}
	e(owner.Flow(pipeline.L2, pipeline.PrioNormal, to, local, pipeline.End))
	if outside && n.Learning { // as in knownFlows
		e(owner.Flow(pipeline.Learn, pipeline.PrioOwn, pipeline.Match().Reg(pipeline.RegNetwork, n.Tag).EthSrc(s.mac),
			pipeline.Do(), pipeline.L2))
	}
	if outside && slices.ContainsFunc(users, func(name string) bool {
		p, _ := v.Places.Get(ctx, name)
		return p.Host != ""
	}) {
		far[""], remote = true, local.PushVLAN(n.VLAN).Output(uplink)
		if n.VLAN == 0 && !untagged {
			to = to.Untagged() // as in exitBy
		}
	}
	if len(far) > 0 {
		e(owner.Flow(pipeline.L2, pipeline.PrioOwn, to.Reg(pipeline.RegOrigin, pipeline.OriginLocal), remote, pipeline.End))
	}
}
