package pipeline

import (
	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// What mirrors copy is taken where a frame of a port has passed all that could stop it: of what its guest sends, behind
// the check of its addresses, of what is delivered to it, behind the meter of its limit, where it goes out.
//
//	guest ─ classify ─► guard … ─► verdict ─ copy ─► dhcp …      by in_port
//	… ─ to its way: reg2 = way ─► mirror ─ copy                  (resubmit; not what came in by the same port)
//	  └─► out of its port
//	arp ─► reply ─► back ─ copy, out of its port                 answers of the switch, by in_port
//
// A copy leaves by a port at once, that of a guest or a tunnel, and goes through no other table: nothing can answer it,
// learn from it, flood it or copy it again. In a tunnel it has a key that no network has, and the flow that takes it
// there does the same. No flow of a port without mirrors is another because of this.

// ToMirrored is a way to a guest whose frames are copied.
func ToMirrored(w Way) Way { return w | wayMirrored }

// mirror has what goes this way copied.
func (d Actions) mirror(w Way) Actions {
	if w&wayMirrored == 0 {
		return d
	}
	return d.LoadReg(RegPart, w&waySource).Resubmit(Mirror)
}

// Aside does something with a copy of the frame, which comes from nowhere: it may also leave by the port that the frame
// came in by, as by the tunnel from one host to another.
func (d Actions) Aside(do Actions) Actions {
	const none = 0xffff // OFPP_NONE of OpenFlow 1.0, in the width of the field
	list := action.Load(of13.Actions(nil), oxm.NXInPort, action.Bits(0, 16), none)
	return d.with(append(d.own(), action.Encode(&action.Clone{Actions: append(list, do.a...)})...))
}

// Copy is the copy for a guest here.
func (d Actions) Copy(w Way) Actions { return d.Aside(Do().Deliver(w &^ wayMirrored)) }

// Copies are what becomes of a frame that is copied. Tagged is that of one with a tag of its own, which not everybody
// takes, see TakesTagged; it is there where it is not All.
type Copies struct {
	All    Actions
	Tagged *Actions
}

// each calls fn for the kinds of frames.
func (c Copies) each(m Matcher, prio uint16, fn func(m Matcher, prio uint16, do Actions)) {
	fn(m, prio, c.All)
	if c.Tagged != nil {
		fn(m.Tagged(), prio+1, *c.Tagged)
	}
}

// CopySent are the flows that copy what the guest of a port sends; from asks for its frames.
func (o Owner) CopySent(from Matcher, c Copies, emit func(Flow)) {
	c.each(from.Reg(RegVerdict, 0), PrioOwn, func(m Matcher, prio uint16, do Actions) {
		emit(o.Flow(Verdict, prio, m, do, DHCP))
	})
}

// CopyDelivered are the flows that copy what is delivered to the guest at a way; from asks for frames that it sent.
func (o Owner) CopyDelivered(w Way, from Matcher, c Copies, emit func(Flow)) {
	to := Match().Reg(RegPart, w&waySource)
	c.each(to, PrioNormal, func(m Matcher, prio uint16, do Actions) { emit(o.Flow(Mirror, prio, m, do, End)) })
	emit(o.Flow(Mirror, PrioOwn, to.InPort(WayPort(w)), Do(), End)) // a switch does not send it back
	c.each(from, PrioOwn, func(m Matcher, prio uint16, do Actions) {
		emit(o.Flow(Back, prio, m, do.PushVLAN(wayTag(w)).inPort(), End))
	})
}
