package pipeline

import (
	"github.com/vlcp-go/vlcp/common/openflow/action"
)

// NeededData marks what the agent is sent of a frame for whom there is no flow, in a network whose flows are on demand.
const NeededData = "needed"

// neededBytes are enough for a neighbour solicitation with its options; the rest of a frame is nobody's
// business.
const neededBytes = 128

// TellNeeded sends the beginning of a frame to the agent, which finds out who is wanted.
func (d Actions) TellNeeded() Actions {
	return d.with(append(d.own(), action.Encode(&action.NXController2{Properties: []action.ControllerProperty{
		action.ControllerMaxLen(neededBytes), action.ControllerUserData([]byte(NeededData))}})...))
}

// DemandCookies are the cookie that flows on demand have in common, and its bits that they do.
func DemandCookies() (value, mask uint64) {
	return cookies.Base(uint16(ModuleDemand)), ^cookies.OwnerMask()
}

// OnDemand reports whether a flow with this cookie is one.
func OnDemand(c uint64) bool {
	value, mask := DemandCookies()
	return c&mask == value
}

// WantedCookie is the cookie of the flows for a port that are on demand.
func WantedCookie(port string) uint64 { return Cookie(ModuleDemand, "port/"+port) }

// LazyCookie is the cookie of the flows that every network has whose flows are on demand.
func LazyCookie(network string) uint64 { return Cookie(ModuleDemand, "network/"+network) }
