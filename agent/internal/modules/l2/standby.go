package l2

import (
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/incremental"
	"github.com/vlcp-go/vlcp/common/model"
)

// standbyFlows are what a port that migrates to here has besides the flows of every port here, which are in the switch
// long before they are needed:
//
//	guest, first frame ─ classify ─► arrive ─► agent: the port is here now     (once a second, until that is so)
//	                        └─► on, as of every guest
//	others here ─► l2 ─► the host that has it still
//	tunnel, uplink ─► l2 ─► guest, as to every guest
func standbyFlows(ctx *incremental.Ctx, v *view.View, owner pipeline.Owner, n model.Network, p view.Place, e emit) {
	e(owner.Flow(pipeline.Arrive, pipeline.PrioNormal, p.From(), pipeline.Do().TellArrival(), pipeline.End))
	there := pipeline.Match().Reg(pipeline.RegNetwork, n.Tag).Reg(pipeline.RegOrigin, pipeline.OriginLocal).EthDst(p.MAC)
	out, leaves := pipeline.Do(), false
	if t, ok := tunnelTo(ctx, v, n, p.Host); ok {
		out, leaves = out.TunID(t.vni).TunDst(t.addr).Output(t.port), true
	} else if port, ok := v.Uplinks.Get(ctx, n.PhysNet); ok {
		out, leaves = out.PushVLAN(n.VLAN).Output(port), true
		if n.VLAN == 0 { // as in exitBy
			there = there.Untagged()
		}
	}
	if leaves {
		e(owner.Flow(pipeline.L2, pipeline.PrioOwn, there, out, pipeline.End))
	}
}
