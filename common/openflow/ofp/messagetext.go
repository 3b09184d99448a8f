package ofp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"

	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

const dumpLine = 16 // bytes

// dump writes bytes in hexadecimal and as text, sixteen a line.
func (t *text) dump(b []byte) {
	for at := 0; at < len(b); at += dumpLine {
		line := b[at:min(at+dumpLine, len(b))]
		t.f("%08x  ", at)
		for n := range dumpLine {
			switch {
			case n >= len(line):
				t.s("   ")
			case n == dumpLine/2-1:
				t.f("%02x-", line[n])
			default:
				t.f("%02x ", line[n])
			}
		}
		t.s("|")
		for n := range dumpLine {
			switch {
			case n >= len(line):
				t.s(" ")
			case line[n] < ' ' || line[n] > '~':
				t.s(".")
			default:
				t.b = append(t.b, line[n])
			}
		}
		t.s("|\n")
	}
}

// names are the names of bits by their number; "" for a bit that has none.
type names []string

// bits writes the names of the bits that are set, what has no name as one number at the end, 0 for none.
func (t *text) bits(v uint32, names names) {
	if v == 0 {
		t.s("0")
		return
	}
	sep := ""
	for n, name := range names {
		if name != "" && v>>n&1 != 0 {
			t.s(sep, name)
			sep = " "
			v &^= 1 << n
		}
	}
	if v != 0 {
		t.f("%s0x%x", sep, v)
	}
}

const (
	nsecPerMsec = 1_000_000
	unknown32   = 0xffffffff
	unknown64   = ^uint64(0)
)

// duration writes seconds with milliseconds, with more digits where they say more and none where they say nothing.
func (t *text) duration(sec, nsec uint32) {
	t.u("", uint64(sec))
	switch {
	case nsec == 0:
	case nsec%nsecPerMsec == 0:
		t.f(".%03d", nsec/nsecPerMsec)
	default:
		t.f(".%09d", nsec)
		t.b = bytes.TrimRight(t.b, "0")
	}
	t.s("s")
}

// counter writes a counter that may be unknown.
func (t *text) counter(label string, v uint64, end string) {
	t.s(label)
	if v == unknown64 {
		t.s("?", end)
		return
	}
	t.u("", v)
	t.s(end)
}

// checkPort refuses the numbers of OpenFlow 1.1 and later that no switch of 16-bit ports has.
func (s spot) checkPort(p uint32) error {
	if p >= port16Max && p < firstReserved {
		return s.refuse(badOutPort, "port %d: expected less than %#x or at least %#x", p, port16Max, firstReserved)
	}
	return nil
}

// Numbers of ports: the first that a switch of 16-bit ports does not know, and the first that is reserved.
const (
	port16Max     = 0xff00
	firstReserved = 0xffffff00
)

func groupName(g uint32) string {
	switch g {
	case of13.AllGroups:
		return "ALL"
	case of13.AnyGroup:
		return "ANY"
	}
	return strconv.FormatUint(uint64(g), 10)
}

// match writes a match and the priority before it, if it is not the default.
func (t *text) match(m *oxm.Flow, priority uint16) {
	start := len(t.b)
	if priority != defaultPriority {
		t.f("priority=%d,", priority)
	}
	p := printer{b: t.b, flow: *m, asOVS: true}
	p.match()
	t.b = p.b
	if len(t.b) > start {
		t.chomp(',')
	}
}

const defaultPriority = 0x8000

// text16 is text in a field of fixed length: it ends at the first zero.
func text16(b []byte) string {
	if n := bytes.IndexByte(b, 0); n >= 0 {
		b = b[:n]
	}
	return string(b)
}

func hexText(b []byte) string {
	var out []byte
	for n, c := range b {
		if n > 0 {
			out = append(out, '.')
		}
		out = fmt.Appendf(out, "%02x", c)
	}
	return string(out)
}

// property splits the first property off: type, length and what follows, to a multiple of pad bytes.
func property(b []byte, pad int) (typ uint16, body, rest []byte, err error) {
	if len(b) < propHeadLen {
		return 0, nil, nil, spot{}.refuse(badPropLen, "property of %d bytes: truncated", len(b))
	}
	typ = binary.BigEndian.Uint16(b)
	n := int(binary.BigEndian.Uint16(b[2:]))
	padded := (n + pad - 1) / pad * pad
	if n < propHeadLen || padded > len(b) {
		return 0, nil, nil, spot{2, "Length"}.refuse(badPropLen, "property %d of length %d in %d bytes: wrong length", typ, n,
			len(b))
	}
	return typ, b[propHeadLen:n], b[padded:], nil
}

const (
	propHeadLen = 4
	badPropLen  = "OFPBPC_BAD_LEN"
)
