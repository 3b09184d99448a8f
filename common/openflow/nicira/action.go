package nicira

import (
	"encoding/binary"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Subtypes of Nicira actions.
const (
	ActionRegMove     uint16 = 6
	ActionRegLoad     uint16 = 7
	ActionResubmit    uint16 = 14
	ActionController2 uint16 = 37
)

// Properties of Controller.
const (
	propMaxLen   uint16 = 0
	propID       uint16 = 1
	propReason   uint16 = 2
	propUserData uint16 = 3
	propPause    uint16 = 4
)

const actionAlign = 8

func begin(a of13.Actions, subtype uint16) of13.Actions {
	a = binary.BigEndian.AppendUint16(a, uint16(of13.ActionExperimenter))
	a = append(a, 0, 0)
	a = binary.BigEndian.AppendUint32(a, openflow.VendorNicira)
	return binary.BigEndian.AppendUint16(a, subtype)
}

func finish(a of13.Actions, start int) of13.Actions {
	for (len(a)-start)%actionAlign != 0 {
		a = append(a, 0)
	}
	binary.BigEndian.PutUint16(a[start+2:], uint16(len(a)-start))
	return a
}

// Move copies all bits of src to dst, fields of the same length (NXAST_REG_MOVE).
func Move(a of13.Actions, src, dst oxm.Field) of13.Actions {
	start := len(a)
	a = begin(a, ActionRegMove)
	a = binary.BigEndian.AppendUint16(a, uint16(src.Len()*8)) // n_bits
	a = append(a, 0, 0, 0, 0)                                 // src_ofs, dst_ofs
	a = dst.AppendHeader(src.AppendHeader(a))
	return finish(a, start)
}

// Load writes v into bits of dst from ofs on, n of them (NXAST_REG_LOAD). For a whole field use SetField.
func Load(a of13.Actions, dst oxm.Field, ofs, n int, v uint64) of13.Actions {
	start := len(a)
	a = begin(a, ActionRegLoad)
	a = binary.BigEndian.AppendUint16(a, uint16(ofs<<6|(n-1)))
	a = dst.AppendHeader(a)
	a = binary.BigEndian.AppendUint64(a, v)
	return finish(a, start)
}

// Resubmit has the packet looked up in a table as one of the port that it came in by, does what the flow found there
// says, and goes on (NXAST_RESUBMIT_TABLE).
func Resubmit(a of13.Actions, table uint8) of13.Actions {
	start := len(a)
	a = begin(a, ActionResubmit)
	a = append(a, 0xff, 0xf8, table) // in_port: OFPP_IN_PORT of OpenFlow 1.0
	return finish(a, start)
}

// Controller sends the packet to the controllers that asked for NXT_PACKET_IN2, whole and with userData
// (NXAST_CONTROLLER2).
func Controller(a of13.Actions, userData []byte) of13.Actions {
	start := len(a)
	a = begin(a, ActionController2)
	a = append(a, 0, 0, 0, 0, 0, 0)
	a = binary.BigEndian.AppendUint16(a, propUserData)
	a = binary.BigEndian.AppendUint16(a, uint16(propHeadLen+len(userData)))
	a = append(a, userData...)
	return finish(a, start)
}
