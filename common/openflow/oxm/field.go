package oxm

import "fmt"

// Field names a match field. It is the header that the field has on the wire, without the mask bit and with the length
// of a value without mask, in the upper 32 bits; the experimenter for class 0xffff, else zero, in the lower 32.
type Field uint64

// Classes of fields.
const (
	ClassNXM0         = 0x0000 // the fields of OpenFlow 1.0, as NXM
	ClassNXM1         = 0x0001 // Nicira
	ClassBasic        = 0x8000 // OpenFlow
	ClassPacketReg    = 0x8001 // xreg
	ClassEricsson     = 0x1000
	ClassExperimenter = 0xffff
)

// Experimenters of class 0xffff.
const (
	expONF = 0x4f4e4600
	expNXM = 0x00002320
	expNSH = 0x005ad650
)

const (
	classShift  = 48
	numberShift = 41
	maskBit     = 1 << 40
	lenShift    = 32
	expIDLen    = 4
)

// Class of the field.
func (f Field) Class() uint16 { return uint16(f >> classShift) }

// Number of the field within its class.
func (f Field) Number() uint8 { return uint8(f>>numberShift) & 0x7f }

// Experimenter of the field, 0 for the classes that have none.
func (f Field) Experimenter() uint32 { return uint32(f) }

// Header is the 32-bit header of the field without mask, as reg_move and reg_load have it.
func (f Field) Header() uint32 { return uint32(f >> lenShift) }

// wireLen is the length that the header says: an experimenter's id counts.
func (f Field) wireLen() int { return int(f>>lenShift) & 0xff }

// Len is the length of a value in bytes.
func (f Field) Len() int {
	if f.Class() == ClassExperimenter {
		return f.wireLen() - expIDLen
	}
	return f.wireLen()
}

// HeaderLen is the length of the field's header in bytes: 8 with an experimenter, else 4.
func (f Field) HeaderLen() int {
	if f.Class() == ClassExperimenter {
		return 4 + expIDLen
	}
	return 4
}

// String is the header in hexadecimal.
func (f Field) String() string { return fmt.Sprintf("field_%#016x", uint64(f)) }

// HeaderField makes a Field of a 32-bit header that has no experimenter. A mask bit is cleared and the length halved.
func HeaderField(header uint32) Field {
	f := Field(header) << lenShift
	if f&maskBit != 0 {
		n := Field(f.wireLen())
		f = f&^(maskBit|0xff<<lenShift) | (n/2)<<lenShift
	}
	return f
}
