package ofp

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
)

func (t *text) packetInNX(m *nicira.PacketInNX) error {
	w, err := looseFlow(m.Metadata)
	if err != nil {
		return spot{40, "Metadata"}.refused(err)
	}
	t.packetInHead(&packetIn{m.Table, m.Cookie, uint32(m.TotalLen), m.BufferID, w, uint8(m.Reason), m.Packet})
	t.packet(m.Packet, packetTypeOf(w))
	return nil
}

// packetIn2 writes a packet-in or a resume.
func (t *text) packetIn2() error {
	var p nicira.PacketIn
	if err := p.Decode(t.msg); err != nil {
		return err
	}
	w, err := looseFlow(p.Metadata)
	if err != nil {
		return t.packetProperty(nicira.PacketInMetadata).refused(err)
	}
	continuation := t.packetProperty(nicira.PacketInContinuation)
	continuation.offset += nicira.ContinuationPad
	c, err := nicira.ParseContinuation(p.Continuation)
	if err != nil {
		return continuation.refused(err)
	}
	t.packetInHead(&packetIn{p.Table, p.Cookie, p.FullLen, p.BufferID, w, uint8(p.Reason), p.Packet})
	if len(p.UserData) > 0 {
		t.s(" userdata=", hexText(p.UserData), "\n")
	}
	if err := t.continuation(c); err != nil {
		return continuation.refused(err)
	}
	t.packet(p.Packet, packetTypeOf(w))
	return nil
}

// packetProperty is where the value of the last property of a type begins in a packet-in, which has one.
func (t *text) packetProperty(typ nicira.PacketInType) spot {
	out := spot{vendorHeadLen, typ.String()}
	for at := vendorHeadLen; at+propHeadLen <= len(t.msg); {
		if nicira.PacketInType(binary.BigEndian.Uint16(t.msg[at:])) == typ {
			out.offset = at + propHeadLen
		}
		at += max(propHeadLen, propLen(binary.BigEndian.Uint16(t.msg[at+2:])))
	}
	return out
}

// continuation writes where a packet stopped.
func (t *text) continuation(c *nicira.Continuation) error {
	const label = " continuation."
	if c.Bridge != [16]byte{} {
		t.s(label, "bridge=", hostUUID(c.Bridge), "\n")
	}
	if len(c.Stack) > 0 {
		t.s(label, "stack=(top)")
		for _, v := range c.Stack {
			t.s(" ", shortHex(v))
		}
		t.s(" (bottom)\n")
	}
	if c.Mirrors != 0 {
		t.f("%smirrors=0x%x\n", label, c.Mirrors)
	}
	if c.Conntracked {
		t.s(label, "conntracked=true\n")
	}
	if len(c.Actions) > 0 {
		t.s(label, "actions=")
		for n := range c.Actions {
			if err := t.continued(n, &c.Actions[n]); err != nil {
				return spot{c.Actions[n].Offset, nicira.ContinuationActions.String()}.refused(err)
			}
		}
		t.s("\n")
	}
	if len(c.ActionSet) > 0 {
		t.s(label, "action_set=")
		if err := t.actions(t.v, c.ActionSet); err != nil {
			return spot{0, nicira.ContinuationActionSet.String()}.refused(err)
		}
		t.s("\n")
	}
	if c.ODPPort != 0 {
		t.f("%sodp_port=%d\n", label, c.ODPPort)
	}
	return nil
}

// continued writes actions that are still to be done, after the flow that they are of.
func (t *text) continued(n int, a *nicira.ContinuedActions) error {
	if n > 0 {
		t.s(",")
	}
	t.f("unroll_xlate(table=%d, cookie=%d)", a.Table, a.Cookie)
	if len(a.Actions) == 0 {
		return nil
	}
	t.s(",")
	if err := t.actions(t.v, a.Actions); err != nil {
		return err
	}
	return checkContinued(t.v, a.Actions)
}

// checkContinued refuses actions that cannot be in a continuation: conjunctions stand alone, and to Open vSwitch the
// flow that actions are of is one of them.
func checkContinued(v openflow.Version, actions []byte) error {
	list, err := action.Decode(v, actions)
	if err != nil {
		return err
	}
	for _, a := range list {
		if _, ok := a.(*action.Conjunction); ok {
			return spot{}.refuse("NXBAC_BAD_CONJUNCTION", "conjunction stands alone in a flow")
		}
	}
	return nil
}

// hostUUID is a UUID that Open vSwitch wrote as it has it in memory: four numbers, little-endian where it runs.
func hostUUID(b [16]byte) string {
	var p [4]uint32
	for n := range p {
		p[n] = binary.LittleEndian.Uint32(b[4*n:])
	}
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%04x%08x", p[0], p[1]>>16, p[1]&0xffff, p[2]>>16, p[2]&0xffff, p[3])
}

// shortHex is bytes as one number in hexadecimal, 0 without a prefix.
func shortHex(b []byte) string {
	s := strings.TrimLeft(fmt.Sprintf("%x", b), "0")
	if s == "" {
		return "0"
	}
	return "0x" + s
}
