package oxm

import (
	"encoding/binary"
	"fmt"
)

// Flow is a match taken apart into what a switch looks at, each with its mask. Fields that stand for the same bits
// (reg0 and xreg0, vlan_vid and vlan_tci, tcp_src and udp_src) are one place in it, so what two of them say is said
// once. The zero Flow matches everything.
//
//	Match ─ Set ─► Flow ─ Uint, Bytes, Tun ─► text
//	text ─ Set ─► Flow ─ AppendMatch ─► Match
type Flow struct {
	value, mask [flowLen]byte
	tun         []TLV // tunnel options by number, without leading zero bytes
	tunLen      int
}

// Set makes the flow match what t says; what the same bits said before is forgotten. It checks that the length, the
// mask and the value are ones that the field can have, not the prerequisites. It may keep t.
func (w *Flow) Set(t TLV) error {
	t = t.even()
	i := t.Field.Info()
	if i == nil || i.Foreign {
		return ErrField
	}
	if err := i.Check(t.Value, t.Mask); err != nil {
		return err
	}
	return w.set(i, t)
}

func (w *Flow) set(i *Info, t TLV) error {
	if i.Variable {
		return w.setTun(t)
	}
	p, exact := i.part, t.Mask == nil || all(t.Mask, 0xff)
	if i.Prereq != NeedNothing && !w.has(atPacketType, 4) {
		w.put(atPacketType, 4, 0, 0xffffffff) // an Ethernet packet
	}
	if p.keep == 0 {
		v, m := w.value[p.at:p.at+uint16(p.n)], w.mask[p.at:p.at+uint16(p.n)]
		for n := range v {
			v[n], m[n] = t.Value[n], 0xff
			if !exact {
				m[n] = t.Mask[n]
				v[n] &= m[n]
			}
		}
		return nil
	}
	value, mask := bytesUint(t.Value), p.keep
	if p.port16 {
		value = uint64(Port32(uint16(value)))
	}
	value = value << p.shift & p.keep
	switch {
	case exact:
		value |= p.also
		mask |= p.also
	case p.full != 0 && bytesUint(t.Mask)&p.full == p.full:
	default:
		mask = bytesUint(t.Mask) << p.shift & p.keep
		value &= mask
	}
	at, n := int(p.at), int(p.n)
	w.put(at, n, w.uint(at, n)&^p.keep|value, bytesUint(w.mask[at:at+n])&^p.keep|mask)
	return nil
}

// Port32 is the number that OpenFlow 1.1 and later have for a port of OpenFlow 1.0.
func Port32(p uint16) uint32 {
	const firstReserved, offset = 0xff00, 0xffff0000
	if p < firstReserved {
		return uint32(p)
	}
	return uint32(p) + offset
}

func (w *Flow) put(at, n int, value, mask uint64) {
	var v, m [8]byte
	binary.BigEndian.PutUint64(v[:], value)
	binary.BigEndian.PutUint64(m[:], mask)
	copy(w.value[at:at+n], v[8-n:])
	copy(w.mask[at:at+n], m[8-n:])
}

func (w *Flow) has(at, n int) bool { return !all(w.mask[at:at+n], 0) }

func (w *Flow) uint(at, n int) uint64 { return bytesUint(w.value[at : at+n]) }

// Wild says that nothing of the field is matched.
func (w *Flow) Wild(i *Info) bool {
	if i.Variable {
		_, ok := w.Tun(int(i.Field.Number()) - tunMetadataBase)
		return !ok
	}
	if i.part.keep == 0 {
		return !w.has(int(i.part.at), int(i.part.n))
	}
	return bytesUint(w.mask[i.part.at:i.part.at+uint16(i.part.n)])&i.part.keep == 0
}

// Uint is what a field of up to eight bytes has to be: the value, and the mask in the value's own bits.
func (w *Flow) Uint(i *Info) (value, mask uint64) {
	at, n := int(i.part.at), int(i.part.n)
	if n > 8 {
		at, n = at+n-8, 8
	}
	value, mask = bytesUint(w.value[at:at+n]), bytesUint(w.mask[at:at+n])
	if i.part.keep != 0 {
		value, mask = value&i.part.keep>>i.part.shift, mask&i.part.keep>>i.part.shift
	}
	return value, mask
}

// Bytes is what a field of whole bytes has to be, as parts of the Flow.
func (w *Flow) Bytes(i *Info) (value, mask []byte) {
	at, n := i.part.at, uint16(i.part.n)
	return w.value[at : at+n], w.mask[at : at+n]
}

// tunTotal is how many bytes of tunnel options a match of Open vSwitch has room for.
const tunTotal = 256

func (w *Flow) setTun(t TLV) error {
	number := t.Field.Number()
	n := trimmed(t.Value)
	if t.Mask != nil {
		n = max(n, trimmed(t.Mask))
		t.Mask = t.Mask[len(t.Mask)-n:]
		t.Value = under(t.Value[len(t.Value)-n:], t.Mask)
	}
	t.Value = t.Value[len(t.Value)-n:]
	t.Field = TunMetadata(int(number)-tunMetadataBase, n)
	if w.tunLen += n; w.tunLen > tunTotal {
		return fmt.Errorf("more than %d bytes of tunnel options: %w", tunTotal, ErrValue)
	}
	at := 0
	for ; at < len(w.tun) && w.tun[at].Field.Number() <= number; at++ {
		if w.tun[at].Field.Number() == number {
			return ErrDuplicate
		}
	}
	w.tun = append(w.tun, TLV{})
	copy(w.tun[at+1:], w.tun[at:])
	w.tun[at] = t
	return nil
}

// under is the part of the value that is under the mask.
func under(value, mask []byte) []byte {
	out := make([]byte, len(value))
	for n := range value {
		out[n] = value[n] & mask[n]
	}
	return out
}

// trimmed is the length of b without leading zeros.
func trimmed(b []byte) int {
	for n := range b {
		if b[n] != 0 {
			return len(b) - n
		}
	}
	return 0
}

// Tun is tunnel option n.
func (w *Flow) Tun(n int) (TLV, bool) {
	for _, t := range w.tun {
		if int(t.Field.Number()) == tunMetadataBase+n {
			return t, true
		}
	}
	return TLV{}, false
}

// Tuns are the tunnel options by number, without leading zero bytes.
func (w *Flow) Tuns() []TLV { return w.tun }
