package nicira

import (
	"bytes"
	"encoding/hex"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Matches and actions are text in JSON: fields by the names of their headers, actions as ovs-ofctl writes them where
// reading that gives the same bytes. Other actions are bytes in hexadecimal.

const hexMark = "hex:"

func formatMatch(m oxm.Match) string           { return fieldtext.FormatEntries(m) }
func parseMatch(s string) (oxm.Match, error)   { return fieldtext.ParseEntries(s) }
func formatActions10(a Actions) string         { return formatActions(openflow.Version10, a) }
func parseActions10(s string) (Actions, error) { return parseActions(openflow.Version10, s) }

func (v *FlowMod) formatActions(a Actions) string         { return formatActions(v.Version, a) }
func (v *FlowMod) parseActions(s string) (Actions, error) { return parseActions(v.Version, s) }

// formatActions writes actions of OpenFlow 1.0, or instructions of later versions.
func formatActions(v openflow.Version, a Actions) string {
	if len(a) == 0 {
		return ""
	}
	text, err := action.Format(v, a)
	if v != openflow.Version10 {
		text, err = action.FormatInstructions(v, a)
	}
	if again, _ := parseActions(v, text); err == nil && bytes.Equal(again, a) {
		return text
	}
	return hexMark + hex.EncodeToString(a)
}

func parseActions(v openflow.Version, s string) (Actions, error) {
	digits, marked := strings.CutPrefix(s, hexMark)
	switch b, err := hex.DecodeString(digits); {
	case err == nil || marked:
		return b, err
	case v == openflow.Version10:
		return action.Parse(v, s)
	}
	return action.ParseInstructions(s)
}

const bodyActions = " actions="

// formatBody writes the match of an update, and the actions where there are some.
func (u *FlowUpdate) formatBody(b []byte) string {
	match, actions, ok := u.Split()
	if !ok || len(match) == 0 {
		return hex.EncodeToString(b)
	}
	text := formatMatch(match)
	if len(actions) > 0 {
		text += bodyActions + formatActions10(actions)
	}
	if again, _ := u.parseBody(text); bytes.Equal(again, b) {
		return text
	}
	return hex.EncodeToString(b)
}

func (u *FlowUpdate) parseBody(s string) ([]byte, error) {
	text, actions, _ := strings.Cut(s, bodyActions)
	match, err := parseMatch(text)
	if err != nil || text == s && !strings.Contains(s, "=") {
		return match, err
	}
	u.MatchLen = uint16(len(match))
	a, err := parseActions10(actions)
	return append(append(match, make([]byte, -len(match)&7)...), a...), err
}

// formatValue shows the fields in metadata.
func (p *PacketInProperty) formatValue(b []byte) string {
	if p.Type == PacketInMetadata {
		return formatMatch(b)
	}
	return hex.EncodeToString(b)
}

func (p *PacketInProperty) parseValue(s string) ([]byte, error) {
	if p.Type == PacketInMetadata {
		return parseMatch(s)
	}
	return hex.DecodeString(s)
}
