package ofp

import (
	"fmt"
	"strconv"

	"github.com/vlcp-go/vlcp/common/openflow"
)

// FormatMessage writes one whole message as `ovs-ofctl ofp-print` does, the newline at the end included. It refuses
// what ovs-ofctl refuses: the error says offset and field, and wraps a *Refused with the code that Open vSwitch
// answers.
func FormatMessage(b []byte) (string, error) {
	t := text{msg: b}
	if err := t.message(); err != nil {
		return "", err
	}
	return string(t.b), nil
}

// text is a message on its way to text.
type text struct {
	b   []byte // what is written so far
	msg []byte // the whole message
	v   openflow.Version
	// brief is for a message inside of another, of which less is written: no payload of an echo.
	brief bool
	// importance is what a flow-mod of OpenFlow 1.4 has besides what one of 1.3 has.
	importance uint16
}

// message writes the whole of it.
func (t *text) message() error {
	k, err := kindOf(t.msg)
	if err != nil {
		return err
	}
	if n, err := openflow.Frame(t.msg); err != nil || n != len(t.msg) {
		return spot{2, "Length"}.refuse(badLen, "%d in %d bytes: wrong length", n, len(t.msg))
	}
	if err := k.checkLength(t.msg); err != nil {
		return err
	}
	t.v = openflow.MessageVersion(t.msg)
	t.head(k.name)
	if err := t.body(); err != nil {
		return spot{0, k.name}.refused(err)
	}
	t.chomp(' ')
	t.newline()
	return nil
}

// head writes the name of a message, its version and its transaction id.
func (t *text) head(name string) {
	t.b = append(t.b, name...)
	if s, ok := versions[t.v]; ok {
		t.b = append(t.b, s...)
	} else {
		t.f(" (OF 0x%02x)", uint8(t.v))
	}
	t.f(" (xid=0x%x):", openflow.Xid(t.msg))
}

var versions = map[openflow.Version]string{
	1: "", 2: " (OF1.1)", 3: " (OF1.2)", 4: " (OF1.3)", 5: " (OF1.4)", 6: " (OF1.5)",
}

// body writes what follows the head.
func (t *text) body() error {
	if done, err := t.shared(); done {
		return err
	}
	if k, _, err := keyOf(t.msg); err == nil && k.class >= vendorMessage {
		return t.vendor()
	}
	switch t.v {
	case openflow.Version10:
		return t.body10()
	case openflow.Version13:
		return t.body13()
	}
	return t.bodyOther()
}

func (t *text) f(format string, args ...any) { t.b = fmt.Appendf(t.b, format, args...) }

func (t *text) s(parts ...string) {
	for _, s := range parts {
		t.b = append(t.b, s...)
	}
}

func (t *text) u(label string, v uint64) { t.b = strconv.AppendUint(append(t.b, label...), v, 10) }

func (t *text) last() byte {
	if len(t.b) == 0 {
		return 0
	}
	return t.b[len(t.b)-1]
}

// chomp takes one c off the end.
func (t *text) chomp(c byte) {
	if t.last() == c {
		t.b = t.b[:len(t.b)-1]
	}
}

// newline ends the line, if it is not at its end.
func (t *text) newline() {
	if t.last() != '\n' {
		t.b = append(t.b, '\n')
	}
}
