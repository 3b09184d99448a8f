package ofp

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// ParseFlow reads a flow in the syntax of ovs-ofctl add-flow, mod-flows and del-flows (ovs-ofctl(8)) and returns the
// message that ovs-ofctl sends for it: *of13.FlowMod or *of10.FlowMod, or *nicira.FlowMod for what OpenFlow 1.0 has no
// match for. A table goes into the upper half of the command of *of10.FlowMod, which switches take after
// nicira.FlowModTableID only. Errors name the position in the text.
func ParseFlow(v openflow.Version, text string, command of13.FlowCommand) (openflow.Message, error) {
	f := newFlow(v, command)
	if err := f.parse(text); err != nil {
		return nil, err
	}
	return f.message()
}

// commands are what a line of a file may begin with.
var commands = map[string]of13.FlowCommand{"add": of13.FlowAdd, "modify": of13.FlowModify,
	"modify_strict": of13.FlowModifyStrict, "delete": of13.FlowDelete, "delete_strict": of13.FlowDeleteStrict}

// ParseFlowLine reads a line of a file of flows: a flow, after add, modify, modify_strict, delete or delete_strict if
// it is not to be added. Positions in errors are those in the line.
func ParseFlowLine(v openflow.Version, line string) (openflow.Message, error) {
	start := len(line) - len(strings.TrimLeft(line, " \t\r\n"))
	word := line[start:]
	if n := strings.IndexAny(word, ", \t\r\n"); n >= 0 {
		word = word[:n]
	}
	command, ok := commands[word]
	if !ok {
		return ParseFlow(v, line, of13.FlowAdd)
	}
	blank := strings.Repeat(" ", start+len(word))
	return ParseFlow(v, blank+line[len(blank):], command)
}

// flow is a flow that is being read.
type flow struct {
	version openflow.Version
	command of13.FlowCommand
	match   MatchParser
	actions []byte
	formats action.Formats

	table              uint8 // action.TableAny if it is not said
	priority           uint16
	idle, hard         uint16 // seconds
	cookie, cookieMask uint64 // to find flows by
	newCookie          uint64 // to give to flows
	hasNewCookie       bool
	outPort, outGroup  uint32
	flags              of13.FlowFlags
}

func newFlow(v openflow.Version, c of13.FlowCommand) *flow {
	return &flow{version: v, command: c, table: action.TableAny, priority: defaultPriority, outPort: of13.PortAny,
		outGroup: of13.AnyGroup, formats: action.FormatOF10 | action.FormatNXM | action.FormatOF13}
}

func (f *flow) acts() bool { return f.command <= of13.FlowModifyStrict }

func (f *flow) parse(text string) error {
	head, actions, at := text, "", 0
	if f.acts() {
		var ok bool
		if head, actions, at, ok = cutActions(text); !ok {
			return fmt.Errorf("flow at offset %d: expected actions=…", len(text))
		}
	}
	for rest, offset := head, 0; ; {
		var pair fieldtext.Pair
		var ok bool
		if pair, rest, offset, ok = fieldtext.NextPair(rest, offset); !ok {
			break
		}
		if err := f.pair(pair); err != nil {
			return err
		}
	}
	if err := f.checkMatch(); err != nil || !f.acts() {
		return err
	}
	rules := action.Rules{Version: f.version, Instructions: true, Match: &f.match.flow, Table: f.table, Offset: at}
	b, formats, err := rules.Parse(actions)
	f.actions, f.formats = b, f.formats&formats
	return err
}

// cutActions splits a flow at actions=.
func cutActions(text string) (head, actions string, at int, ok bool) {
	n := strings.Index(text, "action")
	if n < 0 {
		return "", "", 0, false
	}
	eq := strings.IndexByte(text[n:], '=')
	if eq < 0 {
		return "", "", 0, false
	}
	at = n + eq + 1
	return text[:n], text[at:], at, true
}

// checkMatch checks that the match can be sent, and in which flow-mods.
func (f *flow) checkMatch() error {
	if _, err := f.match.Match(); err != nil {
		return err
	}
	if f.match.nxm || f.match.flow.EthType() == ethIPv6 && f.match.beyondIPv6() {
		f.formats &^= action.FormatOF10
	}
	return nil
}

// beyondIPv6 says that more than IPv6 itself is matched, which OpenFlow 1.0 has for IPv4 only.
func (p *MatchParser) beyondIPv6() bool {
	for _, f := range []oxm.Field{oxm.IPProto, oxm.NXIPTOS, oxm.IPECN, oxm.TCPSrc, oxm.TCPDst} {
		if !p.flow.Wild(f.Info()) {
			return true
		}
	}
	return false
}

// pair reads one key with its value.
func (f *flow) pair(pair fieldtext.Pair) error {
	if ignored[pair.Key] {
		return nil
	}
	if known, err := f.flag(pair); known || err != nil {
		return err
	}
	known, err := f.match.Add(pair)
	if known || err != nil {
		return err
	}
	if pair.Value == "" {
		return flowErrorf(pair, "expected a value")
	}
	known, err = f.property(pair)
	switch {
	case err != nil:
		return flowErrorf(pair, "%w", err)
	case !known && !statistics[pair.Key]:
		return flowErrorf(pair, "expected a field, a protocol or a property of flows")
	}
	return nil
}

func flowErrorf(p fieldtext.Pair, format string, args ...any) error {
	return fmt.Errorf("flow at offset %d: %s: %w", p.Offset, p.Key, fmt.Errorf(format, args...))
}

// ignored are words that mean nothing to a switch, statistics what dump-flows prints besides flows.
var (
	ignored    = map[string]bool{"no_readonly_table": true, "allow_hidden_fields": true}
	statistics = map[string]bool{"duration": true, "n_packets": true, "n_bytes": true, "idle_age": true,
		"hard_age": true}
)

var flagWords = map[string]of13.FlowFlags{"send_flow_rem": of13.FlowSendRemoved, "check_overlap": of13.FlowCheckOverlap,
	"reset_counts": of13.FlowResetCounts, "no_packet_counts": of13.FlowNoPktCounts,
	"no_byte_counts": of13.FlowNoByteCounts}

const flowFlags10 = of13.FlowSendRemoved | of13.FlowCheckOverlap

func (f *flow) flag(pair fieldtext.Pair) (known bool, err error) {
	bit, ok := flagWords[pair.Key]
	if !ok || !f.acts() {
		return false, nil
	}
	if bit&^flowFlags10 != 0 && f.version == openflow.Version10 {
		return true, flowErrorf(pair, "%w", action.ErrVersion)
	}
	f.flags |= bit
	return true, nil
}

// property reads what a flow has besides match and actions; known is false for a key that this command has not.
func (f *flow) property(pair fieldtext.Pair) (known bool, err error) {
	strict := f.command == of13.FlowDeleteStrict
	switch v := pair.Value; {
	case pair.Key == "table":
		f.table, err = parseTable(v)
	case pair.Key == "cookie":
		err = f.setCookie(v)
	case pair.Key == "priority" && (f.acts() || strict):
		err = parseNumber(v, &f.priority)
	case pair.Key == "idle_timeout" && f.acts():
		err = parseNumber(v, &f.idle)
	case pair.Key == "hard_timeout" && f.acts():
		err = parseNumber(v, &f.hard)
	case pair.Key == "importance" && f.command == of13.FlowAdd:
		var unused uint16 // it came with OpenFlow 1.4
		err = parseNumber(v, &unused)
	case pair.Key == "out_port" && !f.acts():
		f.outPort, err = fieldtext.ParsePort(v)
	case pair.Key == "out_group" && !f.acts() && f.version == openflow.Version10:
		err = action.ErrVersion
	case pair.Key == "out_group" && !f.acts():
		f.outGroup, err = parseGroup(v)
	default:
		return false, nil
	}
	return true, err
}

func parseTable(s string) (uint8, error) {
	v, err := strconv.ParseUint(s, 10, 8)
	if err != nil {
		return 0, fmt.Errorf("%q: expected a number from 0 to 255", s)
	}
	return uint8(v), nil
}

func parseGroup(s string) (uint32, error) {
	switch {
	case strings.EqualFold(s, "any"):
		return of13.AnyGroup, nil
	case strings.EqualFold(s, "all"):
		return of13.AllGroups, nil
	}
	v, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%q: expected a number, all or any", s)
	}
	return uint32(v), nil
}

func parseNumber(s string, to *uint16) error {
	var b [2]byte
	if err := fieldtext.ParseInt(s, b[:]); err != nil {
		return err
	}
	*to = uint16(fieldtext.Number(b[:]))
	return nil
}

// setCookie reads the cookie for flows to get, or with a mask the one of flows to find.
func (f *flow) setCookie(s string) error {
	value, mask, masked := strings.Cut(s, "/")
	v, err := parse64(value)
	if err != nil {
		return err
	}
	if !masked {
		if !f.acts() {
			return fmt.Errorf("%s: expected a mask to find flows by, as in %s/-1", s, s)
		}
		f.newCookie, f.hasNewCookie = v, true
		return nil
	}
	if f.command == of13.FlowAdd {
		return fmt.Errorf("%s: expected no mask, as the flow is new", s)
	}
	m, err := parse64(mask)
	f.cookie, f.cookieMask = v, m
	if m != 0 {
		f.formats &^= action.FormatOF10
	}
	return err
}

func parse64(s string) (uint64, error) {
	var b [8]byte
	err := fieldtext.ParseInt(s, b[:])
	return fieldtext.Number(b[:]), err
}
