package action

import (
	"strconv"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// drop is what a list without actions does.
const drop = "drop"

// Format writes a list of actions as ovs-ofctl does. It is an error of Check if Open vSwitch would refuse them.
func Format(v openflow.Version, actions []byte) (string, error) {
	if err := Check(v, actions); err != nil {
		return "", err
	}
	return Text(v, actions), nil
}

// FormatInstructions writes what a flow does as ovs-ofctl does: the instructions of OpenFlow 1.3, the actions of
// OpenFlow 1.0. It is an error of CheckInstructions if Open vSwitch would refuse them.
func FormatInstructions(v openflow.Version, b []byte) (string, error) {
	if err := CheckInstructions(v, b); err != nil {
		return "", err
	}
	return TextInstructions(v, b), nil
}

// Text writes a list of actions whatever is in it: what it does not know it prints as hexadecimal bytes.
func Text(v openflow.Version, actions []byte) string { return string(AppendText(nil, v, actions)) }

// TextInstructions writes what a flow does whatever is in it.
func TextInstructions(v openflow.Version, b []byte) string {
	return string(AppendTextInstructions(nil, v, b))
}

// AppendText appends what Text returns to b.
func AppendText(b []byte, v openflow.Version, actions []byte) []byte {
	p := printer{b: b, v: v}
	p.actions(actions)
	return p.b
}

// AppendTextInstructions appends what TextInstructions returns to b.
func AppendTextInstructions(b []byte, v openflow.Version, instructions []byte) []byte {
	p := printer{b: b, v: v}
	if v == openflow.Version10 {
		p.actions(instructions)
	} else {
		p.instructions(instructions)
	}
	return p.b
}

// printer writes text behind b.
type printer struct {
	b []byte
	v openflow.Version
}

// actions writes a list, drop for one without elements.
func (p *printer) actions(b []byte) {
	if len(b) == 0 {
		p.str(drop)
	}
	for at := 0; at < len(b); {
		if at > 0 {
			p.str(",")
		}
		n, err := length(b[at:])
		if err != nil {
			p.hex("malformed", b[at:])
			return
		}
		raw := b[at : at+n : at+n]
		if a, err := decodeOne(p.v, raw); err != nil {
			p.hex("malformed", raw)
		} else {
			a.text(p)
		}
		at += n
	}
}

// ranks is the order in which the instructions of a flow are done, and written.
var ranks = [...]InstructionType{InstructionMeter, InstructionApplyActions, InstructionClearActions,
	InstructionWriteActions, InstructionWriteMetadata, InstructionGotoTable}

func (p *printer) instructions(b []byte) {
	start := len(p.b)
	for _, rank := range ranks {
		p.instructionsOf(b, func(t InstructionType) bool { return t == rank })
	}
	p.instructionsOf(b, func(t InstructionType) bool { return t == 0 || t > InstructionMeter })
	if len(p.b) == start {
		p.str(drop)
		return
	}
	p.chomp()
}

// instructionsOf writes the instructions of some types, each with a comma after it.
func (p *printer) instructionsOf(b []byte, wanted func(InstructionType) bool) {
	for at := 0; at < len(b); {
		n, err := length(b[at:])
		if err != nil {
			if wanted(0) {
				p.hex("malformed", b[at:])
				p.str(",")
			}
			return
		}
		raw := b[at : at+n : at+n]
		at += n
		i, err := decodeInstruction(raw)
		switch known := err == nil; {
		case !known && wanted(0):
			p.hex("malformed", raw)
		case known && wanted(typeOf(i)):
			if a, ok := i.(*ApplyActions); ok && len(a.Actions) == 0 {
				continue
			}
			i.text(p)
		default:
			continue
		}
		p.str(",")
	}
}

func (p *printer) str(s string)    { p.b = append(p.b, s...) }
func (p *printer) dec(n uint64)    { p.b = strconv.AppendUint(p.b, n, 10) }
func (p *printer) cHex(n uint64)   { p.b = fieldtext.AppendHex(p.b, n) } // C's %#x
func (p *printer) wide(n uint64)   { p.b = fieldtext.AppendHexWide(p.b, n, 4) }
func (p *printer) port(n uint32)   { p.str(fieldtext.FormatPort(n)) }
func (p *printer) port10(n uint16) { p.port(oxm.Port32(n)) }

// num writes a name and a number.
func (p *printer) num(name string, n uint64) {
	p.str(name)
	p.dec(n)
}

// chomp takes a last comma away.
func (p *printer) chomp() {
	if n := len(p.b); n > 0 && p.b[n-1] == ',' {
		p.b = p.b[:n-1]
	}
}

// hex writes bytes that are not known.
func (p *printer) hex(name string, b []byte) {
	p.str(name)
	p.str("(")
	for _, c := range b {
		p.b = fieldtext.AppendByte(p.b, c)
	}
	p.str(")")
}

// dots writes bytes with dots between them.
func (p *printer) dots(b []byte) {
	for i, c := range b {
		if i > 0 {
			p.str(".")
		}
		p.b = fieldtext.AppendByte(p.b, c)
	}
}

// bytes writes bytes as one number.
func (p *printer) bytes(b []byte) { p.b = fieldtext.AppendHexBytes(p.b, b) }

// subfield writes a field and those of its bits that are meant.
func (p *printer) subfield(f oxm.Field, ofs, n int) {
	i, _ := oxm.Known(f)
	if i == nil {
		p.str(f.String())
	} else {
		_, name := i.NXM()
		p.str(name)
	}
	switch {
	case i != nil && ofs == 0 && n == i.Bits:
		p.str("[]")
	case n == 1:
		p.num("[", uint64(ofs))
		p.str("]")
	default:
		p.num("[", uint64(ofs))
		p.b = strconv.AppendInt(append(p.b, ".."...), int64(ofs+n-1), 10)
		p.str("]")
	}
}

// bits is subfield for a BitRange.
func (p *printer) bits(h NXMHeader, r BitRange) { p.subfield(h.Field(), r.Offset(), r.Len()) }
