package l2

import (
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/incremental"
)

// trunk is an OpenFlow port that has sub-ports.
type trunk struct {
	port   uint32
	parent string
}

// trunkRules drop what comes in by a port that has sub-ports with a tag that is none of theirs. Ports without cost
// nothing, and untagged frames are those of the parent.
func trunkRules(v *view.View, sink pipeline.Sink) {
	trunks := incremental.NewIndex(v.Places, "trunks", func(name string, p view.Place) []incremental.Pair[trunk, string] {
		return one(p.OFPort != 0 && p.Parent != "", trunk{p.OFPort, p.Parent}, name)
	}, func(a, b string) bool { return a < b })
	pipeline.AddGroupRule(trunks, "l2-trunk", sink, func(ctx *incremental.Ctx, t trunk, e emit) {
		if len(trunks.Members(ctx, t)) > 0 {
			pipeline.Owner{Module: pipeline.ModuleL2, Name: "port/" + t.parent}.StrangeVLANs(t.port, e)
		}
	})
}
