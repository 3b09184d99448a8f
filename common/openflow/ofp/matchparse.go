package ofp

import (
	"fmt"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Pair is a key of a flow in text with its value, which is empty where there is none.
type Pair struct {
	Key, Value string
	Offset     int // of the key in the text
}

const separators = ", \t\r\n"

// NextPair splits the first pair off text, whose first byte is at offset of the whole: key=value, key:value, key(value)
// or a key alone, between commas and white space. ok is false where there is none.
func NextPair(text string, offset int) (p Pair, rest string, restOffset int, ok bool) {
	trimmed := strings.TrimLeft(text, separators)
	offset += len(text) - len(trimmed)
	if trimmed == "" {
		return Pair{}, "", offset, false
	}
	n := strings.IndexAny(trimmed, ":=("+separators)
	if n < 0 {
		return Pair{Key: trimmed, Offset: offset}, "", offset + len(trimmed), true
	}
	p = Pair{Key: trimmed[:n], Offset: offset}
	ends := separators
	switch trimmed[n] {
	case '(':
		ends = ")"
	case ':', '=':
	default:
		return p, trimmed[n+1:], offset + n + 1, true
	}
	value := trimmed[n+1:]
	end := valueLen(value, ends)
	p.Value = value[:end]
	end = min(end+1, len(value)) // and what ends it
	return p, value[end:], offset + n + 1 + end, true
}

// valueLen is the length of a value up to one of the bytes that end it, outside of parentheses.
func valueLen(s, ends string) int {
	level := 0
	for n := range len(s) {
		switch {
		case level == 0 && strings.IndexByte(ends, s[n]) >= 0:
			return n
		case s[n] == '(':
			level++
		case s[n] == ')' && level > 0:
			level--
		}
	}
	return len(s)
}

// ParseMatch reads a match in the syntax of ovs-ofctl (ovs-fields(7)) and returns what ovs-ofctl sends for it in
// OpenFlow 1.3. Values that do not fit a field, and fields whose prerequisites are not there, are errors: ovs-ofctl
// cuts the ones and leaves out the others. Errors name the position in the text and what was expected.
func ParseMatch(text string) (oxm.Match, error) {
	var p MatchParser
	for rest, offset := text, 0; ; {
		var pair Pair
		var ok bool
		if pair, rest, offset, ok = NextPair(rest, offset); !ok {
			return p.Match()
		}
		known, err := p.Add(pair)
		if err == nil && !known {
			err = pair.errorf("expected the name of a field or a protocol")
		}
		if err != nil {
			return nil, err
		}
	}
}

func (p Pair) errorf(format string, args ...any) error {
	return fmt.Errorf("match at %d: %q: %w", p.Offset, p.Key, fmt.Errorf(format, args...))
}

// MatchParser collects a match from pairs; the zero one matches everything. One who reads whole flows gives it the keys
// that he does not know.
type MatchParser struct {
	flow  oxm.Flow
	added []addedField
}

type addedField struct {
	info *oxm.Info
	pair Pair
}

// Add adds what a pair says. known is false if it is about no field.
func (p *MatchParser) Add(pair Pair) (known bool, err error) {
	for _, c := range protocols {
		if c.name == pair.Key {
			return true, p.protocol(c.eth, c.nwp, pair)
		}
	}
	switch pair.Key {
	case "eth":
		return true, p.set(packetType, pair, make([]byte, 4), nil)
	case "dl_vlan":
		return true, p.vlan(pair)
	case "dl_vlan_pcp":
		return true, p.text(oxm.VLANPCP.Info(), pair)
	}
	if i := oxm.FieldByName(pair.Key); i != nil && !i.Foreign {
		return true, p.text(i, pair)
	}
	if strings.Contains(pair.Key, "[") {
		return true, p.bits(pair)
	}
	return false, nil
}

func (p *MatchParser) set(i *oxm.Info, pair Pair, value, mask []byte) error {
	p.added = append(p.added, addedField{i, pair})
	f := i.Field
	if err := p.flow.Set(oxm.TLV{Field: f, Value: value, Mask: mask}); err != nil {
		return pair.errorf("value %s: %w", pair.Value, err)
	}
	return nil
}

func (p *MatchParser) text(i *oxm.Info, pair Pair) error {
	value, mask, err := ParseField(i, pair.Value)
	if err != nil {
		return pair.errorf("%w", err)
	}
	if i == ipDSCP {
		value[0] &^= 0x3 // the bits of ECN are ignored
	}
	return p.set(i, pair, value, mask)
}

func (p *MatchParser) protocol(eth, nwp uint64, pair Pair) error {
	value := make([]byte, 2)
	putUint(value, eth)
	if err := p.set(dlType, pair, value, nil); err != nil || nwp == noProto {
		return err
	}
	return p.set(nwProto, pair, []byte{byte(nwp)}, nil)
}

const noVLAN = 0xffff // of OpenFlow 1.0

// vlan adds a VLAN as OpenFlow 1.0 has it: a number, or 0xffff for none.
func (p *MatchParser) vlan(pair Pair) error {
	value, mask, err := ParseField(vlanTCI, pair.Value)
	if err != nil {
		return pair.errorf("%w", err)
	}
	vid := number(value)
	switch {
	case mask != nil && allBytes(mask, 0):
		return p.set(oxm.VLANVID.Info(), pair, value, mask)
	case mask != nil:
		return pair.errorf("value %s: %w", pair.Value, oxm.ErrUnmasked)
	case vid == noVLAN:
		return p.set(vlanTCI, pair, []byte{0, 0}, nil)
	case vid > vidMask:
		return pair.errorf("value %s: %w", pair.Value, oxm.ErrValue)
	}
	putUint(value, vid|vlanCFI)
	return p.set(oxm.VLANVID.Info(), pair, value, nil)
}

// Match is what was added, in the order in which Open vSwitch sends it.
func (p *MatchParser) Match() (oxm.Match, error) {
	m := p.flow.AppendMatch(nil)
	var sent oxm.Flow
	for t := range m.All() {
		if err := sent.Set(t); err != nil {
			return nil, fmt.Errorf("match: field %s: %w", t.Field.Name(), err)
		}
	}
	for _, a := range p.added {
		if !p.flow.Covers(&sent, a.info) {
			return nil, a.pair.errorf("%w: expected %s", oxm.ErrPrereq, a.info.Prereq)
		}
	}
	return m, nil
}
