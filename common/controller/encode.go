package controller

import (
	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/controller/reconcile"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// noBuffer means that the switch has not kept a packet, in every version.
const noBuffer = 0xffffffff

// encoder is what is different between the versions of OpenFlow. Its append functions append one message.
type encoder interface {
	writer
	greeter
	version() openflow.Version
}

// writer makes messages.
type writer interface {
	// render is a flow in the form in which it is compared with what the switch has.
	render(f *flow.Flow, ts flow.Tables) (key, instr string, err error)
	appendOp(b []byte, op reconcile.Op) []byte
	appendFlow(b []byte, f *sentFlow) ([]byte, error)
	// appendDelete deletes flows whose match is that of f or narrower, and which send out of port if that is not 0.
	appendDelete(b []byte, f *sentFlow, port uint32) ([]byte, error)
	appendPacketOut(b []byte, p *packetOut) ([]byte, error)
}

// greeter speaks with a switch.
type greeter interface {
	// setup asks for packets, whole and with what is known of them. It returns the encoder to go on with.
	setup(co *coroutine.Co, x *ofconn.Session) (encoder, error)
	ports(co *coroutine.Co, x *ofconn.Session) ([]Port, error)
	installed(co *coroutine.Co, x *ofconn.Session) ([]reconcile.Installed, error)
	// tellsFlow reports whether a packet comes with the cookie of the flow that sent it.
	tellsFlow() bool
	deleteSent(co *coroutine.Co, x *ofconn.Session, s staleFlows) error
}

// sentFlow is a flow that is sent and not looked after.
type sentFlow struct {
	flow.Flow
	tables flow.Tables
	cookie uint64
	buffer uint32
}

// packetOut is a packet to be sent.
type packetOut struct {
	buffer, inPort uint32
	do             flow.Actions
	frame          []byte
}

// encoderOf speaks the version of a session.
func encoderOf(v openflow.Version) encoder {
	if v == openflow.Version10 {
		return &encoder10{}
	}
	return &encoder13{}
}

// command is what a flow-mod does for an operation; it has the same number in every version.
func command(k reconcile.OpKind) uint8 {
	switch k {
	case reconcile.Add:
		return uint8(of13.FlowAdd)
	case reconcile.Modify:
		return uint8(of13.FlowModifyStrict)
	}
	return uint8(of13.FlowDeleteStrict)
}
