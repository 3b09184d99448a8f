package pipeline

import (
	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Way is how frames get to a guest here: the OpenFlow port, and what is special about it. That of a guest with nothing
// special is the number of the port, so that lists of them are what they always were.
//
//	bit 30      what is delivered there is copied, see table mirror
//	bit 29      there are sub-ports on its port: frames with a tag are theirs, and so none are for it
//	bit 28      its port has a limit, see table limit
//	bits 16-27  tag that its frames have there, 0 for none: its port is a sub-port
//	bits 0-15   OpenFlow port
type Way = uint32

const (
	wayMirrored Way = 1 << 30
	wayParent   Way = 1 << 29
	wayLimited  Way = 1 << 28
	waySource   Way = 1<<28 - 1 // port and tag
	wayPort     Way = 1<<16 - 1
	wayVLAN         = 16
	vlanBits        = 12
)

// WayTo is the way to a port, in a VLAN if that is not 0.
func WayTo(port uint32, vlan uint16, limited bool) Way {
	w := port | uint32(vlan)<<wayVLAN
	if limited {
		w |= wayLimited
	}
	return w
}

// ToParent is a way to a guest that has sub-ports on its interface.
func ToParent(w Way) Way { return w | wayParent }

// TakesTagged reports whether a frame that has a tag already may go this way. To a parent it may not: on its interface
// it would be a sub-port's, and so of another network than it comes from.
func TakesTagged(w Way) bool { return w&wayParent == 0 }

// WayPort is the OpenFlow port of a way.
func WayPort(w Way) uint32 { return w & wayPort }

func wayTag(w Way) uint16 { return uint16(w >> wayVLAN & (1<<vlanBits - 1)) }

// To sends a frame to a guest, and to nobody after it.
func (d Actions) To(w Way) Actions { return d.mirror(w).PushVLAN(wayTag(w)).Output(w & wayPort) }

// Deliver sends a frame that others get, too, to a guest.
//
// One of a limited port has to go through a meter, and a datapath's meter drops the packet for everybody who comes
// after it in the list. So it gets a copy of its own, on which the table limit puts the meter. Open vSwitch makes a
// copy in the datapath only for actions that it cannot undo by itself; a truncated output is one, the meter in another
// table is none. That it is truncated to 64 KiB changes nothing.
func (d Actions) Deliver(w Way) Actions {
	tag := wayTag(w)
	if w&wayLimited == 0 {
		d = d.To(w)
		if tag != 0 {
			d = d.PopVLAN()
		}
		return d
	}
	copied := Do().LoadReg(RegPart, w&waySource).Resubmit(Limit).mirror(w).PushVLAN(tag)
	list := append(copied.own(), action.Encode(&action.OutputTrunc{Port: uint16(w & wayPort), MaxLen: wayPort})...)
	return d.with(append(d.own(), action.Encode(&action.Clone{Actions: list})...))
}

// A sub-port's frames have a tag on the interface of its parent. It is taken off where they come in, and kept in a
// register, by which they are told from those of the parent and of others on the same interface:
//
//	in_port, tag ─ classify: pop, reg15 = tag ─► guard … own (in_port, reg15) ─► … ─► back: push reg15 ─► in_port

// FromVLAN asks for a frame that came in with this tag, 0 for none, by a port that has sub-ports.
func (m Matcher) FromVLAN(id uint16) Matcher { return m.Reg(RegVLAN, tci(id)) }

// TakeVLAN takes the tag of a sub-port off.
func (d Actions) TakeVLAN(id uint16) Actions { return d.PopVLAN().LoadReg(RegVLAN, tci(id)) }

func tci(id uint16) uint32 {
	if id == 0 {
		return 0
	}
	return uint32(id) | vlanPresent
}

// Sender is the OpenFlow port, and the VLAN of a sub-port on it, in the metadata of a packet-in.
func Sender(m oxm.Match) (port uint32, vlan uint16) {
	p, _ := m.GetUint(oxm.InPort)
	tag, _ := m.GetUint(oxm.Reg(RegVLAN))
	return uint32(p), uint16(tag) &^ vlanPresent
}

// StrangeVLANs are the flows that drop what comes in by a port that has sub-ports with a tag that none of them has, or
// with two: whoever gets the frame would see the second one.
func (o Owner) StrangeVLANs(port uint32, emit func(Flow)) {
	tagged := Match().InPort(port).Tagged()
	emit(o.Flow(Classify, PrioStrange, tagged, drop(ReasonVLAN), Verdict))
	for _, second := range []uint64{etVLAN, etQinQ} {
		emit(o.Flow(Classify, PrioTwice, tagged.ethType(second), drop(ReasonVLAN), Verdict))
	}
}

// backFlows send an answer back out of the port that it is for.
func backFlows() []Flow {
	o := Owner{Module: ModulePipeline, Name: "table/" + TableName(Back)}
	tagged := Match().with(func(x oxm.Match) oxm.Match { return x.UintMasked(oxm.Reg(RegVLAN), vlanPresent, vlanPresent) })
	push := Do().pushVLAN().moveTo(RegVLAN, oxm.NXVLANTCI, vlanBits+1)
	return []Flow{
		o.Flow(Back, PrioMiss, Match(), Do().inPort(), End),
		o.Flow(Back, PrioNormal, tagged, push.inPort(), End),
	}
}
