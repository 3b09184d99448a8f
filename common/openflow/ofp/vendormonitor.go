package ofp

import (
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// monitor is a monitor of flows of either version.
type monitor struct {
	id      uint32
	flags   uint16
	outPort uint32
	table   uint8
	atZeros spot
	zeros   []byte
	atMatch spot
	match   of13.Match
}

var monitorFlags = names{"initial", "add", "delete", "modify", "actions", "own"}

// monitorChanges are the flags of which a monitor must have one.
const monitorChanges = uint16(nicira.MonitorAdd | nicira.MonitorDelete | nicira.MonitorModify)

const mustBeZero = "NXBRC_MUST_BE_ZERO"

func (t *text) niciraMonitors(all []nicira.FlowMonitor) error {
	at := vendorStatsLen
	for n := range all {
		m := &all[n]
		f := monitor{m.ID, uint16(m.Flags), oxm.Port32(m.OutPort), m.Table, spot{11, "Zero"}, m.Zero[:],
			spot{monitorLen, "Match"}, of13.Match{Fields: m.Match}}
		if err := t.monitor(&f); err != nil {
			return item(at, "Monitors", n).refused(err)
		}
		at += monitorLen + propLen(m.MatchLen)
	}
	return nil
}

// monitorLen is the length of a monitor before its match.
const monitorLen = 16

func (t *text) monitors13(all []of13.FlowMonitor) error {
	at := vendorStatsLen
	for n := range all {
		m := &all[n]
		err := spot{8, "OutPort"}.checkPort(m.OutPort)
		if err == nil {
			err = t.monitor(&monitor{m.ID, uint16(m.Flags), m.OutPort, m.Table, spot{13, "Zero"}, m.Zero[:],
				spot{monitorLen + matchHeadLen, "Match"}, m.Match})
		}
		if err != nil {
			return item(at, "Monitors", n).refused(err)
		}
		at += monitorLen + matchLen(&m.Match)
	}
	return nil
}

func (t *text) monitor(m *monitor) error {
	known := uint16(1<<len(monitorFlags) - 1)
	switch {
	case m.flags&monitorChanges == 0 || m.flags&^known != 0:
		return spot{4, "Flags"}.refuse("OFPMOFC_BAD_FLAGS", "%#x: expected add, delete or modify and none outside of %#x",
			m.flags, known)
	case !fieldtext.AllBytes(m.zeros, 0):
		return m.atZeros.refuse(mustBeZero, "%x: expected zeros", m.zeros)
	}
	match, err := flow13(&m.match)
	if err != nil {
		return m.atMatch.refused(err)
	}
	t.f("\n id=%d flags=", m.id)
	t.flagNames(uint32(m.flags), monitorFlags, ",")
	if m.outPort != of13.PortAny {
		t.s(" out_port=", fieldtext.FormatPort(m.outPort))
	}
	if m.table != of13.AllTables {
		t.u(" table=", uint64(m.table))
	}
	t.s(" ")
	t.match(match, defaultPriority)
	t.chomp(' ')
	return nil
}

// flagNames writes the names of bits, all of which have one.
func (t *text) flagNames(v uint32, names names, sep string) {
	before := ""
	for n, name := range names {
		if v>>n&1 != 0 {
			t.s(before, name)
			before = sep
		}
	}
}

// update is a change of a flow of either version.
type update struct {
	event, reason uint16
	xid           uint32
	table         uint8
	idle, hard    uint16
	cookie        uint64
	atMatch       int
	match         of13.Match
	actions       func() error // writes them; nil without
}

var updateEvents = [4]string{"ADDED", "DELETED reason=", "MODIFIED", "ABBREV xid="}

const (
	updateAlign = 8
	abbrevLen   = 8
	badEvent    = "NXBRC_FM_BAD_EVENT"
)

// checkUpdate refuses the head of an update.
func checkUpdate(event, length uint16) error {
	switch {
	case length%updateAlign != 0 || event == uint16(nicira.UpdateAbbrev) && length != abbrevLen:
		return spot{0, "Length"}.refuse(badLen, "%d: wrong length", length)
	case int(event) >= len(updateEvents):
		return spot{2, "Event"}.refuse(badEvent, "%d: unknown event", event)
	}
	return nil
}

func (t *text) niciraUpdates(all []nicira.FlowUpdate) error {
	at := vendorStatsLen
	for n := range all {
		if err := t.niciraUpdate(&all[n]); err != nil {
			return item(at, "Updates", n).refused(err)
		}
		at += int(all[n].Length)
	}
	return nil
}

func (t *text) niciraUpdate(m *nicira.FlowUpdate) error {
	if err := checkUpdate(uint16(m.Event), m.Length); err != nil {
		return err
	}
	u := update{event: uint16(m.Event), reason: m.Reason, xid: m.Xid, table: m.Table, idle: m.IdleTimeout,
		hard: m.HardTimeout, cookie: m.Cookie}
	if m.Event != nicira.UpdateAbbrev {
		match, actions, ok := m.Split()
		if !ok {
			return spot{12, "MatchLen"}.refuse(badLen, "%d: wrong length", m.MatchLen)
		}
		u.match, u.atMatch = of13.Match{Fields: match}, updateHeadLen
		if len(actions) > 0 {
			at := spot{updateHeadLen + propLen(m.MatchLen), "Actions"}
			u.actions = func() error { return at.refused(t.actions(t.v, actions)) }
		}
	}
	return t.update(&u)
}

func (t *text) updates13(all []of13.FlowUpdate) error {
	at := vendorStatsLen
	for n := range all {
		if err := t.update13(&all[n]); err != nil {
			return item(at, "Updates", n).refused(err)
		}
		at += int(all[n].Length)
	}
	return nil
}

// The bytes of an update before its match.
const updateHeadLen = 24

func (t *text) update13(m *of13.FlowUpdate) error {
	if err := checkUpdate(uint16(m.Event), m.Length); err != nil {
		return err
	}
	if m.Event != of13.UpdateAbbrev && updateHeadLen+int(m.MatchLen) > int(m.Length) {
		return spot{12, "MatchLen"}.refuse(badLen, "%d: longer than the update", m.MatchLen)
	}
	u := update{event: uint16(m.Event), reason: m.Reason, xid: m.Xid, table: m.Table, idle: m.IdleTimeout,
		hard: m.HardTimeout, cookie: m.Cookie, match: m.Match, atMatch: updateHeadLen + matchHeadLen}
	if len(m.Instructions) > 0 {
		at := spot{updateHeadLen + matchLen(&m.Match), "Instructions"}
		u.actions = func() error { return at.refused(t.does(m.Instructions)) }
	}
	return t.update(&u)
}

func (t *text) update(u *update) error {
	match, err := flow13(&u.match)
	if err != nil {
		return spot{u.atMatch, "Match"}.refused(err)
	}
	t.s("\n event=", updateEvents[u.event])
	switch u.event {
	case uint16(nicira.UpdateAbbrev):
		t.f("0x%x", u.xid)
		return nil
	case uint16(nicira.UpdateDeleted):
		t.s(removedReason16(u.reason))
	}
	t.u(" table=", uint64(u.table))
	if u.idle != 0 {
		t.u(" idle_timeout=", uint64(u.idle))
	}
	if u.hard != 0 {
		t.u(" hard_timeout=", uint64(u.hard))
	}
	t.s(" cookie=", hexNumberText(u.cookie), " ")
	t.match(match, defaultPriority)
	if u.actions == nil {
		return nil
	}
	if t.last() != ' ' {
		t.s(" ")
	}
	t.s("actions=")
	return u.actions()
}

func removedReason16(r uint16) string {
	if r <= 0xff {
		return removedReason(uint8(r))
	}
	return fmt.Sprint(r)
}

// hexNumberText is a number in hexadecimal, 0 without a prefix.
func hexNumberText(v uint64) string {
	if v == 0 {
		return "0"
	}
	return fmt.Sprintf("0x%x", v)
}
