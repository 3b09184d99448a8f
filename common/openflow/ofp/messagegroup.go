package ofp

import (
	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

var groupTypes = [4]string{"all", "select", "indirect", "ff"}

// groupFeatureTypes are the types as group features call them.
var groupFeatureTypes = [4]string{"all", "select", "indirect", "fast failover"}

var groupCommands = map[of13.GroupCommand]string{
	of13.GroupAdd: "ADD", of13.GroupModify: "MOD", of13.GroupDelete: "DEL", groupInsert: "INSERT_BUCKET",
	groupRemove: "REMOVE_BUCKET", groupAddOrModify: "ADD_OR_MOD",
}

// Commands that Open vSwitch has besides those of OpenFlow 1.3. The first two change buckets, whatever the type.
const (
	groupInsert      of13.GroupCommand = 3
	groupRemove      of13.GroupCommand = 5
	groupAddOrModify of13.GroupCommand = 0x8000
)

// Codes of refused groups.
const (
	invalidGroup = "OFPGMFC_INVALID_GROUP"
	badBucket    = "OFPGMFC_BAD_BUCKET"
	badGroupType = "OFPGMFC_BAD_TYPE"
)

func (t *text) groupMod(m *of13.GroupMod) error {
	name, known := groupCommands[m.Command]
	t.s("\n ", name, " ")
	if m.Command == groupInsert || m.Command == groupRemove {
		t.u("group_id=", uint64(m.Group))
	} else {
		t.groupHead(m.Group, m.Type)
	}
	if err := t.buckets(groupModLen, m.Type, m.Buckets); err != nil {
		return err
	}
	buckets := spot{groupModLen, "Buckets"}
	if m.Command == of13.GroupDelete && len(m.Buckets) > 0 {
		return buckets.refuse(invalidGroup, "a group is deleted without")
	}
	if err := checkGroupType(m); err != nil {
		return err
	}
	if !known {
		return spot{8, "Command"}.refuse("OFPGMFC_BAD_COMMAND", "%d: unknown command", m.Command)
	}
	if m.Command == groupRemove && len(m.Buckets) > 0 {
		return buckets.refuse(badBucket, "buckets are removed by number")
	}
	at := groupModLen
	for n := range m.Buckets {
		if err := checkBucket(m, &m.Buckets[n]); err != nil {
			return item(at, "Buckets", n).refused(err)
		}
		at += int(m.Buckets[n].Length)
	}
	return nil
}

// groupModLen is the length of a group-mod before its buckets.
const groupModLen = 16

func checkGroupType(m *of13.GroupMod) error {
	buckets := spot{groupModLen, "Buckets"}
	switch {
	case int(m.Type) >= len(groupTypes):
		return spot{10, "Type"}.refuse(badGroupType, "%d: unknown type", m.Type)
	case m.Type == of13.GroupIndirect && m.Command != of13.GroupDelete && len(m.Buckets) != 1:
		return buckets.refuse(invalidGroup, "%d: an indirect group has one", len(m.Buckets))
	}
	return nil
}

// checkBucket refuses a bucket that a group of the type cannot have.
func checkBucket(m *of13.GroupMod, b *of13.Bucket) error {
	typ := m.Type
	live := b.WatchPort != of13.PortAny || b.WatchGroup != of13.AnyGroup
	switch {
	case b.Weight != 0 && typ != of13.GroupSelect && m.Command != groupInsert:
		return spot{2, "Weight"}.refuse(invalidGroup, "only buckets of groups of type select have one")
	case live && (typ == of13.GroupAll || typ == of13.GroupIndirect):
		return spot{4, "WatchPort or WatchGroup"}.refuse("OFPGMFC_WATCH_UNSUPPORTED", "groups of type %s watch nothing",
			groupTypes[typ])
	case !live && typ == of13.GroupFastFailover:
		return spot{4, "WatchPort or WatchGroup"}.refuse(invalidGroup, "groups of type ff watch one")
	}
	return nil
}

func (t *text) groupHead(id uint32, typ of13.GroupType) {
	name := "unknown"
	if int(typ) < len(groupTypes) {
		name = groupTypes[typ]
	}
	t.f("group_id=%d,type=%s", id, name)
}

// buckets writes the buckets of a group, which begin at an offset, after a comma.
func (t *text) buckets(at int, typ of13.GroupType, buckets []of13.Bucket) error {
	t.s(",")
	for n := range buckets {
		if err := t.bucket(typ, &buckets[n]); err != nil {
			return item(at, "Buckets", n).refused(err)
		}
		at += int(buckets[n].Length)
	}
	t.chomp(',')
	return nil
}

func (t *text) bucket(typ of13.GroupType, b *of13.Bucket) error {
	if at := (spot{4, "WatchPort"}); at.checkPort(b.WatchPort) != nil {
		return at.refuse("OFPGMFC_BAD_WATCH", "%d: no number of a port", b.WatchPort)
	}
	t.s("bucket=")
	usual := uint16(0)
	if typ == of13.GroupSelect {
		usual = 1
	}
	if b.Weight != usual {
		t.f("weight:%d,", b.Weight)
	}
	if b.WatchPort != of13.PortAny {
		t.s("watch_port:", fieldtext.FormatPort(b.WatchPort), ",")
	}
	if b.WatchGroup != of13.AnyGroup {
		t.f("watch_group:%d,", b.WatchGroup)
	}
	t.s("actions=")
	if err := t.actions13(b.Actions); err != nil {
		return spot{16, "Actions"}.refused(err)
	}
	t.s(",")
	return nil
}

func (t *text) groupDesc(groups []of13.GroupDesc) error {
	const bucketsAt = 8
	at := stats13Len
	for n := range groups {
		t.s("\n ")
		t.groupHead(groups[n].Group, groups[n].Type)
		if err := t.buckets(bucketsAt, groups[n].Type, groups[n].Buckets); err != nil {
			return item(at, "Groups", n).refused(err)
		}
		at += int(groups[n].Length)
	}
	return nil
}

func (t *text) groupStats(groups []of13.GroupStats) {
	for n := range groups {
		g := &groups[n]
		t.f("\n group_id=%d,", g.Group)
		if g.DurationSec != unknown32 {
			t.s("duration=")
			t.duration(g.DurationSec, g.DurationNsec)
			t.s(",")
		}
		t.f("ref_count=%d,packet_count=%d,byte_count=%d", g.RefCount, g.Packets, g.Bytes)
		for k, b := range g.Buckets {
			if b.Packets != unknown64 {
				t.f(",bucket%d:packet_count=%d,byte_count=%d", k, b.Packets, b.Bytes)
			}
		}
	}
}

func (t *text) groupFeatures(m *of13.GroupFeaturesReply, actions names) {
	t.f("\n Group table:\n    Types:  0x%x\n    Capabilities:  0x%x\n", m.Types, uint32(m.Capabilities))
	for n, name := range groupFeatureTypes {
		if m.Types>>n&1 == 0 {
			continue
		}
		t.f("    %s group:\n       max_groups=", name)
		t.b = fieldtext.AppendHex(t.b, uint64(m.MaxGroups[n]))
		t.s("\n       actions: ")
		t.actionNames(m.Actions[n], actions)
		t.s("\n")
	}
}
