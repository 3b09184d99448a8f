package of13

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/wire"
)

// DecodeJSON makes a message from JSON: at least version and type, for multiparts kind.
func DecodeJSON(b []byte) (Message, error) {
	source := wire.FromJSON(b)
	var h Header
	if err := source(&h); err != nil {
		return nil, err
	}
	if h.Version != openflow.Version13 {
		return nil, fmt.Errorf("read message from json: version %d is not OpenFlow 1.3", h.Version)
	}
	s, err := choose(&h, source)
	if err != nil {
		return nil, err
	}
	c, ok := s.(Message)
	if !ok {
		return nil, fmt.Errorf("read %T from json: %w", s, ErrUnknown)
	}
	if err := wire.UnmarshalJSON(b, c); err != nil {
		return nil, err
	}
	return c, checkLists(c)
}

// EncodeJSON is m as JSON, which DecodeJSON reads.
func EncodeJSON(m Message) ([]byte, error) {
	m.SetKind()
	return wire.MarshalJSON(m)
}

// Dump is m as indented text for people.
func Dump(m Message) string { return wire.Dump(m) }

// Lists of actions and of instructions are text in JSON: that of ovs-ofctl where it says everything, which is where
// reading it gives the same bytes, else "NAME:BODY NAME:BODY", the bodies in hexadecimal.

var errElement = errors.New("is not NAME:BODY")

const hexMark = "hex:"

func formatActions(a Actions) string {
	text, err := action.Format(openflow.Version13, a)
	if again, _ := parseActions(text); err == nil && len(a) > 0 && bytes.Equal(again, a) {
		return text
	}
	return formatList(a, func(t uint16) string { return ActionType(t).String() })
}

func parseActions(s string) (Actions, error) {
	if isList(s, namesOfActionType) {
		return parseList(s, namesOfActionType)
	}
	return action.Parse(openflow.Version13, s)
}

func formatInstructions(i Instructions) string {
	text, err := action.FormatInstructions(openflow.Version13, i)
	if again, _ := parseInstructions(text); err == nil && len(i) > 0 && bytes.Equal(again, i) {
		return text
	}
	return formatList(i, func(t uint16) string { return InstructionType(t).String() })
}

func parseInstructions(s string) (Instructions, error) {
	if isList(s, namesOfInstructionType) {
		return parseList(s, namesOfInstructionType)
	}
	return action.ParseInstructions(s)
}

// isList says whether text is of the form of formatList, and not that of ovs-ofctl.
func isList(s string, names []wire.Bit) bool {
	first, _, _ := strings.Cut(s, " ")
	name, _, ok := strings.Cut(first, ":")
	if !ok {
		return s == ""
	}
	_, err := typeOf(name, names)
	return err == nil || name+":" == hexMark
}

func formatList(b []byte, name func(uint16) string) string {
	if check(b, "list") != nil {
		return hexMark + hex.EncodeToString(b)
	}
	var out []string
	for e := range walk(b) {
		out = append(out, name(e.Type)+":"+hex.EncodeToString(e.Body))
	}
	return strings.Join(out, " ")
}

func parseList(s string, names []wire.Bit) ([]byte, error) {
	if h, ok := strings.CutPrefix(s, hexMark); ok {
		return hex.DecodeString(h)
	}
	b := []byte{}
	for e := range strings.FieldsSeq(s) {
		name, body, ok := strings.Cut(e, ":")
		if !ok {
			return nil, fmt.Errorf("%q %w", e, errElement)
		}
		typ, err := typeOf(name, names)
		if err != nil {
			return nil, err
		}
		raw, err := hex.DecodeString(body)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", e, err)
		}
		b = binary.BigEndian.AppendUint16(b, typ)
		b = binary.BigEndian.AppendUint16(b, uint16(actionHeadLen+len(raw)))
		b = append(b, raw...)
	}
	return b, nil
}

func typeOf(name string, names []wire.Bit) (uint16, error) {
	for _, n := range names {
		if n.Name == name {
			return uint16(n.Mask), nil
		}
	}
	v, err := strconv.ParseUint(name, 0, 16)
	if err != nil {
		return 0, fmt.Errorf("%q is neither a name nor a number", name)
	}
	return uint16(v), nil
}
