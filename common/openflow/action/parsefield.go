package action

import (
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// subfield is some bits in a row of a field.
type subfield struct {
	info   *oxm.Info
	ofs, n int
}

// span is the offset and the number of bits in the 16 bits that some actions have for both.
func (b subfield) span() BitRange { return Bits(b.ofs, b.n) }

// field finds a field by its name or by that of one of its headers.
func (a arg) field() (*oxm.Info, error) {
	i := oxm.FieldByHeader(strings.TrimSuffix(a.s, "_W"))
	if i == nil {
		i = oxm.FieldByName(a.s)
	}
	if i == nil || i.Foreign {
		return nil, a.errorf("field %q is unknown: expected one of ovs-fields(7)", a.s)
	}
	return i, nil
}

// subfield reads a part of a field: reg0, NXM_NX_REG0[], reg0[3], reg0[0..7].
func (a arg) subfield() (subfield, error) {
	b, rest, err := a.leadingSubfield()
	if err == nil && rest.s != "" {
		err = rest.errorf("%q: expected nothing after the field", rest.s)
	}
	return b, err
}

// leadingSubfield reads a part of a field at the beginning of the text.
func (a arg) leadingSubfield() (b subfield, rest arg, err error) {
	n := strings.IndexAny(a.s, "[-")
	if n < 0 {
		n = len(a.s)
	}
	b.info, err = arg{a.s[:n], a.at}.field()
	if err != nil {
		return b, a, err
	}
	b.n = b.info.Bits
	rest = a.from(n)
	if !strings.HasPrefix(rest.s, "[") {
		return b, rest, nil
	}
	end := strings.IndexByte(rest.s, ']')
	if end < 0 {
		return b, a, rest.errorf("%q: expected [], [bit] or [first..last]", rest.s)
	}
	b, err = b.narrowTo(arg{rest.s[1:end], rest.at + 1})
	return b, rest.from(end + 1), err
}

// narrowTo narrows the bits to those that the text between brackets names.
func (b subfield) narrowTo(a arg) (subfield, error) {
	if a.s == "" {
		return b, nil
	}
	from, to, isRange := a.cut("..")
	if !isRange {
		to = from
	}
	first, err := from.decimal(16)
	last, err2 := to.decimal(16)
	if err != nil || err2 != nil || first > last || int(last) >= b.info.Bits {
		return b, a.errorf("[%s]: expected [], [bit] or [first..last] within the %d bits of %s", a.s, b.info.Bits,
			b.info.Name)
	}
	return subfield{b.info, int(first), int(last-first) + 1}, nil
}

// plain says whether actions that have 32 bits for the header of a field can have this one.
func plain(a arg, b subfield) error {
	if nxField(b.info).Class() == oxm.ClassExperimenter {
		return a.errorf("field %s: expected one that has no experimenter's header", b.info.Name)
	}
	if b.n > 64 {
		return a.errorf("field %s: expected no more than 64 bits", b.info.Name)
	}
	return nil
}

// writable reports fields that no action may set.
func writable(a arg, i *oxm.Info) error {
	if i.ReadOnly {
		return a.errorf("field %s cannot be set", i.Name)
	}
	return nil
}

// nxField is the field under the header that the actions of Nicira name it by.
func nxField(i *oxm.Info) oxm.Field {
	f, _ := i.NXM()
	return f
}

// number reads a number of the length of the field.
func (a arg) number(i *oxm.Info) ([]byte, error) {
	b := make([]byte, i.Field.Len())
	if err := fieldtext.ParseInt(a.s, b); err != nil {
		return nil, a.errorf("%w", err)
	}
	return b, nil
}

// fits reports bits of a number beyond the first n.
func (a arg) fits(value []byte, n int) error {
	for k := n; k < 8*len(value); k++ {
		if bit(value, k) {
			return a.errorf("value %s: expected no more than %d bits", a.s, n)
		}
	}
	return nil
}

// bit k of a number, counted from the lowest.
func bit(b []byte, k int) bool { return b[len(b)-1-k/8]>>(k%8)&1 != 0 }

func setBit(b []byte, k int) { b[len(b)-1-k/8] |= 1 << (k % 8) }

func nxm(i *oxm.Info) NXMHeader { return HeaderOf(nxField(i)) }

func header(i *oxm.Info) FieldHeader { return FieldOf(nxField(i)) }
