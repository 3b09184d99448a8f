package controllertest

import (
	"errors"
	"slices"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/vswitch"
)

// Switch is a switch that is played.
type Switch struct {
	r       *Rig
	id      uint64
	version openflow.Version
	model   model
	conn    *conn
	off     bool
	sent    []Output
}

// model is how a switch behaves, in one version of OpenFlow.
type model interface {
	// connect begins a connection; what the switch says is given to tell.
	connect(tell func(b []byte))
	disconnect()
	handle(b []byte)
	receive(port uint32, frame []byte)
	setPort(port uint32, there bool)
	flows() []string
}

// newSwitch makes a switch with some ports.
func newSwitch(r *Rig, id uint64, v openflow.Version, ports []uint32) *Switch {
	sw := &Switch{r: r, id: id, version: v}
	if v == openflow.Version10 {
		sw.model = &plain{sw: sw, id: id}
	} else {
		sw.model = &modern{sw: vswitch.New(vswitch.Options{DatapathID: id, Now: r.s.Now,
			Emit: func(o vswitch.Out) { sw.emit(o.Port, o.Frame) }})}
	}
	for _, p := range ports {
		sw.model.setPort(p, true)
	}
	return sw
}

func (sw *Switch) emit(port uint32, frame []byte) {
	sw.sent = append(sw.sent, Output{port, slices.Clone(frame)})
}

// Receive lets a frame come in by a port, once what is under way has happened, and returns the frames that leave the
// switch because of it: by its flows, and by what the controller does about it.
func (sw *Switch) Receive(port uint32, frame []byte) []Output {
	sw.r.t.Helper()
	sw.r.Settle()
	sw.sent = nil
	sw.model.receive(port, slices.Clone(frame))
	sw.r.Settle()
	out := sw.sent
	sw.sent = nil
	return out
}

// Flows are the flows, once what is under way has happened, as ovs-ofctl prints them but for cookies and statistics, by
// table and priority.
func (sw *Switch) Flows() []string {
	sw.r.Settle()
	out := sw.model.flows()
	sw.r.Settle() // who is told of those that have ended
	return out
}

// SetPort makes a port come or go.
func (sw *Switch) SetPort(port uint32, there bool) {
	sw.model.setPort(port, there)
	sw.r.Settle()
}

// Disconnect ends the connection. The controller connects again, unless the switch is to stay off; its flows stay.
func (sw *Switch) Disconnect(off bool) {
	sw.off = off
	if sw.conn != nil {
		sw.conn.end(errors.New("cable pulled"))
	}
	sw.r.Settle()
}

// connected begins a new connection.
func (sw *Switch) connected(c *conn) {
	sw.conn = c
	sw.model.connect(c.tell)
}
