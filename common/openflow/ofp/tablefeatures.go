package ofp

import (
	"encoding/binary"
	"slices"

	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// features are what a table can do.
type features struct {
	table                 uint8
	name                  string
	metaMatch, metaWrite  uint64
	maxEntries            uint32
	some, miss            can // what flows can do, and what the table-miss flow can do
	match, mask, wildcard fieldSet
}

// can is what flows can do.
type can struct {
	instructions uint32 // set of 1<<order, see instructionNames
	next         [4]uint64
	write, apply canSet
}

// canSet is what a list of actions can do.
type canSet struct {
	actions uint32 // set of 1<<type
	fields  fieldSet
}

// fieldSet is a set of fields by fieldOrder.
type fieldSet [3]uint64

func (s *fieldSet) add(f oxm.Field) {
	if n := slices.Index(fieldOrder, f.Name()); n >= 0 {
		s[n/64] |= 1 << (n % 64)
	}
}

func (s fieldSet) or(o fieldSet) fieldSet  { return fieldSet{s[0] | o[0], s[1] | o[1], s[2] | o[2]} }
func (s fieldSet) and(o fieldSet) fieldSet { return fieldSet{s[0] & o[0], s[1] & o[1], s[2] & o[2]} }
func (s fieldSet) not(o fieldSet) fieldSet { return fieldSet{s[0] &^ o[0], s[1] &^ o[1], s[2] &^ o[2]} }

// instructionNames are the instructions in the order in which they are done, which is the order of the bits of a set.
var instructionNames = names{"meter", "apply_actions", "clear_actions", "write_actions", "write_metadata", "goto_table"}

var instructionBits = map[of13.InstructionType]uint32{
	of13.InstructionMeter: 1 << 0, of13.InstructionApplyActions: 1 << 1, of13.InstructionClearActions: 1 << 2,
	of13.InstructionWriteActions: 1 << 3, of13.InstructionWriteMetadata: 1 << 4, of13.InstructionGotoTable: 1 << 5,
}

// required are the properties that a table must have.
const required = 1<<of13.TableInstructions | 1<<of13.TableNextTables | 1<<of13.TableWriteActions |
	1<<of13.TableApplyActions | 1<<of13.TableMatch | 1<<of13.TableWildcards | 1<<of13.TableWriteSetField |
	1<<of13.TableApplySetField

const badFeatures = "OFPTFFC_BAD_FEATURES"

// featuresOf reads the properties of a table.
func featuresOf(m *of13.TableFeatures) (*features, error) {
	f := &features{table: m.Table, name: text16(m.Name[:len(m.Name)-1]), metaMatch: m.MetadataMatch,
		metaWrite: m.MetadataWrite, maxEntries: m.MaxEntries}
	if m.Table == of13.AllTables {
		return nil, spot{2, "Table"}.refuse("OFPTFFC_BAD_TABLE", "all tables: expected the number of one")
	}
	const propertiesAt, propAlign = 64, 8
	seen, at := uint32(0), propertiesAt
	for n, p := range m.Properties {
		here := item(at, "Properties", n)
		if p.Type < 32 {
			if seen>>p.Type&1 != 0 {
				return nil, here.refuse(badFeatures, "%s: expected once", p.Type)
			}
			seen |= 1 << p.Type
		}
		if err := f.property(p.Type, p.Data); err != nil {
			return nil, here.refused(spot{propHeadLen, p.Type.String()}.refused(err))
		}
		at += (int(p.Length) + propAlign - 1) / propAlign * propAlign
	}
	if missing := required &^ seen; missing != 0 {
		return nil, spot{propertiesAt, "Properties"}.refuse(badFeatures, "%#x are missing", missing)
	}
	f.missIsLike(seen)
	f.match = f.match.or(f.mask)
	f.wildcard = f.wildcard.or(f.mask).and(f.match)
	return f, nil
}

// missIsLike gives the table-miss flow what all flows can do where nothing is said of it.
func (f *features) missIsLike(seen uint32) {
	without := func(t of13.TablePropertyType) bool { return seen>>t&1 == 0 }
	if without(of13.TableInstructionsMiss) {
		f.miss.instructions = f.some.instructions
	}
	if without(of13.TableNextTablesMiss) {
		f.miss.next = f.some.next
	}
	if without(of13.TableWriteActionsMiss) {
		f.miss.write.actions = f.some.write.actions
	}
	if without(of13.TableApplyActionsMiss) {
		f.miss.apply.actions = f.some.apply.actions
	}
	if without(of13.TableWriteSetFieldMiss) {
		f.miss.write.fields = f.some.write.fields
	}
	if without(of13.TableApplySetFieldMiss) {
		f.miss.apply.fields = f.some.apply.fields
	}
}

// property reads one property. What is not known does not count: unknown properties, instructions, actions and fields.
func (f *features) property(typ of13.TablePropertyType, b []byte) (err error) {
	switch typ {
	case of13.TableInstructions:
		f.some.instructions, err = instructionSet(b)
	case of13.TableInstructionsMiss:
		f.miss.instructions, err = instructionSet(b)
	case of13.TableNextTables:
		f.some.next, err = tableSet(b)
	case of13.TableNextTablesMiss:
		f.miss.next, err = tableSet(b)
	case of13.TableWriteActions:
		f.some.write.actions, err = actionSet(b)
	case of13.TableWriteActionsMiss:
		f.miss.write.actions, err = actionSet(b)
	case of13.TableApplyActions:
		f.some.apply.actions, err = actionSet(b)
	case of13.TableApplyActionsMiss:
		f.miss.apply.actions, err = actionSet(b)
	case of13.TableMatch:
		f.match, err = fieldsOf(b, &f.mask)
	case of13.TableWildcards:
		f.wildcard, err = fieldsOf(b, nil)
	case of13.TableWriteSetField:
		f.some.write.fields, err = fieldsOf(b, nil)
	case of13.TableWriteSetFieldMiss:
		f.miss.write.fields, err = fieldsOf(b, nil)
	case of13.TableApplySetField:
		f.some.apply.fields, err = fieldsOf(b, nil)
	case of13.TableApplySetFieldMiss:
		f.miss.apply.fields, err = fieldsOf(b, nil)
	case of13.TableExperimenterMiss:
		return checkExperimenter(b)
	}
	return err
}

// checkExperimenter looks at a property of a vendor as closely as Open vSwitch does.
func checkExperimenter(b []byte) error {
	const least = 8 // vendor and type
	if len(b) < least {
		return spot{}.refuse(badPropLen, "property of a vendor of %d bytes: truncated", len(b))
	}
	if binary.BigEndian.Uint32(b) == 0 {
		return spot{}.refuse("OFPBPC_BAD_EXPERIMENTER", "property of vendor 0: unknown vendor")
	}
	return nil
}

func instructionSet(b []byte) (set uint32, err error) {
	for at := 0; at < len(b); {
		typ, _, rest, err := property(b[at:], 1)
		if err != nil {
			return 0, spot{at, ""}.refused(err)
		}
		set |= instructionBits[of13.InstructionType(typ)]
		at = len(b) - len(rest)
	}
	return set, nil
}

// actionSet reads types of actions.
func actionSet(b []byte) (set uint32, err error) {
	for at := 0; at < len(b); {
		typ, _, rest, err := property(b[at:], 1)
		if err != nil {
			return 0, spot{at, ""}.refused(err)
		}
		if typ < 32 {
			set |= 1 << typ
		}
		at = len(b) - len(rest)
	}
	return set & actionNames13.known(), nil
}

func tableSet(b []byte) (set [4]uint64, err error) {
	for n, id := range b {
		if id == of13.AllTables {
			return set, spot{n, ""}.refuse("OFPBPC_BAD_VALUE", "next table %d: expected the number of one", id)
		}
		set[id/64] |= 1 << (id % 64)
	}
	return set, nil
}

// fieldsOf reads headers of fields. Those with a mask go to masked, or are refused without it.
func fieldsOf(b []byte, masked *fieldSet) (exact fieldSet, err error) {
	var some fieldSet
	lastMask := 0
	for at := 0; at < len(b); {
		f, mask, n, err := fieldHeader(b[at:])
		if err != nil {
			return exact, spot{at, ""}.refused(err)
		}
		if mask {
			some.add(f)
			lastMask = at
		} else {
			exact.add(f)
		}
		at += n
	}
	if masked != nil {
		*masked = some
	} else if some != (fieldSet{}) {
		return exact, spot{lastMask, ""}.refuse("OFPBMC_BAD_MASK", "field with a mask where there is none")
	}
	return exact, nil
}

// fieldHeader reads one header, of n bytes, of a field or of 0 if it is not known.
func fieldHeader(b []byte) (f oxm.Field, masked bool, n int, err error) {
	const class, maskFlag = 0xffff, 1
	n = propHeadLen
	if len(b) >= n && binary.BigEndian.Uint16(b) == class {
		n += propHeadLen
	}
	if len(b) < n || n > propHeadLen && b[3] < propHeadLen {
		return 0, false, 0, spot{}.refuse(badMatchLen, "header of a field of %d bytes: truncated", len(b))
	}
	value := make([]byte, propHeadLen+int(b[3]))
	copy(value, b[:n])
	t, _, err := oxm.Match(value).Next()
	if first := oxm.TunMetadata(0, 0); t.Field.Class() == first.Class() && t.Field.Number() >= first.Number() &&
		t.Field.Number() < first.Number()+oxm.TunMetadataCount {
		return oxm.TunMetadata(int(t.Field.Number()-first.Number()), 1), b[2]&maskFlag != 0, n, nil // of any length
	}
	if i := t.Field.Info(); err != nil || i == nil || i.Foreign {
		return 0, false, n, nil
	}
	return t.Field, b[2]&maskFlag != 0, n, nil
}
