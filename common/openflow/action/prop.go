package action

import (
	"encoding/binary"
	"fmt"

	"github.com/vlcp-go/vlcp/common/wire"
)

const (
	propHeadLen = 4
	propAlign   = 8
)

// AppendWire appends the property.
func (p *ControllerProperty) AppendWire(b []byte) ([]byte, error) {
	start := len(b)
	n := propHeadLen + len(p.Data)
	if err := wire.CheckSize(start, 2, n, "ControllerProperty", "Data"); err != nil {
		return nil, err
	}
	b = binary.BigEndian.AppendUint16(b, uint16(p.Type))
	b = binary.BigEndian.AppendUint16(b, uint16(n))
	b = append(append(b, p.Data...), p.Pad[:min(len(p.Pad), padding(n))]...)
	return wire.Align(b, start, propAlign), nil
}

// DecodeWire reads it.
func (p *ControllerProperty) DecodeWire(r *wire.Reader) {
	p.Type = PropertyType(r.Uint16("ControllerProperty", "Type"))
	n := int(r.Uint16("ControllerProperty", "Length"))
	if r.OK() && n < propHeadLen {
		r.Fail("ControllerProperty", "Length", fmt.Errorf("%d: %w", n, wire.ErrLength))
	}
	p.Data = r.Bytes(n-propHeadLen, "ControllerProperty", "Data")
	p.Pad = r.Bytes(padding(n), "ControllerProperty", "Pad")
}

// padding is how many bytes n needs to be a multiple of eight.
func padding(n int) int { return -n & (propAlign - 1) }

// ControllerMaxLen makes the property of the bytes of a packet that are sent.
func ControllerMaxLen(n uint16) ControllerProperty {
	return ControllerProperty{Type: PropertyMaxLen, Data: append(binary.BigEndian.AppendUint16(nil, n), 0, 0)}
}

// ControllerID makes the property of the controllers that are sent the packet.
func ControllerID(id uint16) ControllerProperty {
	return ControllerProperty{Type: PropertyControllerID, Data: append(binary.BigEndian.AppendUint16(nil, id), 0, 0)}
}

// ControllerReason makes the property of the reason.
func ControllerReason(reason uint8) ControllerProperty {
	return ControllerProperty{Type: PropertyReason, Data: []byte{reason}}
}

// ControllerUserData makes the property of the bytes that come back with the packet.
func ControllerUserData(b []byte) ControllerProperty {
	return ControllerProperty{Type: PropertyUserData, Data: b}
}

// ControllerPause makes the property of a packet that the controller may resume.
func ControllerPause() ControllerProperty { return ControllerProperty{Type: PropertyPause} }

// ControllerMeterID makes the property of a meter for the packets to the controllers.
func ControllerMeterID(id uint32) ControllerProperty {
	return ControllerProperty{Type: PropertyMeterID, Data: binary.BigEndian.AppendUint32(nil, id)}
}

// AppendWire appends the property.
func (p *EncapProperty) AppendWire(b []byte) ([]byte, error) {
	start := len(b)
	b = binary.BigEndian.AppendUint16(b, p.Class)
	return wire.Align(append(append(b, p.Type, p.Length), p.Data...), start, propAlign), nil
}

// DecodeWire reads it.
func (p *EncapProperty) DecodeWire(r *wire.Reader) {
	p.Class = r.Uint16("EncapProperty", "Class")
	p.Type = r.Uint8("EncapProperty", "Type")
	p.Length = r.Uint8("EncapProperty", "Length")
	if n := int(p.Length); r.OK() && n < propHeadLen {
		r.Fail("EncapProperty", "Length", fmt.Errorf("%d: %w", n, wire.ErrLength))
	} else {
		p.Data = r.Bytes(n+padding(n)-propHeadLen, "EncapProperty", "Data")
	}
}

// NSHMDType makes the property of the type of metadata of NSH, 1 or 2.
func NSHMDType(t uint8) EncapProperty {
	return EncapProperty{Class: EncapNSH, Type: EncapNSHMDType, Length: propHeadLen + 1, Data: []byte{t, 0, 0, 0}}
}

// NSHTLV makes the property of a context header of NSH, of up to 127 bytes.
func NSHTLV(class uint16, typ uint8, value []byte) EncapProperty {
	d := append(binary.BigEndian.AppendUint16(nil, class), typ, uint8(len(value)))
	d = append(d, value...)
	d = append(d, make([]byte, padding(len(value)))...)
	return EncapProperty{Class: EncapNSH, Type: EncapNSHTLV, Length: uint8(propHeadLen + len(d)), Data: d}
}
