package ofp

import (
	"fmt"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// ParseMatch reads a match in the syntax of ovs-ofctl (ovs-fields(7)) and returns what ovs-ofctl sends for it in
// OpenFlow 1.3. Values that do not fit a field, and fields whose prerequisites are not there, are errors: ovs-ofctl
// cuts the ones and leaves out the others. Errors name the position in the text and what was expected.
func ParseMatch(text string) (oxm.Match, error) {
	var p MatchParser
	for rest, offset := text, 0; ; {
		var pair fieldtext.Pair
		var ok bool
		if pair, rest, offset, ok = fieldtext.NextPair(rest, offset); !ok {
			return p.Match()
		}
		known, err := p.Add(pair)
		if err == nil && !known {
			err = pairErrorf(pair, "expected the name of a field or a protocol")
		}
		if err != nil {
			return nil, err
		}
	}
}

func pairErrorf(p fieldtext.Pair, format string, args ...any) error {
	return fmt.Errorf("match at %d: %q: %w", p.Offset, p.Key, fmt.Errorf(format, args...))
}

// MatchParser collects a match from pairs; the zero one matches everything. One who reads whole flows gives it the keys
// that he does not know.
type MatchParser struct {
	flow  oxm.Flow
	added []addedField
	nxm   bool // there is what a match of OpenFlow 1.0 cannot have
}

type addedField struct {
	info *oxm.Info
	pair fieldtext.Pair
}

// Add adds what a pair says. known is false if it is about no field.
func (p *MatchParser) Add(pair fieldtext.Pair) (known bool, err error) {
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

func (p *MatchParser) set(i *oxm.Info, pair fieldtext.Pair, value, mask []byte) error {
	p.added = append(p.added, addedField{i, pair})
	if pair.Key != "eth" && !i.InOF10(mask) && (i.Variable || mask == nil || !fieldtext.AllBytes(mask, 0)) {
		p.nxm = true
	}
	f := i.Field
	if err := p.flow.Set(oxm.TLV{Field: f, Value: value, Mask: mask}); err != nil {
		return pairErrorf(pair, "value %s: %w", pair.Value, err)
	}
	return nil
}

func (p *MatchParser) text(i *oxm.Info, pair fieldtext.Pair) error {
	value, mask, err := fieldtext.ParseField(i, pair.Value)
	if err != nil {
		return pairErrorf(pair, "%w", err)
	}
	if i == ipDSCP {
		value[0] &^= 0x3 // the bits of ECN are ignored
	}
	return p.set(i, pair, value, mask)
}

func (p *MatchParser) protocol(eth, nwp uint64, pair fieldtext.Pair) error {
	value := make([]byte, 2)
	fieldtext.PutUint(value, eth)
	if err := p.set(dlType, pair, value, nil); err != nil || nwp == noProto {
		return err
	}
	return p.set(nwProto, pair, []byte{byte(nwp)}, nil)
}

const noVLAN = 0xffff // of OpenFlow 1.0

// vlan adds a VLAN as OpenFlow 1.0 has it: a number, or 0xffff for none.
func (p *MatchParser) vlan(pair fieldtext.Pair) error {
	value, mask, err := fieldtext.ParseField(vlanTCI, pair.Value)
	if err != nil {
		return pairErrorf(pair, "%w", err)
	}
	vid := fieldtext.Number(value)
	switch {
	case mask != nil && fieldtext.AllBytes(mask, 0):
		return p.set(oxm.VLANVID.Info(), pair, value, mask)
	case mask != nil:
		return pairErrorf(pair, "value %s: %w", pair.Value, oxm.ErrUnmasked)
	case vid == noVLAN:
		return p.set(vlanTCI, pair, []byte{0, 0}, nil)
	case vid > vidMask:
		return pairErrorf(pair, "value %s: %w", pair.Value, oxm.ErrValue)
	}
	fieldtext.PutUint(value, vid|vlanCFI)
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
			return nil, pairErrorf(a.pair, "%w: expected %s", oxm.ErrPrereq, a.info.Prereq)
		}
	}
	return m, nil
}
