package oxm

import "slices"

// A Flow can be a packet too: one whose every field is set, and whose masks do not count.

// Accepts reports whether a packet with the values of p is one that w matches. Tunnel options do not count.
func (w *Flow) Accepts(p *Flow) bool {
	for i := range w.mask {
		if p.value[i]&w.mask[i] != w.value[i] {
			return false
		}
	}
	return true
}

// Shape is the bits that a match looks at, without what it wants them to be: matches of one shape can share a hash
// table, which is how a switch finds a flow.
type Shape struct {
	at   []uint16
	mask []byte
}

// Shape returns the shape of w.
func (w *Flow) Shape() (s Shape) {
	for i, m := range w.mask {
		if m != 0 {
			s.at, s.mask = append(s.at, uint16(i)), append(s.mask, m)
		}
	}
	return s
}

// Equal reports whether two shapes are the same bits.
func (s Shape) Equal(o Shape) bool { return slices.Equal(s.at, o.at) && slices.Equal(s.mask, o.mask) }

// Append appends what p has in those bits.
func (s Shape) Append(b []byte, p *Flow) []byte {
	for i, at := range s.at {
		b = append(b, p.value[at]&s.mask[i])
	}
	return b
}

// Value is the field's value in w, in the field's own length.
func (w *Flow) Value(f Field) []byte {
	i := f.Info()
	if i.part.keep == 0 {
		v, _ := w.Bytes(i)
		return v
	}
	v, _ := w.Uint(i)
	return appendUint(nil, f.Len(), v)
}

// Wider reports whether every packet that o matches is matched by w too.
func (w *Flow) Wider(o *Flow) bool {
	for i, m := range w.mask {
		if o.mask[i]&m != m || o.value[i]&m != w.value[i] {
			return false
		}
	}
	return true
}

// Overlaps reports whether there can be a packet that both match.
func (w *Flow) Overlaps(o *Flow) bool {
	for i := range w.mask {
		if both := w.mask[i] & o.mask[i]; w.value[i]&both != o.value[i]&both {
			return false
		}
	}
	return true
}
