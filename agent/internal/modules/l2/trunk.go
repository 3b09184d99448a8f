package l2

import (
	"cmp"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/incremental"
)

// trunkRules drop what comes in by a port that has sub-ports with a tag that is none of theirs, or that of one which is
// down: such a one has no place, so the parent is asked, too. Ports without cost nothing, and untagged frames are those
// of the parent. The group of a port and its sub-ports is that of a part, which there is already: the name of the
// parent, and the OpenFlow port.
func trunkRules(v *view.View, sink pipeline.Sink) {
	trunks := incremental.NewIndex(v.Places, "trunks", func(name string, p view.Place) []incremental.Pair[part, string] {
		return one(p.OFPort != 0 && p.Trunk, part{cmp.Or(p.Parent, name), p.OFPort}, name)
	}, func(a, b string) bool { return a < b })
	pipeline.AddGroupRule(trunks, "l2-trunk", sink, func(ctx *incremental.Ctx, t part, e emit) {
		if len(trunks.Members(ctx, t)) > 0 {
			pipeline.Owner{Module: pipeline.ModuleL2, Name: "port/" + t.network}.StrangeVLANs(t.number, e)
		}
	})
}
