package oxm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"net/netip"
)

// Match is a list of fields in their wire form, without the header and padding that a message puts around it. Its
// builder methods append and return the longer list; a nil Match matches everything.
type Match []byte

// TLV is one field of a Match, looked at in place: Value and Mask are parts of the Match.
type TLV struct {
	Field Field
	Value []byte
	Mask  []byte // nil when the field has no mask
}

// Errors about the bytes of a match.
var (
	ErrTruncated = errors.New("truncated")
	ErrLength    = errors.New("wrong length")
	ErrMask      = errors.New("value has bits outside its mask")
	ErrDuplicate = errors.New("field appears twice")
)

func (m Match) head(f Field, masked bool) Match {
	h := f.Header()
	if masked {
		n := uint32(f.Len())
		h = h + n | maskBit>>lenShift
	}
	m = binary.BigEndian.AppendUint32(m, h)
	if f.Class() == ClassExperimenter {
		m = binary.BigEndian.AppendUint32(m, f.Experimenter())
	}
	return m
}

func appendUint(b []byte, n int, v uint64) []byte {
	for i := n - 1; i >= 0; i-- {
		if i >= 8 {
			b = append(b, 0)
			continue
		}
		b = append(b, byte(v>>(8*i)))
	}
	return b
}

// Uint adds f with the value v in the field's own length.
func (m Match) Uint(f Field, v uint64) Match { return appendUint(m.head(f, false), f.Len(), v) }

// UintMasked adds f with the value v under mask. Bits of v outside mask are cleared, as switches refuse them.
func (m Match) UintMasked(f Field, v, mask uint64) Match {
	return appendUint(appendUint(m.head(f, true), f.Len(), v&mask), f.Len(), mask)
}

// Bytes adds f with a value of exactly f.Len() bytes.
func (m Match) Bytes(f Field, value []byte) Match { return append(m.head(f, false), value...) }

// BytesMasked adds f with a value and a mask of exactly f.Len() bytes each.
func (m Match) BytesMasked(f Field, value, mask []byte) Match {
	m = m.head(f, true)
	for i, v := range value {
		m = append(m, v&mask[i])
	}
	return append(m, mask...)
}

// MAC adds f with an Ethernet address.
func (m Match) MAC(f Field, mac [6]byte) Match { return append(m.head(f, false), mac[:]...) }

// IPv4 adds f with an IPv4 address.
func (m Match) IPv4(f Field, a netip.Addr) Match {
	b := a.As4()
	return append(m.head(f, false), b[:]...)
}

// IPv6 adds f with an IPv6 address.
func (m Match) IPv6(f Field, a netip.Addr) Match {
	b := a.As16()
	return append(m.head(f, false), b[:]...)
}

// Prefix adds f with an address under the mask of its prefix length.
func (m Match) Prefix(f Field, p netip.Prefix) Match {
	p = p.Masked()
	if p.IsSingleIP() {
		return m.Bytes(f, p.Addr().AsSlice())
	}
	m = append(m.head(f, true), p.Addr().AsSlice()...)
	ones := p.Bits()
	for range f.Len() {
		n := min(max(ones, 0), 8)
		m = append(m, ^byte(0xff>>n))
		ones -= 8
	}
	return m
}

// Add adds a TLV as it is.
func (m Match) Add(t TLV) Match {
	m = m.head(t.Field, t.Mask != nil)
	return append(append(m, t.Value...), t.Mask...)
}

// Next splits the first field off. At the end of the list it returns a zero TLV and an empty rest.
func (m Match) Next() (TLV, Match, error) {
	if len(m) == 0 {
		return TLV{}, nil, nil
	}
	if len(m) < 4 {
		return TLV{}, nil, fmt.Errorf("read field header: %w", ErrTruncated)
	}
	h := binary.BigEndian.Uint32(m)
	f := Field(h) << lenShift
	n, masked := f.wireLen(), f&maskBit != 0
	if len(m) < 4+n {
		return TLV{}, nil, fmt.Errorf("read field %#08x: %w", h, ErrTruncated)
	}
	body, rest := m[4:4+n:4+n], m[4+n:]
	if f.Class() == ClassExperimenter {
		if n < expIDLen {
			return TLV{}, nil, fmt.Errorf("read field %#08x: %w", h, ErrLength)
		}
		f |= Field(binary.BigEndian.Uint32(body))
		body = body[expIDLen:]
	}
	t := TLV{Field: f, Value: body}
	if masked {
		half := len(body) / 2
		if half*2 != len(body) {
			return t, rest, nil // no field that there is: it has no name, and survives as it is
		}
		t.Field = f&^maskBit - Field(half)<<lenShift
		t.Value, t.Mask = body[:half:half], body[half:]
	}
	return t, rest, nil
}

// Walks reports whether Next reads every field up to the end, without reading them.
func (m Match) Walks() bool {
	for len(m) > 0 {
		if len(m) < 4 {
			return false
		}
		n := int(m[3])
		if 4+n > len(m) || n < expIDLen && binary.BigEndian.Uint16(m) == ClassExperimenter {
			return false
		}
		m = m[4+n:]
	}
	return true
}

// All walks the fields up to the end or to the first one that cannot be read; use Check to know which.
func (m Match) All() iter.Seq[TLV] {
	return func(yield func(TLV) bool) {
		for rest := m; len(rest) > 0; {
			t, r, err := rest.Next()
			if err != nil || !yield(t) {
				return
			}
			rest = r
		}
	}
}

// Get finds f, or its twin under another class.
func (m Match) Get(f Field) (TLV, bool) {
	want := f.Canonical()
	for rest := m; len(rest) > 0; {
		t, r, err := rest.Next()
		if err != nil {
			break
		}
		if t.Field.Canonical() == want {
			return t, true
		}
		rest = r
	}
	return TLV{}, false
}

// GetUint finds f and returns its value as a number; 0 when it is absent. Of a longer value the last 8 bytes count.
func (m Match) GetUint(f Field) (uint64, bool) {
	t, ok := m.Get(f)
	return t.Uint(), ok
}

// Uint is the value as a number; of a longer value the last 8 bytes count.
func (t TLV) Uint() uint64 { return bytesUint(t.Value) }

// MaskUint is the mask as a number, all ones when there is none.
func (t TLV) MaskUint() uint64 {
	if t.Mask == nil {
		return ^uint64(0)
	}
	return bytesUint(t.Mask)
}

func bytesUint(b []byte) uint64 {
	var v uint64
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v
}
