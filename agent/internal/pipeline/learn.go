package pipeline

import (
	"strconv"

	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Lesson is what the switch makes of a frame from outside.
type Lesson struct {
	Tag     uint32 // of the network
	Max     uint32 // machines of it that the switch knows at a time
	Seconds uint16 // that one is known after its last frame
}

// LearntCookie is the cookie of the flows that the switch learns in a network, by which it counts them. It is made from
// the tag, which no later network has, so that what is left of a network that was deleted does not count as another's.
func LearntCookie(tag uint32) uint64 {
	return Cookie(ModuleLearnt, "network/"+strconv.FormatUint(uint64(tag), 10))
}

// known is what learnt flows do, in the form that Open vSwitch gives it.
var known = string(of13.Instructions(nil).Apply(action.Load(of13.Actions(nil), oxm.Reg(RegKnown), action.Bits(0, 32),
	1)))

// FromStation asks for a frame whose source is a single machine: a group address cannot be one (IEEE 802.3 3.2.3), and
// whoever sends it is not to be learnt.
func (m Matcher) FromStation() Matcher {
	m.m = m.own().BytesMasked(oxm.EthSrc, []byte{0, 0, 0, 0, 0, 0}, []byte{1, 0, 0, 0, 0, 0})
	return m
}

// EthSrc asks for the source address.
func (m Matcher) EthSrc(mac [6]byte) Matcher { return m.mac(oxm.EthSrc, mac) }

// Learn has the switch note that whoever sent the frame is outside: a flow in the table learnt for frames to it, which
// says that it is known. A machine that goes on sending has the time of its flow begin anew, and no flow is made beyond
// the network's limit (ovs-actions(7)), so that nobody outside can fill the switch with addresses that it invents.
func (d Actions) Learn(l Lesson) Actions {
	field := func(from, to oxm.Field, bits uint16) action.LearnSpec {
		return action.LearnSpec{Header: action.LearnSrcField | action.LearnDstMatch | bits, Src: action.HeaderOf(from),
			Dst: action.HeaderOf(to)}
	}
	one := action.LearnSpec{Header: action.LearnSrcValue | action.LearnDstLoad | 32, Value: []byte{0, 0, 0, 1},
		Dst: action.HeaderOf(oxm.Reg(RegKnown))}
	return d.with(append(d.own(), action.Encode(&action.Learn2{Priority: PrioNormal, HardTimeout: l.Seconds,
		Cookie: LearntCookie(l.Tag), Table: Learnt, Limit: l.Max, Specs: action.LearnSpecs{List: []action.LearnSpec{
			field(oxm.Reg(RegNetwork), oxm.Reg(RegNetwork), 32), field(oxm.NXEthSrc, oxm.NXEthDst, 48), one}}})...))
}
