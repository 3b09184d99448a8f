package ofp

import (
	"encoding/binary"
	"errors"
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
			return out, m.Check()
		}
		switch binary.BigEndian.Uint32(left) {
		case cookieHeader, cookieMasked:
			if out.mask != 0 {
				return out, &oxm.Error{Offset: at, Field: "cookie", Err: oxm.ErrDuplicate}
			}
			if err := out.takeCookie(left); err != nil {
				return out, &oxm.Error{Offset: at, Field: "cookie", Err: err}
			}
		default:
			out.fields = append(out.fields, left[:len(left)-len(next)]...)
		}
		at = len(m) - len(next)
	}
	var err error
	if out.flow, err = flowOf(out.fields); err != nil && len(out.fields) < len(m) {
		return out, behindCookie(m, err)
	}
	return out, err
}

// behindCookie is an error about a match without the cookie as one about the match with it.
func behindCookie(m oxm.Match, err error) error {
	var e *oxm.Error
	if !errors.As(err, &e) {
		return err
	}
	for at := 0; at <= e.Offset && at < len(m); {
		_, next, _ := m[at:].Next()
		n := len(m) - len(next)
		if h := binary.BigEndian.Uint32(m[at:]); h == cookieHeader || h == cookieMasked {
			e.Offset += n - at
		}
		at = n
	}
	return e
}

func (m *niciraMatch) takeCookie(b oxm.Match) error {
	value := b[oxmHeaderLen:]
	m.cookie, m.mask = binary.BigEndian.Uint64(value), ^uint64(0)
	if binary.BigEndian.Uint32(b) == cookieMasked {
		m.mask = binary.BigEndian.Uint64(value[cookieLen:])
	}
	if m.cookie&^m.mask != 0 {
		return oxm.ErrMask
	}
	return nil
}

func (t *text) niciraFlowMod(m *nicira.FlowMod) error {
	at := spot{flowModLen13, "Match"}
	match, err := matchOf(m.Match)
	if err != nil {
		return at.refused(err)
	}
	if m.Command == nicira.FlowAdd && match.mask != 0 {
		return at.refuse("NXBRC_NXM_INVALID", "a flow that is added has no cookie to match")
	}
	if err := match.fields.Check(); err != nil {
		return at.refused(behindCookie(m.Match, err))
	}
	if err := (spot{25, "Command"}).checkCommand(uint8(m.Command)); err != nil {
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
		return spot{flowModLen13 + propLen(m.MatchLen), "Actions"}.refused(err)
	}
	flags := spot{38, "Flags"}
	if t.v == openflow.Version10 {
		return flags.checkFlags10(&of10.FlowMod{Flags: of10.FlowFlags(m.Flags), IdleTimeout: m.IdleTimeout,
			HardTimeout: m.HardTimeout})
	}
	return flags.checkFlags(f.flags, flags13)
}

func (t *text) niciraFlowRemoved(m *nicira.FlowRemoved) error {
	match, err := flowOf(m.Match)
	if err != nil {
		return spot{56, "Match"}.refused(err)
	}
	t.flowRemoved(&flowRemoved{match, m.Priority, uint8(m.Reason), m.Table - 1, m.Cookie, m.DurationSec, m.DurationNsec,
		m.IdleTimeout, 0, m.Packets, m.Bytes})
	return nil
}

func (t *text) niciraFlowRequest(table uint8, outPort uint16, m oxm.Match) error {
	match, err := matchOf(m)
	if err != nil {
		return spot{32, "Match"}.refused(err)
	}
	t.flowRequest(table, oxm.Port32(outPort), match.flow)
	return nil
}

func (t *text) niciraFlowStats(flows []nicira.FlowStats) error {
	at := vendorStatsLen
	for n := range flows {
		if err := t.oneNiciraFlow(&flows[n]); err != nil {
			return item(at, "Flows", n).refused(err)
		}
		at += int(flows[n].Length)
	}
	return nil
}

func (t *text) oneNiciraFlow(m *nicira.FlowStats) error {
	const matchAt = 48
	match, err := flowOf(m.Match)
	if err != nil {
		return spot{matchAt, "Match"}.refused(err)
	}
	t.flowStats(&flowStats{m.Cookie, m.DurationSec, m.DurationNsec, m.Table, m.Packets, m.Bytes, m.IdleTimeout,
		m.HardTimeout, 0, match, m.Priority}, ages(m))
	return spot{matchAt + propLen(m.MatchLen), "Actions"}.refused(t.does(m.Actions))
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
