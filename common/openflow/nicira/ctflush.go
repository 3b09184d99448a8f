package nicira

import (
	"encoding/binary"
	"errors"
	"net/netip"
)

// ErrFamily is wrapped by errors about addresses of different versions of IP in one message.
var ErrFamily = errors.New("addresses of both versions of IP")

// CTTuple is one direction of a connection. What is zero does not count. To Open vSwitch the numbers of ICMP are the
// same bytes as the ports: the id is the source port, code and type the two bytes of the destination port.
type CTTuple struct {
	Src, Dst           netip.Addr // the zero Addr does not count
	SrcPort, DstPort   uint16
	ICMPID             uint16
	ICMPType, ICMPCode uint8
}

// CTMatch is what a CTFlush forgets.
type CTMatch struct {
	Zone    uint16
	HasZone bool
	Proto   uint8
	IPv4    bool // as far as an address says so
	Orig    CTTuple
	Reply   CTTuple
}

// Protocols with ICMP's numbers in place of ports.
const (
	protoICMP   = 1
	protoICMPv6 = 58
)

// ICMP reports whether tuples have the numbers of ICMP and not ports.
func (m *CTMatch) ICMP() bool { return m.Proto == protoICMP || m.Proto == protoICMPv6 }

// Match reads the properties of f; errors count from the first.
// Those that it does not know it passes over, as Open vSwitch does.
func (f *CTFlush) Match() (*CTMatch, error) {
	m := &CTMatch{Proto: f.Proto}
	family := 0
	at := 0
	for _, p := range f.Properties {
		ok, err := true, error(nil)
		switch p.Type {
		case CTOrigTuple:
			err = m.Orig.parse(p.Value, &family)
		case CTReplyTuple:
			err = m.Reply.parse(p.Value, &family)
		case CTZone:
			ok = uint16Of(p.Value, &m.Zone)
			m.HasZone = true
		case propExperimenter:
			ok = vendorOK(p.Value)
		}
		if err == nil && !ok {
			err = propertyError(uint16(p.Type), p.Value)
		}
		if err != nil {
			return nil, propertyIn(at, p.Type.String(), err)
		}
		at += (int(p.Length) + 7) &^ 7
	}
	m.IPv4 = family == 4
	return m, nil
}

// propertyIn is an error of a property, or of one inside of it.
func propertyIn(at int, name string, err error) error {
	var inner *PropertyError
	if errors.As(err, &inner) {
		return &PropertyError{at + propHeadLen + ContinuationPad + inner.Offset, name + "." + inner.Property, inner.Err}
	}
	return &PropertyError{at, name, err}
}

// parse reads a tuple; family is the version of IP so far.
func (t *CTTuple) parse(v []byte, family *int) error {
	var inner []byte
	if !nested(v, &inner) {
		return ErrProperty
	}
	mixed := false
	err := eachProperty(inner, func(_ int, typ uint16, v []byte) bool {
		switch CTTupleType(typ) {
		case TupleSrc:
			return addrOf(v, &t.Src, family, &mixed)
		case TupleDst:
			return addrOf(v, &t.Dst, family, &mixed)
		}
		return t.numbers(CTTupleType(typ), v)
	})
	if mixed {
		return ErrFamily
	}
	return err
}

// numbers takes a port or a number of ICMP.
func (t *CTTuple) numbers(typ CTTupleType, v []byte) bool {
	ok := true
	switch typ {
	case TupleSrcPort, TupleICMPID:
		ok = uint16Of(v, &t.SrcPort)
		t.ICMPID = t.SrcPort
	case TupleDstPort:
		ok = uint16Of(v, &t.DstPort)
		t.ICMPCode, t.ICMPType = uint8(t.DstPort>>8), uint8(t.DstPort)
	case TupleICMPType:
		ok = uint8Of(v, &t.ICMPType)
		t.DstPort = uint16(t.ICMPCode)<<8 | uint16(t.ICMPType)
	case TupleICMPCode:
		ok = uint8Of(v, &t.ICMPCode)
		t.DstPort = uint16(t.ICMPCode)<<8 | uint16(t.ICMPType)
	}
	return ok
}

// addrOf reads an address of IPv6, or of IPv4 mapped to it. All addresses must be of the version of the one before.
func addrOf(v []byte, to *netip.Addr, family *int, mixed *bool) bool {
	if len(v) < 16 {
		return false
	}
	*to = netip.AddrFrom16([16]byte(v[:16]))
	was, is := *family, 6
	switch {
	case to.IsUnspecified():
		is = 0
	case to.Is4In6():
		is = 4
	}
	if *family = is; was != 0 && is != 0 && was != is {
		*mixed = true
		return false
	}
	return true
}

// uint16Of reads 16 bits; Open vSwitch lets more follow.
func uint16Of(v []byte, to *uint16) bool {
	if len(v) < 2 {
		return false
	}
	*to = binary.BigEndian.Uint16(v)
	return true
}

// Property makes a property of a tuple, for CTFlush.
func (t *CTTuple) Property(typ CTType, icmp bool) CTProperty {
	b := make([]byte, 4)
	add := func(typ CTTupleType, v []byte) {
		b = binary.BigEndian.AppendUint16(b, uint16(typ))
		b = append(binary.BigEndian.AppendUint16(b, uint16(propHeadLen+len(v))), v...)
		for len(b)%8 != 4 {
			b = append(b, 0)
		}
	}
	half := func(typ CTTupleType, n uint16) { add(typ, []byte{byte(n >> 8), byte(n), 0, 0}) }
	for n, a := range []netip.Addr{t.Src, t.Dst} {
		if a.IsValid() {
			v := a.As16()
			add(CTTupleType(n), v[:])
		}
	}
	if icmp {
		half(TupleICMPID, t.ICMPID)
		add(TupleICMPType, []byte{t.ICMPType})
		add(TupleICMPCode, []byte{t.ICMPCode})
		return CTProperty{Type: typ, Value: b}
	}
	if t.SrcPort != 0 {
		half(TupleSrcPort, t.SrcPort)
	}
	if t.DstPort != 0 {
		half(TupleDstPort, t.DstPort)
	}
	return CTProperty{Type: typ, Value: b}
}
