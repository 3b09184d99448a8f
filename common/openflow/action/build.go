package action

import (
	"encoding/binary"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Builders append the actions that flows are full of, to whatever type a list of actions has, without going through a
// struct: they allocate only what the list grows by. For everything else there is Append.

// begin appends what an action of Nicira begins with; its length is still missing.
func begin[A ~[]byte](a A, subtype Subtype) A {
	a = binary.BigEndian.AppendUint16(a, TypeExperimenter)
	a = append(a, 0, 0)
	a = binary.BigEndian.AppendUint32(a, openflow.VendorNicira)
	return binary.BigEndian.AppendUint16(a, uint16(subtype))
}

// finish pads the action that starts at start and sets its length.
func finish[A ~[]byte](a A, start int) A {
	for (len(a)-start)%align != 0 {
		a = append(a, 0)
	}
	binary.BigEndian.PutUint16(a[start+2:], uint16(len(a)-start))
	return a
}

// Move copies all bits of src to dst, fields of the same length (RegMove).
func Move[A ~[]byte](a A, src, dst oxm.Field) A {
	start := len(a)
	a = begin(a, SubtypeRegMove)
	a = binary.BigEndian.AppendUint16(a, uint16(src.Len()*8)) // n_bits
	a = append(a, 0, 0, 0, 0)                                 // src_ofs, dst_ofs
	a = dst.AppendHeader(src.AppendHeader(a))
	return finish(a, start)
}

// Load writes v into bits of dst (RegLoad). For a whole field use set_field.
func Load[A ~[]byte](a A, dst oxm.Field, bits BitRange, v uint64) A {
	start := len(a)
	a = begin(a, SubtypeRegLoad)
	a = binary.BigEndian.AppendUint16(a, uint16(bits))
	a = dst.AppendHeader(a)
	a = binary.BigEndian.AppendUint64(a, v)
	return finish(a, start)
}

// LookUp has the packet looked up in a table as one of the port that it came in by, does what the flow found there
// says, and goes on (ResubmitTable).
func LookUp[A ~[]byte](a A, table uint8) A {
	start := len(a)
	a = begin(a, SubtypeResubmitTable)
	a = append(a, portInPort10>>8, portInPort10&0xff, table)
	return finish(a, start)
}

// Controller sends the packet to the controllers that asked for NXT_PACKET_IN2, whole and with userData
// (NXController2).
func Controller[A ~[]byte](a A, userData []byte) A {
	start := len(a)
	a = begin(a, SubtypeController2)
	a = append(a, 0, 0, 0, 0, 0, 0)
	a = binary.BigEndian.AppendUint16(a, uint16(PropertyUserData))
	a = binary.BigEndian.AppendUint16(a, uint16(propHeadLen+len(userData)))
	a = append(a, userData...)
	return finish(a, start)
}
