package pipeline

import (
	"github.com/vlcp-go/vlcp/common/openflow/action"
)

// Way is how frames get to a guest here: the OpenFlow port, and what is special about it. That of a guest with nothing
// special is the number of the port, so that lists of them are what they always were.
//
//	bit 28     its port has a limit, see table limit
//	bits 0-15  OpenFlow port
type Way = uint32

const (
	wayLimited Way = 1 << 28
	wayPort    Way = 1<<16 - 1
)

// WayTo is the way to a port.
func WayTo(port uint32, limited bool) Way {
	if limited {
		port |= wayLimited
	}
	return port
}

// Deliver sends a frame that others get, too, to a guest.
//
// One of a limited port has to go through a meter, and a datapath's meter drops the packet for everybody who comes
// after it in the list. So it gets a copy of its own, on which the table limit puts the meter. Open vSwitch makes a
// copy in the datapath only for actions that it cannot undo by itself; a truncated output is one, the meter in another
// table is none. That it is truncated to 64 KiB changes nothing.
func (d Actions) Deliver(w Way) Actions {
	port := w & wayPort
	if w&wayLimited == 0 {
		return d.Output(port)
	}
	copied := Do().LoadReg(RegPart, port).Resubmit(Limit)
	list := append(copied.own(), action.Encode(&action.OutputTrunc{Port: uint16(port), MaxLen: wayPort})...)
	return d.with(append(d.own(), action.Encode(&action.Clone{Actions: list})...))
}
