package action

import (
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Parse reads a list of actions in the syntax of ovs-ofctl (ovs-actions(7)) and returns the bytes that ovs-ofctl sends
// for it in this version: those of a packet-out or of a bucket. Instructions are errors; so is what cannot be said in
// the version. The error is a *ParseError.
//
// What ovs-ofctl cuts or takes for zero is an error here: numbers that are none or do not fit, and fields that have no
// header. A set_field under a mask is reg_load in OpenFlow 1.0, where ovs-ofctl forgets the mask.
func Parse(v openflow.Version, text string) ([]byte, error) {
	b, _, err := Rules{Version: v}.Parse(text)
	return b, err
}

// ParseInstructions reads what a flow of OpenFlow 1.3 does and returns its instructions: actions become apply_actions,
// and meter, clear_actions, write_actions, write_metadata and goto_table, which have to follow in the order of their
// execution, become instructions of their own.
func ParseInstructions(text string) ([]byte, error) {
	b, _, err := Rules{Version: openflow.Version13, Instructions: true}.Parse(text)
	return b, err
}

// Rules say what a list of actions is read for.
type Rules struct {
	Version      openflow.Version
	Instructions bool      // as in a flow; OpenFlow 1.0 has actions of Nicira for some and leaves the others out
	Match        *oxm.Flow // what the flow matches: what the actions need must be there. nil: nothing is checked
	Table        uint8     // of the flow, before which goto_table may not go; TableAny if there is Match and no table
	Offset       int       // of the text in a longer one, for errors
}

// TableAny is no table, or all.
const TableAny = 0xff

// Formats are kinds of flow-mod that can carry a list of actions.
type Formats uint8

// The kinds.
const (
	FormatOF10 Formats = 1 << iota // OpenFlow 1.0
	FormatNXM                      // OpenFlow 1.0 with a match of Nicira
	FormatOF13

	formats10  = FormatOF10 | FormatNXM
	formatsAll = formats10 | FormatOF13
)

// ParseError is an error in a text of actions.
type ParseError struct {
	Offset int // in bytes, from where the text begins
	Err    error
}

// Error names the offset.
func (e *ParseError) Error() string { return fmt.Sprintf("actions at offset %d: %v", e.Offset, e.Err) }

// Unwrap returns the error without the offset.
func (e *ParseError) Unwrap() error { return e.Err }

// located makes an error of one that does not say where it is: it is about the whole, which is too long.
func located(a arg, err error) error {
	var e *ParseError
	if errors.As(err, &e) {
		return err
	}
	return a.errorf("%w", err)
}

// named puts the name of an argument before an error about its value.
func (a arg) named(err error) error {
	var e *ParseError
	if errors.As(err, &e) && e.Offset == a.at {
		return err // it is about the name
	}
	return named(a.s, err)
}

// named puts the name of an action or an argument before an error.
func named(name string, err error) error {
	var e *ParseError
	if err == nil || !errors.As(err, &e) {
		return err
	}
	return &ParseError{e.Offset, fmt.Errorf("%s: %w", name, e.Err)}
}

// ErrVersion is what a ParseError may wrap, as it may ErrMatch.
var ErrVersion = errors.New("not in this version of OpenFlow")

// Parse reads a list of actions and returns its bytes, and the kinds of flow-mod that ovs-ofctl would put it into.
func (r Rules) Parse(text string) ([]byte, Formats, error) {
	s := state{rules: r, want: FormatOF13, usable: formatsAll}
	if r.Version == openflow.Version10 {
		s.want = formats10
	}
	if r.Match != nil {
		s.packet = &packet{flow: *r.Match}
		s.packet.tags[0] = s.packet.flow.Meets(oxm.NeedVLAN)
	}
	l := list{state: &s, instructions: r.Instructions}
	whole := arg{text, r.Offset}
	if err := l.parse(whole); err != nil {
		return nil, 0, located(whole, err)
	}
	b, err := l.finish()
	if err != nil {
		return nil, 0, located(whole, err)
	}
	return b, s.usable, nil
}
