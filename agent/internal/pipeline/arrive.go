package pipeline

import (
	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// ArrivedData marks what the agent is sent of a guest that speaks on a port which waits for it.
const ArrivedData = "arrived"

// told is the cookie of the flows that the switch makes in the table arrive.
var told = Cookie(ModuleL2, "told")

const toldSeconds = 1 // until the agent is told again, should it have missed it

// TellArrival sends a frame to the agent, and has the switch make a flow that takes those after it for a second: the
// guest may speak fast, and once is enough.
func (d Actions) TellArrival() Actions {
	port := action.LearnSpec{Header: action.LearnSrcField | action.LearnDstMatch | 16, Src: action.HeaderOf(oxm.NXInPort),
		Dst: action.HeaderOf(oxm.NXInPort)}
	return d.with(append(d.own(), action.Encode(&action.Learn{Priority: PrioOwn, HardTimeout: toldSeconds, Cookie: told,
		Table: Arrive, Specs: action.LearnSpecs{List: []action.LearnSpec{port}}})...)).Controller(ArrivedData)
}
