package action

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/wire"
)

// Check says what Open vSwitch would say of a list of actions, as a packet-out and a bucket have it: it stops at the
// first that is unknown in the version, of the wrong length, has bytes that are not zero and must be, names a field or
// a port that it cannot, or is not allowed where it is. The error names offset, action and field.
func Check(v openflow.Version, actions []byte) error {
	c := checker{v: v}
	list, err := c.list(actions)
	if err != nil {
		return err
	}
	return verify(list, inPacketOut)
}

// CheckInstructions is Check for what a flow does: the instructions of OpenFlow 1.3, the actions of OpenFlow 1.0.
// Whether they go with what the flow matches is a question for CheckFlow.
func CheckInstructions(v openflow.Version, b []byte) error {
	c := checker{v: v}
	_, err := c.flow(b)
	return err
}

// flow checks what a flow does, and returns it in the order in which it is done.
func (c *checker) flow(b []byte) ([]placed, error) {
	var list []placed
	var err error
	if c.v == openflow.Version10 {
		list, err = c.list(b)
	} else {
		list, err = c.instructions(b)
	}
	if err != nil {
		return nil, err
	}
	return list, verify(list, inFlow)
}

// placed is an action, and where it is in what is checked.
type placed struct {
	Action
	at int
}

// refuse is an error about the action.
func (a placed) refuse(err error) error {
	return &Error{Offset: a.at, Action: nameOfAction(a.Action), Err: err}
}

// checker checks actions. base is the offset of the list that it is in.
type checker struct {
	v    openflow.Version
	base int
}

// list checks each action of a list on its own.
func (c *checker) list(b []byte) ([]placed, error) {
	var out []placed
	base := c.base
	defer func() { c.base = base }()
	if len(b)%align != 0 {
		return nil, &Error{Offset: base, Action: "list", Err: fmt.Errorf("%d bytes: %w", len(b), errListLen)}
	}
	err := walk(base, b, func(at int, raw []byte) error {
		c.base = at
		a, err := c.one(raw)
		if err == nil {
			out = append(out, placed{a, at})
		}
		return locate(at, a, err)
	})
	return out, c.broken(base, b, err)
}

// broken is the error of a list that begins at base and cannot be walked to its end: Open vSwitch looks for the kind of
// an action before it looks at its length.
func (c *checker) broken(base int, b []byte, err error) error {
	var l *Error
	if !errors.As(err, &l) || l.Action != brokenElement {
		return err
	}
	raw := b[l.Offset-base:]
	a := choose(c.v, raw).(Action)
	l.Action = nameOfAction(a)
	if unknown := c.kind(a, raw); unknown != nil && (!errors.Is(unknown, ErrVendor) || !knownVendor(raw)) {
		l.Err = unknown
	}
	return l
}

// knownVendor says whether an action of an extension is of Nicira or of the ONF.
func knownVendor(raw []byte) bool {
	v := binary.BigEndian.Uint32(raw[headLen:])
	return v == vendorNicira || v == vendorONF
}

// locate says where an error is, unless an action inside has said so.
func locate(at int, a Action, err error) error {
	var deeper *Error
	if err == nil || errors.As(err, &deeper) {
		return err
	}
	return &Error{Offset: at, Action: nameOfAction(a), Err: err}
}

// Error is an action that is refused.
type Error struct {
	Offset int    // of the action in the list that was checked, in bytes
	Action string // the name of its struct
	Err    error
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("action at offset %d: %s: %v", e.Offset, e.Action, e.Err)
}

// Unwrap implements errors.Unwrap.
func (e *Error) Unwrap() error { return e.Err }

func nameOfAction(a Action) string {
	if a == nil {
		return "undecoded"
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", a), "*action.")
}

// one checks one action.
func (c *checker) one(raw []byte) (Action, error) {
	a := choose(c.v, raw).(Action)
	if err := c.kind(a, raw); err != nil {
		return a, err
	}
	if err := wire.Decode(raw, a); err != nil {
		return a, err
	}
	if err := a.check(c); err != nil {
		if err == ErrNotZero { // said of the end
			err = notZero(a)
		}
		return a, err
	}
	again, err := a.AppendWire(make([]byte, 0, len(raw)))
	if err != nil {
		return a, err
	}
	if !bytes.Equal(again, raw) {
		return a, notZero(a)
	}
	return a, nil
}

// notZero is ErrNotZero with the code that it has for an action.
func notZero(a Action) error {
	switch a.(type) {
	case *ResubmitTable, *ResubmitTableCT, *OutputReg, *Bundle, *Learn, *Learn2:
		return as(ErrNotZero, "OFPBAC_BAD_ARGUMENT")
	case *SetField, *RegLoad2:
		return as(ErrNotZero, "OFPBAC_BAD_SET_ARGUMENT")
	}
	return ErrNotZero
}

// field is what an error is about.
func field(name string, err error) error { return fmt.Errorf("%s: %w", name, err) }

// source checks bits of a field that are read.
func source(f oxm.Field, ofs, n int) error {
	i, _ := oxm.Known(f)
	if i == nil {
		return fmt.Errorf("%s: %w", f, oxm.ErrField)
	}
	if n == 0 || ofs+n > i.Bits {
		return fmt.Errorf("%s[%d..%d]: %w: it has %d", i.Name, ofs, ofs+n-1, ErrBits, i.Bits)
	}
	return nil
}

// destination checks bits of a field that are written.
func destination(f oxm.Field, ofs, n int) error {
	if err := source(f, ofs, n); err != nil {
		return err
	}
	if i, _ := oxm.Known(f); i.ReadOnly {
		return fmt.Errorf("%s: %w", i.Name, ErrReadOnly)
	}
	return nil
}

// exact says whether a header of four or eight bytes names a known field, and without a mask.
func exact(h FieldHeader) error {
	i, masked := oxm.Known(h.Field)
	switch {
	case i == nil:
		return fmt.Errorf("%s: %w", h.Field, errHeader)
	case masked:
		return fmt.Errorf("%s: %w", i.Name, oxm.ErrUnmasked)
	}
	return nil
}

// zero checks bytes that have to be zero.
func zero(b []byte) error {
	for _, c := range b {
		if c != 0 {
			return ErrNotZero
		}
	}
	return nil
}

// first is the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
