package flow

import (
	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Learn is a flow that the switch makes by itself from each packet that it handles (the learn action of Nicira, see
// ovs-actions(7)). Its matches and outputs are added by methods. Open vSwitch only.
type Learn struct {
	// Table is the number of the table that the flow is put into.
	Table                    uint8
	Priority                 uint16
	IdleTimeout, HardTimeout uint16 // seconds
	// Cookie of the flow; give it Switch.SentCookie, so that it goes with the module.
	Cookie uint64

	specs []action.LearnSpec
}

// bitsPerByte of a field.
const bitsPerByte = 8

// MatchField makes the flow match packets whose field dst is what src is in the packet that is learned from.
func (l Learn) MatchField(dst, src oxm.Field) Learn {
	return l.with(action.LearnSpec{Header: action.LearnSrcField | action.LearnDstMatch, Src: action.HeaderOf(src),
		Dst: action.HeaderOf(dst)}, dst)
}

// LoadField makes the flow set field dst to what src is in the packet that is learned from.
func (l Learn) LoadField(dst, src oxm.Field) Learn {
	return l.with(action.LearnSpec{Header: action.LearnSrcField | action.LearnDstLoad, Src: action.HeaderOf(src),
		Dst: action.HeaderOf(dst)}, dst)
}

// OutputField makes the flow send packets out of the port that is in field src of the packet that is learned from.
func (l Learn) OutputField(src oxm.Field) Learn {
	return l.with(action.LearnSpec{Header: action.LearnSrcField | action.LearnDstOutput, Src: action.HeaderOf(src)}, src)
}

func (l Learn) with(s action.LearnSpec, sized oxm.Field) Learn {
	s.Header |= uint16(sized.Len()*bitsPerByte) & action.LearnNBits
	l.specs = append(l.specs[:len(l.specs):len(l.specs)], s)
	return l
}

// Learn makes the switch learn a flow from the packet.
func (a Actions) Learn(l Learn) Actions {
	return a.Raw(of13.Actions(action.Encode(&action.Learn{IdleTimeout: l.IdleTimeout, HardTimeout: l.HardTimeout,
		Priority: l.Priority, Cookie: l.Cookie, Table: l.Table, Specs: action.LearnSpecs{List: l.specs}})))
}
