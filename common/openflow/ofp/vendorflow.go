package ofp

import (
	"encoding/binary"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// niciraMatch is a match of a flow and the cookie that NXM has as a field of it.
type niciraMatch struct {
	fields       oxm.Match // without the cookie
	flow         *oxm.Flow
	cookie, mask uint64
}

// The cookie as a field (nicira-ext.h, NXM_NX_COOKIE): class 1, number 30.
const (
	cookieHeader = 1<<16 | 30<<9 | 8
	cookieMasked = 1<<16 | 30<<9 | 1<<8 | 16
	cookieLen    = 8
	oxmHeaderLen = 4
)

// matchOf takes a match apart in which the cookie may be a field.
func matchOf(m oxm.Match) (niciraMatch, error) {
	var out niciraMatch
	out.fields = make(oxm.Match, 0, len(m))
	for at := 0; at < len(m); {
		left := m[at:]
		_, next, err := left.Next()
		if err != nil {
			return out, refusedMatch(m.Check())
		}
		switch binary.BigEndian.Uint32(left) {
		case cookieHeader, cookieMasked:
			if out.mask != 0 {
				return out, refuse("OFPBMC_DUP_FIELD", "match at offset %d: field cookie: %w", at, oxm.ErrDuplicate)
			}
			if err := out.takeCookie(left); err != nil {
				return out, err
			}
		default:
			out.fields = append(out.fields, left[:len(left)-len(next)]...)
		}
		at = len(m) - len(next)
	}
	var err error
	out.flow, err = flowOf(out.fields)
	return out, err
}

func (m *niciraMatch) takeCookie(b oxm.Match) error {
	value := b[oxmHeaderLen:]
	m.cookie, m.mask = binary.BigEndian.Uint64(value), ^uint64(0)
	if binary.BigEndian.Uint32(b) == cookieMasked {
		m.mask = binary.BigEndian.Uint64(value[cookieLen:])
	}
	if m.cookie&^m.mask != 0 {
		return refuse("OFPBMC_BAD_WILDCARDS", "match: field cookie: %w", oxm.ErrMask)
	}
	return nil
}

func (t *text) niciraFlowMod(m *nicira.FlowMod) error {
	match, err := matchOf(m.Match)
	if err != nil {
		return err
	}
	if m.Command == nicira.FlowAdd && match.mask != 0 {
		return refuse("NXBRC_NXM_INVALID", "field Match: a flow that is added has no cookie to match")
	}
	if err := checkMatch13(match.fields); err != nil {
		return err
	}
	if err := checkCommand(uint8(m.Command)); err != nil {
		return err
	}
	f := flowChange{
		command: uint8(m.Command), table: m.Table, match: match.flow, priority: m.Priority, cookie: m.Cookie,
		ofCookie: match.cookie, cookieMask: match.mask, idle: m.IdleTimeout, hard: m.HardTimeout, buffer: m.BufferID,
		outPort: oxm.Port32(m.OutPort), flags: uint16(m.Flags),
	}
	if t.v == openflow.Version10 {
		f.flags &^= uint16(nicira.FlowEmergency)
	}
	t.flowMod(&f)
	if err := t.doesMatching(m.Actions, f.match, f.table); err != nil {
		return err
	}
	if t.v == openflow.Version10 {
		return checkFlags10(&of10.FlowMod{Flags: of10.FlowFlags(m.Flags), IdleTimeout: m.IdleTimeout,
			HardTimeout: m.HardTimeout})
	}
	return checkFlags(f.flags, flags13)
}

func (t *text) niciraFlowRemoved(m *nicira.FlowRemoved) error {
	match, err := flowOf(m.Match)
	if err != nil {
		return err
	}
	t.flowRemoved(&flowRemoved{match, m.Priority, uint8(m.Reason), m.Table - 1, m.Cookie, m.DurationSec, m.DurationNsec,
		m.IdleTimeout, 0, m.Packets, m.Bytes})
	return nil
}

func (t *text) niciraFlowRequest(table uint8, outPort uint16, m oxm.Match) error {
	match, err := matchOf(m)
	if err != nil {
		return err
	}
	t.flowRequest(table, oxm.Port32(outPort), match.flow)
	return nil
}

func (t *text) niciraFlowStats(flows []nicira.FlowStats) error {
	for n := range flows {
		m := &flows[n]
		match, err := flowOf(m.Match)
		if err != nil {
			return fmt.Errorf("flow %d: %w", n, err)
		}
		t.flowStats(&flowStats{m.Cookie, m.DurationSec, m.DurationNsec, m.Table, m.Packets, m.Bytes, m.IdleTimeout,
			m.HardTimeout, 0, match, m.Priority}, ages(m))
		if err := t.does(m.Actions); err != nil {
			return fmt.Errorf("flow %d: %w", n, err)
		}
	}
	return nil
}

// ages are the seconds since a flow was used and since it was changed, which are one more in the message.
func ages(m *nicira.FlowStats) string {
	out := ""
	if m.IdleAge != 0 {
		out = fmt.Sprintf("idle_age=%d, ", m.IdleAge-1)
	}
	if m.HardAge != 0 && uint32(m.HardAge-1) != m.DurationSec {
		out += fmt.Sprintf("hard_age=%d, ", m.HardAge-1)
	}
	return out
}
