package ofp

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Groups in the form of OpenFlow 1.5, which Nicira has for OpenFlow 1.0.

var niciraGroupCommands = map[nicira.GroupCommand]string{
	nicira.GroupAdd: "ADD", nicira.GroupModify: "MOD", nicira.GroupDelete: "DEL", nicira.GroupAddOrModify: "ADD_OR_MOD",
	nicira.GroupInsertBucket: "INSERT_BUCKET", nicira.GroupRemoveBucket: "REMOVE_BUCKET",
}

func (t *text) niciraGroupMod(m *nicira.GroupMod) error {
	if !commandBucketOK(m) {
		return spot{28, "CommandBucket"}.refuse(badBucket, "%#x: no bucket for command %s", m.CommandBucket, m.Command)
	}
	const bucketsAt = 32
	g, err := t.bucketGroup(bucketsAt, m.Group, m.GroupType, m.Buckets)
	if err != nil {
		return err
	}
	if err := g.properties(bucketsAt+int(m.BucketsLen), m.Properties, m.Command); err != nil {
		return err
	}
	if err := checkNiciraGroup(m, g); err != nil {
		return err
	}
	t.s("\n ", niciraGroupCommands[m.Command], " ")
	one := m.Command == nicira.GroupInsertBucket || m.Command == nicira.GroupRemoveBucket
	if one {
		t.s("command_bucket_id:", bucketName(m.CommandBucket), ",")
	}
	t.bucketGroupText(g, one)
	return nil
}

// commandBucketOK says whether a command can name the bucket that it does.
func commandBucketOK(m *nicira.GroupMod) bool {
	b := m.CommandBucket
	named := b <= nicira.BucketMax || b == nicira.BucketFirst || b == nicira.BucketLast
	switch m.Command {
	case nicira.GroupInsertBucket:
		return named
	case nicira.GroupRemoveBucket:
		return named || b == nicira.BucketAll
	}
	return b == nicira.BucketAll
}

func bucketName(id uint32) string {
	switch id {
	case nicira.BucketFirst:
		return "first"
	case nicira.BucketLast:
		return "last"
	case nicira.BucketAll:
		return "all"
	}
	return fmt.Sprint(id)
}

// bucketGroup is a group whose buckets have been looked into.
type bucketGroup struct {
	id        uint32
	typ       nicira.GroupType
	buckets   []bucket
	selection selection
}

type bucket struct {
	id, watchPort, watchGroup uint32
	weight                    uint16
	at                        int // its offset in the message
	actions                   string
}

// bucketGroup looks into buckets, which begin at an offset, and refuses those that a switch refuses.
func (t *text) bucketGroup(at int, id uint32, typ nicira.GroupType, buckets []nicira.Bucket) (*bucketGroup, error) {
	g := &bucketGroup{id: id, typ: typ}
	seen := map[uint32]bool{}
	for n := range buckets {
		b, err := t.lookInto(&buckets[n], typ)
		if err == nil && seen[b.id] {
			err = spot{4, "ID"}.refuse(badBucket, "%d: is there twice", b.id)
		}
		if err != nil {
			return nil, item(at, "Buckets", n).refused(err)
		}
		b.at = at
		at += int(buckets[n].Length)
		seen[b.id] = true
		g.buckets = append(g.buckets, b)
	}
	return g, nil
}

func (t *text) lookInto(m *nicira.Bucket, typ nicira.GroupType) (bucket, error) {
	b := bucket{id: m.ID, watchPort: of13.PortAny, watchGroup: of13.AnyGroup}
	if typ == nicira.GroupSelect {
		b.weight = 1
	}
	q := text{v: t.v}
	const actionsAt = 8
	if err := q.actions(t.v, m.Actions); err != nil {
		return b, spot{actionsAt, "Actions"}.refused(err)
	}
	b.actions = string(q.b)
	at := actionsAt + int(m.ActionsLen)
	for n, p := range m.Properties {
		if err := b.property(&p); err != nil {
			return b, item(at, "Properties", n).refused(err)
		}
		at += propLen(p.Length)
	}
	if at := (spot{actionsAt + int(m.ActionsLen), "Properties"}); at.checkPort(b.watchPort) != nil {
		return b, at.refuse("OFPGMFC_BAD_WATCH", "WatchPort: %#x: no number of a port", b.watchPort)
	}
	if b.id > nicira.BucketMax {
		return b, spot{4, "ID"}.refuse(badBucket, "%#x: expected at most %#x", b.id, nicira.BucketMax)
	}
	return b, nil
}

func (b *bucket) property(p *nicira.BucketProperty) error {
	length := 4
	switch p.Type {
	case nicira.BucketWeight:
		length = 2 // or more
	case nicira.BucketWatchPort, nicira.BucketWatchGroup:
	case nicira.BucketExperimenter:
		return refuseExperimenter(p.Value)
	default:
		return spot{0, "Type"}.refuse(unknownProp, "%d: unknown type", p.Type)
	}
	if len(p.Value) < length || len(p.Value) > length && p.Type != nicira.BucketWeight {
		return spot{2, "Length"}.refuse(badPropLen, "%d bytes of value: expected %d", len(p.Value), length)
	}
	switch p.Type {
	case nicira.BucketWeight:
		b.weight = binary.BigEndian.Uint16(p.Value)
	case nicira.BucketWatchPort:
		b.watchPort = binary.BigEndian.Uint32(p.Value)
	default:
		b.watchGroup = binary.BigEndian.Uint32(p.Value)
	}
	return nil
}

// checkNiciraGroup refuses what does not go together.
func checkNiciraGroup(m *nicira.GroupMod, g *bucketGroup) error {
	_, known := niciraGroupCommands[m.Command]
	switch {
	case int(m.GroupType) >= len(groupTypes):
		return spot{18, "GroupType"}.refuse(badGroupType, "%d: unknown type", m.GroupType)
	case m.GroupType == nicira.GroupIndirect && m.Command != nicira.GroupDelete && len(g.buckets) != 1:
		return spot{32, "Buckets"}.refuse(invalidGroup, "%d: an indirect group has one", len(g.buckets))
	case m.Command == nicira.GroupRemoveBucket && len(g.buckets) > 0:
		return spot{32, "Buckets"}.refuse(badBucket, "a bucket is removed by its number")
	case !known:
		return spot{16, "Command"}.refuse("OFPGMFC_BAD_COMMAND", "%d: unknown command", m.Command)
	}
	same := of13.GroupMod{Type: of13.GroupType(m.GroupType), Command: of13.GroupCommand(m.Command)}
	for n := range g.buckets {
		b := of13.Bucket{Weight: g.buckets[n].weight, WatchPort: g.buckets[n].watchPort, WatchGroup: g.buckets[n].watchGroup}
		if err := checkBucket(&same, &b); err != nil {
			return item(g.buckets[n].at, "Buckets", n).refused(err)
		}
	}
	return nil
}

func (t *text) bucketGroupText(g *bucketGroup, withoutType bool) {
	t.f("group_id=%d", g.id)
	if !withoutType {
		name := "unknown"
		if int(g.typ) < len(groupTypes) {
			name = groupTypes[g.typ]
		}
		t.s(",type=", name)
	}
	g.selection.text(t)
	t.s(",")
	usual := uint16(0)
	if g.typ == nicira.GroupSelect {
		usual = 1
	}
	for _, b := range g.buckets {
		t.s("bucket=bucket_id:", bucketName(b.id), ",")
		if b.weight != usual {
			t.f("weight:%d,", b.weight)
		}
		if b.watchPort != of13.PortAny {
			t.s("watch_port:", fieldtext.FormatPort(b.watchPort), ",")
		}
		if b.watchGroup != of13.AnyGroup {
			t.f("watch_group:%d,", b.watchGroup)
		}
		t.s("actions=", b.actions, ",")
	}
	t.chomp(',')
}

func (t *text) niciraGroupDesc(groups []nicira.GroupDesc) error {
	const bucketsAt = 16
	at := vendorStatsLen
	for n := range groups {
		m := &groups[n]
		g, err := t.bucketGroup(bucketsAt, m.Group, m.Type, m.Buckets)
		if err == nil {
			err = g.properties(bucketsAt+int(m.BucketsLen), m.Properties, nicira.GroupAdd)
		}
		if err != nil {
			return item(at, "Groups", n).refused(err)
		}
		at += int(m.Length)
		t.s("\n ")
		t.bucketGroupText(g, false)
	}
	return nil
}

func (t *text) niciraGroupStats(groups []nicira.GroupStats) {
	same := make([]of13.GroupStats, len(groups))
	for n, g := range groups {
		same[n] = of13.GroupStats{Group: g.Group, RefCount: g.RefCount, Packets: g.Packets, Bytes: g.Bytes,
			DurationSec: g.DurationSec, DurationNsec: g.DurationNsec}
		for _, b := range g.Buckets {
			same[n].Buckets = append(same[n].Buckets, of13.BucketCounter(b))
		}
	}
	t.groupStats(same)
}

func (t *text) niciraGroupFeatures(m *nicira.GroupFeaturesReply) {
	t.groupFeatures(&of13.GroupFeaturesReply{Types: m.Types, Capabilities: of13.GroupCapabilities(m.Capabilities),
		MaxGroups: m.MaxGroups, Actions: m.Actions}, actionNames10)
}

// selection is how a select group picks a bucket (netronome-ext.h): the method and what it looks at.
type selection struct {
	method string
	param  uint64
	fields []oxm.TLV
}

// The property of the selection method: vendor, type, four bytes of padding, name and parameter, fields.
const (
	netronome       = 0x154d
	netronomeOld    = 0x1540 // as it was once mistyped
	selectionMethod = 1
	selectionName   = 12
	selectionParam  = selectionName + 16
	selectionFields = selectionParam + 8
	propExp         = 0xffff
)

// properties takes the properties of a group, which begin at an offset.
func (g *bucketGroup) properties(at int, all []nicira.GroupProperty, command nicira.GroupCommand) error {
	for n, p := range all {
		if err := g.property(&p, command); err != nil {
			return item(at, "Properties", n).refused(err)
		}
		at += propLen(p.Length)
	}
	return nil
}

func (g *bucketGroup) property(p *nicira.GroupProperty, command nicira.GroupCommand) error {
	switch {
	case p.Type != propExp:
		return spot{0, "Type"}.refuse(unknownProp, "%d: unknown type", p.Type)
	case len(p.Value) < 8 || !isSelection(p.Value):
		return refuseExperimenter(p.Value)
	}
	if err := g.checkSelection(command); err != nil {
		return err
	}
	return propValue.refused(g.selection.read(p.Value))
}

func isSelection(v []byte) bool {
	vendor := binary.BigEndian.Uint32(v)
	return (vendor == netronome || vendor == netronomeOld) && binary.BigEndian.Uint32(v[4:]) == selectionMethod
}

// checkSelection refuses a selection method where none can be.
func (g *bucketGroup) checkSelection(command nicira.GroupCommand) error {
	_, known := niciraGroupCommands[command]
	switch {
	case int(g.typ) >= len(groupTypes):
		return spot{}.refuse(badGroupType, "selection method for a group of type %d: unknown type", g.typ)
	case !known:
		return spot{}.refuse("OFPGMFC_BAD_COMMAND", "selection method with command %d: unknown command", command)
	case g.typ != nicira.GroupSelect:
		return spot{}.refuse(badPropValue, "a selection method is for groups of type select")
	case command == nicira.GroupDelete || command == nicira.GroupInsertBucket || command == nicira.GroupRemoveBucket:
		return spot{}.refuse(badPropValue, "a selection method is for groups that are added or changed")
	}
	return nil
}

func (s *selection) read(v []byte) error {
	if len(v) < selectionFields {
		return spot{}.refuse(badPropLen, "selection method of %d bytes: expected %d", len(v), selectionFields)
	}
	name := v[selectionName:selectionParam]
	end := bytes.IndexByte(name, 0)
	if end < 0 || string(name[:end]) != "hash" && string(name[:end]) != "dp_hash" {
		return spot{selectionName, "Method"}.refuse(badPropValue, "%q: expected hash or dp_hash", name)
	}
	s.method, s.param = string(name[:end]), binary.BigEndian.Uint64(v[selectionParam:])
	fields := oxm.Match(v[selectionFields:])
	if len(fields) > 0 && s.method != "hash" {
		return spot{selectionFields, "Fields"}.refuse(badPropValue, "selection method %s looks at no fields", s.method)
	}
	return spot{selectionFields, "Fields"}.refused(s.readFields(fields))
}

// readFields takes fields, whose values are masks of the bits that count.
func (s *selection) readFields(m oxm.Match) error {
	s.fields = nil
	seen := map[*oxm.Info]bool{}
	for at := 0; at < len(m); {
		f, next, err := m[at:].Next()
		if err != nil {
			return &oxm.Error{Offset: at, Err: err}
		}
		switch i := f.Field.Info(); {
		case i == nil || i.Foreign || f.Mask != nil:
			return spot{at, f.Field.Name()}.refuse("OFPBMC_BAD_FIELD", "unknown field")
		case seen[i]:
			return spot{at, i.Name}.refuse("OFPBMC_DUP_FIELD", "is there twice")
		case !i.Maskable && !fieldtext.AllBytes(f.Value, 0) && !fieldtext.AllBytes(f.Value, 0xff):
			return spot{at, i.Name}.refuse("OFPBMC_BAD_MASK", "cannot be masked")
		default:
			seen[i] = true
		}
		s.fields = append(s.fields, f)
		at = len(m) - len(next)
	}
	return nil
}

func (s *selection) text(t *text) {
	if s.method == "" {
		return
	}
	t.s(",selection_method=", s.method)
	if s.param != 0 {
		t.u(",selection_method_param=", s.param)
	}
	switch len(s.fields) {
	case 0:
	case 1:
		t.s(",fields=", s.fieldList())
	default:
		t.s(",fields(", s.fieldList(), ")")
	}
}

// fieldList is the fields in the order of Open vSwitch.
func (s *selection) fieldList() string {
	var out []byte
	for _, name := range fieldOrder {
		for _, f := range s.fields {
			if f.Field.Info().Name != name {
				continue
			}
			out = append(out, name...)
			if !fieldtext.AllBytes(f.Value, 0xff) {
				out = append(append(out, '='), fieldtext.FormatField(f.Field, f.Value, nil)...)
			}
			out = append(out, ',')
		}
	}
	return string(bytes.TrimSuffix(out, []byte(",")))
}
