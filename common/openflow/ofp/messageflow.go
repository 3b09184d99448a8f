package ofp

import (
	"strconv"

	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// flowChange is a change of flows of any version, as far as it is printed.
type flowChange struct {
	command    uint8
	table      uint8
	match      *oxm.Flow
	priority   uint16
	cookie     uint64 // new
	ofCookie   uint64 // which flows
	cookieMask uint64
	idle, hard uint16
	buffer     uint32
	outPort    uint32
	flags      uint16
}

const unchangedCookie = ^uint64(0)

var flowCommands = [5]string{"ADD", "MOD", "MOD_STRICT", "DEL", "DEL_STRICT"}

// Flags of flow-mods. Those of OpenFlow 1.0 are the first three, of which the last asks for what no switch does.
var flowFlags = [5]string{"send_flow_rem ", "check_overlap ", "reset_counts ", "no_packet_counts ", "no_byte_counts "}

const (
	flags10 = uint16(of10.FlowSendRemoved | of10.FlowCheckOverlap | of10.FlowEmergency)
	flags13 = 1<<len(flowFlags) - 1
)

func (t *text) flowFlags(v uint16) {
	for n, name := range flowFlags {
		if v>>n&1 != 0 {
			t.s(name)
		}
	}
}

// checkFlags refuses flags that there are not.
func (s spot) checkFlags(v, allowed uint16) error {
	if v&^allowed != 0 {
		return s.refuse("OFPFMFC_BAD_FLAGS", "%#x: expected none outside of %#x", v, allowed)
	}
	return nil
}

// checkFlags10 refuses also what OpenFlow 1.0 had for emergencies.
func (s spot) checkFlags10(m *of10.FlowMod) error {
	if err := s.checkFlags(uint16(m.Flags), flags10); err != nil {
		return err
	}
	switch {
	case m.Flags&of10.FlowEmergency == 0:
		return nil
	case m.IdleTimeout != 0 || m.HardTimeout != 0:
		return s.refuse("OFPFMFC_BAD_EMERG_TIMEOUT", "an emergency flow must not have a time-out")
	}
	return s.refuse("OFPFMFC_TABLE_FULL", "there is no room for emergency flows")
}

func (s spot) checkCommand(c uint8) error {
	if int(c) >= len(flowCommands) {
		return s.refuse("OFPFMFC_BAD_COMMAND", "%d: expected less than %d", c, len(flowCommands))
	}
	return nil
}

const commandBits = 8 // of the field in OpenFlow 1.0 that Open vSwitch has a table in, too

func (t *text) flowMod10(m *of10.FlowMod) error {
	match := normal10(m.Match)
	f := flowChange{
		command: uint8(m.Command), table: uint8(m.Command >> commandBits), match: flow10(&match), priority: m.Priority,
		cookie: m.Cookie, idle: m.IdleTimeout, hard: m.HardTimeout, buffer: m.BufferID, outPort: oxm.Port32(m.OutPort),
		flags: uint16(m.Flags) &^ uint16(of10.FlowEmergency),
	}
	if m.Match.Wildcards&of10.WildAll == 0 { // a flow without wildcards has the highest priority
		f.priority = 0xffff
	}
	if err := (spot{56, "Command"}).checkCommand(f.command); err != nil {
		return err
	}
	t.flowMod(&f)
	if err := t.doesMatching(m.Actions, f.match, f.table); err != nil {
		return spot{flowModLen10, "Actions"}.refused(err)
	}
	return spot{70, "Flags"}.checkFlags10(m)
}

func (t *text) flowMod13(m *of13.FlowMod) error {
	match, err := flow13(&m.Match)
	if err != nil {
		return spot{flowModLen13 + matchHeadLen, "Match"}.refused(err)
	}
	f := flowChange{
		command: uint8(m.Command), table: m.Table, match: match, priority: m.Priority, cookie: unchangedCookie,
		ofCookie: m.Cookie, cookieMask: m.CookieMask, idle: m.IdleTimeout, hard: m.HardTimeout, buffer: m.BufferID,
		outPort: m.OutPort, flags: uint16(m.Flags),
	}
	if m.Command == of13.FlowAdd {
		f.cookie, f.ofCookie, f.cookieMask = m.Cookie, 0, 0
	}
	if m.Table == of13.AllTables && m.Command != of13.FlowDelete && m.Command != of13.FlowDeleteStrict {
		return spot{24, "Table"}.refuse("OFPFMFC_BAD_TABLE_ID", "all tables: expected the number of one")
	}
	if err := (spot{36, "OutPort"}).checkPort(m.OutPort); err != nil {
		return err
	}
	if err := check13(&m.Match); err != nil {
		return spot{flowModLen13 + matchHeadLen, "Match"}.refused(err)
	}
	if err := (spot{25, "Command"}).checkCommand(f.command); err != nil {
		return err
	}
	t.flowMod(&f)
	if err := t.doesMatching(m.Instructions, f.match, f.table); err != nil {
		return spot{flowModLen13 + matchLen(&m.Match), "Instructions"}.refused(err)
	}
	return spot{44, "Flags"}.checkFlags(f.flags, flags13)
}

// Where in messages the match, or what follows it, begins.
const (
	flowModLen10   = 72
	flowModLen13   = 48
	flowRemovedLen = 48
	flowRequestLen = 48
	packetInLen    = 24
	packetOutLen10 = 16
	packetOutLen13 = 24
	matchHeadLen   = 4
	matchAlign     = 8
)

// matchLen is the length of a match with its head and its padding.
func matchLen(m *of13.Match) int {
	return (matchHeadLen + len(m.Fields) + len(m.Standard) + matchAlign - 1) / matchAlign * matchAlign
}

// flowMod writes all but the actions.
func (t *text) flowMod(f *flowChange) {
	t.s(" ", flowCommands[f.command])
	if f.table != 0 {
		t.u(" table:", uint64(f.table))
	}
	t.s(" ")
	t.match(f.match, f.priority)
	if t.last() != ' ' {
		t.s(" ")
	}
	if f.cookie != 0 && f.cookie != unchangedCookie {
		t.f("cookie:0x%x ", f.cookie)
	}
	if f.cookieMask != 0 {
		t.f("cookie:0x%x/0x%x ", f.ofCookie, f.cookieMask)
	}
	if f.idle != 0 {
		t.f("idle:%d ", f.idle)
	}
	if f.hard != 0 {
		t.f("hard:%d ", f.hard)
	}
	if t.importance != 0 {
		t.f("importance:%d ", t.importance)
	}
	if f.buffer != of13.NoBuffer {
		t.f("buf:0x%x ", f.buffer)
	}
	if f.outPort != of13.PortAny {
		t.s("out_port:", fieldtext.FormatPort(f.outPort), " ")
	}
	t.flowFlags(f.flags)
	t.s("actions=")
}

// flowRequest writes which flows a request asks for.
func (t *text) flowRequest(table uint8, outPort uint32, match *oxm.Flow) {
	if table != of13.AllTables {
		t.u(" table=", uint64(table))
	}
	if outPort != of13.PortAny {
		t.s(" out_port=", fieldtext.FormatPort(outPort))
	}
	t.s(" ")
	t.match(match, defaultPriority)
}

func (t *text) flowRequest10(table uint8, outPort uint16, m *of10.Match) error {
	t.flowRequest(table, oxm.Port32(outPort), flow10(m))
	return nil
}

func (t *text) flowRequest13(table uint8, outPort uint32, m *of13.Match) error {
	match, err := flow13(m)
	if err != nil {
		return spot{flowRequestLen + matchHeadLen, "Match"}.refused(err)
	}
	if err := (spot{20, "OutPort"}).checkPort(outPort); err != nil {
		return err
	}
	t.flowRequest(table, outPort, match)
	return nil
}

// flowStats is a flow of any version, as far as it is printed.
type flowStats struct {
	cookie         uint64
	sec, nsec      uint32
	table          uint8
	packets, bytes uint64
	idle, hard     uint16
	flags          uint16
	match          *oxm.Flow
	priority       uint16
}

// flowStats writes all but the actions. Ages are what an extension adds: idle and hard, with a comma each.
func (t *text) flowStats(f *flowStats, ages string) {
	t.f("\n cookie=0x%x, duration=", f.cookie)
	t.duration(f.sec, f.nsec)
	t.f(", table=%d, ", f.table)
	t.counter("n_packets=", f.packets, ", ")
	t.counter("n_bytes=", f.bytes, ", ")
	if f.idle != 0 {
		t.f("idle_timeout=%d, ", f.idle)
	}
	if f.hard != 0 {
		t.f("hard_timeout=%d, ", f.hard)
	}
	t.flowFlags(f.flags)
	t.s(ages)
	start := len(t.b)
	t.match(f.match, f.priority)
	if len(t.b) > start {
		t.s(" ")
	}
	t.s("actions=")
}

func (t *text) flowStats10(flows []of10.FlowStats) error {
	const actionsAt = 88
	at := stats10Len
	for n := range flows {
		m := &flows[n]
		t.flowStats(&flowStats{m.Cookie, m.DurationSec, m.DurationNsec, m.Table, m.Packets, m.Bytes, m.IdleTimeout,
			m.HardTimeout, 0, flow10(&m.Match), m.Priority}, "")
		if err := t.does(m.Actions); err != nil {
			return item(at, "Flows", n).refused(spot{actionsAt, "Actions"}.refused(err))
		}
		at += int(m.Length)
	}
	return nil
}

func (t *text) flowStats13(flows []of13.FlowStats) error {
	at := stats13Len
	for n := range flows {
		if err := t.oneFlow13(&flows[n]); err != nil {
			return item(at, "Flows", n).refused(err)
		}
		at += int(flows[n].Length)
	}
	return nil
}

func (t *text) oneFlow13(m *of13.FlowStats) error {
	const matchAt = 48
	match, err := flow13(&m.Match)
	if err != nil {
		return spot{matchAt + matchHeadLen, "Match"}.refused(err)
	}
	if err := (spot{18, "Flags"}).checkFlags(uint16(m.Flags), flags13); err != nil {
		return err
	}
	t.flowStats(&flowStats{m.Cookie, m.DurationSec, m.DurationNsec, m.Table, m.Packets, m.Bytes, m.IdleTimeout,
		m.HardTimeout, uint16(m.Flags), match, m.Priority}, "")
	return spot{matchAt + matchLen(&m.Match), "Instructions"}.refused(t.does(m.Instructions))
}

func (t *text) aggregate(packets, bytes uint64, flows uint32) {
	t.f(" packet_count=%d byte_count=%d flow_count=%d", packets, bytes, flows)
}

// flowRemoved is a flow that is gone, of any version.
type flowRemoved struct {
	match          *oxm.Flow
	priority       uint16
	reason         uint8
	table          uint8 // 255 when it is not known
	cookie         uint64
	sec, nsec      uint32
	idle, hard     uint16
	packets, bytes uint64
}

var removedReasons = [6]string{"idle", "hard", "delete", "group_delete", "meter_delete", "eviction"}

func removedReason(r uint8) string {
	if int(r) < len(removedReasons) {
		return removedReasons[r]
	}
	return strconv.Itoa(int(r))
}

func (t *text) flowRemoved(f *flowRemoved) {
	t.s(" ")
	t.match(f.match, f.priority)
	t.s(" reason=", removedReason(f.reason))
	if f.table != of13.AllTables {
		t.u(" table_id=", uint64(f.table))
	}
	if f.cookie != 0 {
		t.f(" cookie:0x%x", f.cookie)
	}
	t.s(" duration")
	t.duration(f.sec, f.nsec)
	t.f(" idle%d", f.idle)
	if f.hard != 0 {
		t.f(" hard%d", f.hard)
	}
	t.f(" pkts%d bytes%d\n", f.packets, f.bytes)
}

func (t *text) flowRemoved13(m *of13.FlowRemoved) error {
	match, err := flow13(&m.Match)
	if err != nil {
		return spot{flowRemovedLen + matchHeadLen, "Match"}.refused(err)
	}
	t.flowRemoved(&flowRemoved{match, m.Priority, uint8(m.Reason), m.Table, m.Cookie, m.DurationSec, m.DurationNsec,
		m.IdleTimeout, m.HardTimeout, m.Packets, m.Bytes})
	return nil
}

func (t *text) flowRemoved10(m *of10.FlowRemoved) error {
	t.flowRemoved(&flowRemoved{flow10(&m.Match), m.Priority, uint8(m.Reason), of13.AllTables, m.Cookie, m.DurationSec,
		m.DurationNsec, m.IdleTimeout, 0, m.Packets, m.Bytes})
	return nil
}

// packetOut writes a packet-out up to its actions.
func (t *text) packetOut(inPort uint32) error {
	if inPort >= firstReserved && inPort != of13.PortLocal && inPort != of13.PortAny && inPort != of13.PortController {
		return spot{12, "InPort"}.refuse(badPort, "%s: expected the number of a port, LOCAL, CONTROLLER or ANY",
			fieldtext.FormatPort(inPort))
	}
	t.s(" in_port=", fieldtext.FormatPort(inPort), " actions=")
	return nil
}

// packetOutEnd writes the packet, or which buffer it is in.
func (t *text) packetOutEnd(buffer uint32, data []byte) {
	if buffer != of13.NoBuffer {
		t.f(" buffer=0x%08x", buffer)
		return
	}
	t.f(" data_len=%d", len(data))
	if len(data) > 0 {
		t.s("\n")
		t.packet(data, 0)
	}
}

func (t *text) packetOut10(m *of10.PacketOut) error {
	if err := t.packetOut(oxm.Port32(m.InPort)); err != nil {
		return err
	}
	if err := t.actions10(m.Actions); err != nil {
		return spot{packetOutLen10, "Actions"}.refused(err)
	}
	t.packetOutEnd(m.BufferID, m.Data)
	return nil
}

func (t *text) packetOut13(m *of13.PacketOut) error {
	if err := (spot{12, "InPort"}).checkPort(m.InPort); err != nil {
		return err
	}
	if err := t.packetOut(m.InPort); err != nil {
		return err
	}
	if err := t.actions13(m.Actions); err != nil {
		return spot{packetOutLen13, "Actions"}.refused(err)
	}
	t.packetOutEnd(m.BufferID, m.Data)
	return nil
}
