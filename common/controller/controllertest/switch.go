package controllertest

import (
	"errors"
	"slices"

	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// Switch is a switch that is played.
type Switch struct {
	r       *Rig
	id      uint64
	version openflow.Version
	ports   []uint32
	down    []uint32 // ports without a link
	flows   []*entry
	conn    *conn
	off     bool
	sent    []Output
	bundles map[uint32][][]byte
}

// Receive lets a frame come in by a port, and returns the frames that leave the switch because of it: by its flows, and
// by what the controller does about it.
func (sw *Switch) Receive(port uint32, frame []byte) []Output {
	sw.r.t.Helper()
	sw.sent = nil
	sw.pipeline(0, port, frame)
	sw.r.Settle()
	out := sw.sent
	sw.sent = nil
	return out
}

// Disconnect ends the connection. The controller connects again, unless the switch is to stay off; its flows stay.
func (sw *Switch) Disconnect(off bool) {
	sw.off = off
	if sw.conn != nil {
		sw.conn.end(errors.New("cable pulled"))
	}
	sw.r.Settle()
}

// SetPort makes a port come (again), lose its link, or go.
func (sw *Switch) SetPort(port uint32, there, link bool) {
	had := slices.Contains(sw.ports, port)
	is := func(p uint32) bool { return p == port }
	sw.ports, sw.down = slices.DeleteFunc(sw.ports, is), slices.DeleteFunc(sw.down, is)
	reason := of13.PortDelete
	if there {
		sw.ports = append(sw.ports, port)
		slices.Sort(sw.ports)
		reason = of13.PortAdd
		if had {
			reason = of13.PortModify
		}
	}
	if !link {
		sw.down = append(sw.down, port)
	}
	if sw.version == openflow.Version10 {
		sw.tell(&of10.PortStatus{Reason: of10.PortReason(reason), Port: sw.port10(port)})
	} else {
		sw.tell(&of13.PortStatus{Reason: reason, Port: sw.port13(port)})
	}
	sw.r.Settle()
}

// output sends a frame out of a port, which may be one of the special ones.
func (sw *Switch) output(port, inPort uint32, frame []byte) {
	switch port {
	case flow.PortInPort:
		sw.leave(inPort, frame)
	case flow.PortFlood, flow.PortAll:
		for _, p := range sw.ports {
			if p != inPort {
				sw.leave(p, frame)
			}
		}
	case flow.PortTable:
		sw.pipeline(0, inPort, frame)
	default:
		if port != inPort {
			sw.leave(port, frame)
		}
	}
}

func (sw *Switch) leave(port uint32, frame []byte) {
	if slices.Contains(sw.ports, port) && !slices.Contains(sw.down, port) {
		sw.sent = append(sw.sent, Output{port, slices.Clone(frame)})
	}
}

// connected begins a new connection.
func (sw *Switch) connected(c *conn) {
	sw.conn = c
	sw.bundles = map[uint32][][]byte{}
	if sw.version == openflow.Version10 {
		sw.tell(&of10.Hello{})
	} else {
		sw.tell(&of13.Hello{})
	}
}

// tell sends a message that nobody asked for.
func (sw *Switch) tell(m openflow.Message) { sw.answer(0, m) }

// answer sends the reply to the request with a transaction id.
func (sw *Switch) answer(xid uint32, m openflow.Message) {
	if sw.conn == nil {
		return
	}
	m.SetXid(xid)
	b, err := openflow.Append(nil, m)
	if err != nil {
		sw.r.t.Fatalf("played switch: %v", err)
	}
	sw.conn.tell(b)
}

// take takes a message from the controller.
func (sw *Switch) take(b []byte) {
	if openflow.MessageType(b) == openflow.TypeHello {
		return
	}
	if sw.version == openflow.Version10 {
		sw.take10(b)
	} else {
		sw.take13(b)
	}
}
