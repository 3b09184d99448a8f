package ofp

import (
	"encoding/binary"
	"math/bits"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/ofperr"
)

// shared writes the bodies of the messages that all versions have. It reports whether the message is one.
func (t *text) shared() (bool, error) {
	switch body := t.msg[openflow.HeaderLen:]; openflow.MessageType(t.msg) {
	case openflow.TypeHello:
		t.hello(body)
	case openflow.TypeError:
		return true, t.errorMessage(body)
	case openflow.TypeEchoRequest, openflow.TypeEchoReply:
		t.u(" ", uint64(len(body)))
		t.s(" bytes of payload\n")
		if !t.brief {
			t.dump(body)
		}
	default:
		return false, nil
	}
	return true, nil
}

const (
	helloVersions  = 1 // type of the element with versions
	helloAlign     = 8
	versionBitsLen = 4
)

// hello writes the versions that a hello offers.
func (t *text) hello(elements []byte) {
	versions, ok := helloBits(t.v, elements)
	t.s("\n version bitmap: ")
	sep := ""
	for ; versions != 0; versions &= versions - 1 {
		t.f("%s0x%02x", sep, bits.TrailingZeros32(versions))
		sep = ", "
	}
	if !ok {
		t.s("\n unknown data in hello:\n")
		t.dump(t.msg)
	}
}

// helloBits are the versions of a hello: those of its element, or all up to the version of the message. It is false
// when not all of the elements is understood.
func helloBits(v openflow.Version, b []byte) (versions uint32, ok bool) {
	const last = 31 // for which there is a bit
	versions = (1<<min(v, last) - 1) << 1
	ok = true
	for len(b) > 0 {
		if len(b) < propHeadLen {
			return versions, false
		}
		n := int(binary.BigEndian.Uint16(b[2:]))
		padded := (n + helloAlign - 1) / helloAlign * helloAlign
		if n < propHeadLen || padded > len(b) {
			return versions, false
		}
		typ, body := binary.BigEndian.Uint16(b), b[propHeadLen:n]
		b = b[padded:]
		if typ != helloVersions || len(body) == 0 || len(body)%versionBitsLen != 0 ||
			binary.BigEndian.Uint32(body)&^1 == 0 {
			ok = false
			continue
		}
		versions = binary.BigEndian.Uint32(body) &^ 1
	}
	return versions, ok
}

// errorMessage writes the name of an error and the request it is about.
func (t *text) errorMessage(body []byte) error {
	typ, code := binary.BigEndian.Uint16(body), binary.BigEndian.Uint16(body[2:])
	c, request, ok := ofperr.Parse(typ, code, body[4:])
	if !ok {
		return spot{12, "Vendor"}.refuse(badLen, "of the error: truncated")
	}
	name := c.Name(t.v)
	if name == "" {
		return spot{8, "Class"}.refuse(badLen, "error %s: unknown error", c)
	}
	t.s(" ", name, "\n")
	if name == "OFPHFC_INCOMPATIBLE" || name == "OFPHFC_EPERM" {
		t.printable(request)
		return nil
	}
	t.quote(request)
	return nil
}

// printable writes text, with what is not as octal numbers.
func (t *text) printable(b []byte) {
	for _, c := range b {
		if c < ' ' || c > '~' || c == '\\' || c == '"' {
			t.f("\\%03o", c)
			continue
		}
		t.b = append(t.b, c)
	}
}

// quote writes a message that another has inside, whatever state it is in.
func (t *text) quote(b []byte) {
	length := 0
	if len(b) >= openflow.HeaderLen {
		length = int(binary.BigEndian.Uint16(b[2:]))
	}
	switch {
	case len(b) == 0:
		t.s("OpenFlow message is empty\n")
	case len(b) < openflow.HeaderLen:
		t.f("OpenFlow packet too short (only %d bytes):\n", len(b))
	case length > len(b):
		if k, err := kindOf(b); err == nil {
			q := text{msg: b, v: openflow.MessageVersion(b), brief: true}
			q.head(k.name)
			t.s(string(q.b), "\n")
		}
		t.f("(***truncated to %d bytes from %d***)\n", len(b), length)
	case length < len(b):
		t.f("(***only uses %d bytes out of %d***)\n", length, len(b))
	default:
		t.quoteWhole(b)
		return
	}
	t.dump(b)
}

// quoteWhole writes a message that another has inside, or why it is not one.
func (t *text) quoteWhole(b []byte) {
	q := text{msg: b, v: openflow.MessageVersion(b), brief: true}
	k, err := kindOf(b)
	if err == nil {
		err = k.checkLength(b)
	}
	if err == nil {
		q.head(k.name)
		head := len(q.b)
		if err = q.body(); err != nil && !k.list() {
			q.b = q.b[:head]
		}
		if err != nil && len(q.b) > head {
			q.chomp(' ')
			q.newline()
		} else if err != nil {
			q.s(" ")
		} else {
			q.chomp(' ')
		}
	}
	if err != nil {
		q.s("***decode error: ", refusal(err), "***\n")
		q.dump(b)
	}
	q.newline()
	t.s(string(q.b))
}
