package oxm

import (
	"errors"
	"fmt"
)

// Errors that Check finds besides those of Next, with the code that Open vSwitch answers.
var (
	ErrField    = errors.New("unknown field")                                   // OFPBMC_BAD_FIELD
	ErrUnmasked = errors.New("field cannot be masked")                          // OFPBMC_BAD_MASK
	ErrValue    = errors.New("value that the field cannot have")                // OFPBMC_BAD_VALUE
	ErrFamily   = errors.New("addresses of a connection of another IP version") // OFPBAC_MATCH_INCONSISTENT
	ErrPrereq   = errors.New("what the field needs is not before it")           // OFPBMC_BAD_PREREQ
)

// Error is a field of a match that is refused.
type Error struct {
	Offset int    // of the field in the match, in bytes
	Field  string // its name, "" if it cannot be read
	Err    error
}

// Error implements error.
func (e *Error) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("match at offset %d: %v", e.Offset, e.Err)
	}
	return fmt.Sprintf("match at offset %d: field %s: %v", e.Offset, e.Field, e.Err)
}

// Unwrap implements errors.Unwrap.
func (e *Error) Unwrap() error { return e.Err }

// Check says what a switch would say of the match: it walks it as Open vSwitch does and stops at the first field that
// is cut off, unknown or of another length, has value bits outside its mask, has a mask and must not, has a value that
// it cannot have, is there twice, or does not follow what it needs. The error names the offset and the field. Open
// vSwitch takes the fields of every version of OpenFlow in each, so there is no version to check for.
func (m Match) Check() error {
	var w Flow
	for rest := m; len(rest) > 0; {
		offset := len(m) - len(rest)
		t, next, err := rest.Next()
		if err != nil {
			return &Error{Offset: offset, Err: err}
		}
		if err := w.Take(t); err != nil {
			return &Error{Offset: offset, Field: t.Field.Name(), Err: err}
		}
		rest = next
	}
	return w.checkFamily()
}

// checkFamily says whether the addresses of a connection are of the packets' version of IP.
func (w *Flow) checkFamily() error {
	v4 := w.has(atCTNwSrc, 4) || w.has(atCTNwDst, 4)
	v6 := w.has(atCTIPv6Src, 16) || w.has(atCTIPv6Dst, 16)
	switch {
	case v4 && w.uint(atEthType, 2) != ethIPv4:
		return &Error{Field: "ct_nw_src or ct_nw_dst", Err: fmt.Errorf("%w: %s is needed", ErrFamily, NeedIPv4)}
	case v6 && w.uint(atEthType, 2) != ethIPv6:
		return &Error{Field: "ct_ipv6_src or ct_ipv6_dst", Err: fmt.Errorf("%w: %s is needed", ErrFamily, NeedIPv6)}
	}
	return nil
}

// Take adds a field as a switch does that reads a match: it must follow what it needs and be new.
func (w *Flow) Take(t TLV) error { return w.take(t, true) }

// TakeLoose adds a field as a controller does that reads where a packet came from: what is unknown does not count, and
// nothing is needed before it.
func (w *Flow) TakeLoose(t TLV) error {
	err := w.take(t, false)
	if errors.Is(err, ErrField) {
		return nil
	}
	return err
}

func (w *Flow) take(t TLV, strict bool) error {
	t = t.even()
	i := t.Field.Info()
	for n := range t.Mask {
		if t.Value[n]&^t.Mask[n] != 0 {
			return ErrMask
		}
	}
	if i == nil || i.Foreign {
		return ErrField
	}
	if err := i.Check(t.Value, t.Mask); err != nil {
		return err
	}
	if strict && !w.Meets(i.Prereq) {
		return fmt.Errorf("%w: %s", ErrPrereq, i.Prereq)
	}
	if !w.Wild(i) {
		return ErrDuplicate
	}
	return w.set(i, t)
}

// even is a field of odd length under a mask, see Next, as Open vSwitch reads it: without the last byte.
func (t TLV) even() TLV {
	if t.Field&maskBit == 0 {
		return t
	}
	half := len(t.Value) / 2
	t.Field = t.Field&^maskBit - Field(len(t.Value)-half)<<lenShift
	t.Value, t.Mask = t.Value[:half:half], t.Value[half:2*half]
	return t
}

// Check says whether a value and its mask, which may be nil, are such as the field can have.
func (i *Info) Check(value, mask []byte) error {
	want := i.Field.Len()
	if i.Variable && len(value) <= TunMetadataLenMax {
		want = len(value)
	}
	if len(value) != want || mask != nil && len(mask) != want {
		return ErrLength
	}
	if mask != nil && !i.Maskable && !all(mask, 0) && !all(mask, 0xff) {
		return ErrUnmasked
	}
	if !i.valid(value) {
		return ErrValue
	}
	return nil
}

// limits are the largest values of fields that have fewer bits than their bytes. Fields of tunnels are not among them:
// Open vSwitch takes their further bits.
var limits = map[Field]uint64{
	IPDSCP: 0x3f, IPECN: 0x3, IPFrag: 0x3, TCPFlags: 0xfff, ARPOp: 0xff, VLANVID: vlanVID, VLANPCP: 7,
	IPv6FlowLabel: 0xfffff, MPLSLabel: 0xfffff, MPLSTC: 7, MPLSBOS: 1, TunnelFlags: 1, CTState: 0xff, NSHTTL: 63,
	NSHSPI: 0xffffff,
}

// Ports that OpenFlow 1.1 and later can name and a switch of 16-bit ports cannot.
const (
	port16Max = 0xff00
	portLast  = 0xffffff00
)

func (i *Info) valid(value []byte) bool {
	if len(value) > 4 {
		return true
	}
	v := bytesUint(value)
	switch i.Field {
	case InPort, ActsetOutput:
		return v < port16Max || v >= portLast
	case NXIPTOS:
		return v&^dscpBits == 0
	case NSHMDType:
		return v == 1 || v == 2
	}
	limit, ok := limits[i.Field]
	return !ok || v <= limit
}
