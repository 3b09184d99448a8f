package of13

import (
	"encoding/binary"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Actions is a list of actions in its wire form. Builder methods append; package nicira appends the actions of Nicira.
type Actions []byte

// ActionType is the type of an action (7.2.5).
//
//wire:enum
type ActionType uint16

// The types.
const (
	ActionOutput       ActionType = 0
	ActionCopyTTLOut   ActionType = 11
	ActionCopyTTLIn    ActionType = 12
	ActionSetMPLSTTL   ActionType = 15
	ActionDecMPLSTTL   ActionType = 16
	ActionPushVLAN     ActionType = 17
	ActionPopVLAN      ActionType = 18
	ActionPushMPLS     ActionType = 19
	ActionPopMPLS      ActionType = 20
	ActionSetQueue     ActionType = 21
	ActionGroup        ActionType = 22
	ActionSetNwTTL     ActionType = 23
	ActionDecNwTTL     ActionType = 24
	ActionSetField     ActionType = 25
	ActionPushPBB      ActionType = 26
	ActionPopPBB       ActionType = 27
	ActionExperimenter ActionType = 0xffff
)

const (
	actionHeadLen = 4
	actionAlign   = 8
)

func appendAction(b []byte, t ActionType, length uint16) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, uint16(t)), length)
}

// Output sends the packet out of a port. Of PortController, maxLen bytes of the packet are sent.
func (a Actions) Output(port uint32, maxLen uint16) Actions {
	b := binary.BigEndian.AppendUint32(appendAction(a, ActionOutput, 16), port)
	return append(binary.BigEndian.AppendUint16(b, maxLen), 0, 0, 0, 0, 0, 0)
}

func (a Actions) word(t ActionType, v uint32) Actions {
	return binary.BigEndian.AppendUint32(appendAction(a, t, 8), v)
}

func (a Actions) half(t ActionType, v uint16) Actions {
	return append(binary.BigEndian.AppendUint16(appendAction(a, t, 8), v), 0, 0)
}

// Group hands the packet to a group.
func (a Actions) Group(group uint32) Actions { return a.word(ActionGroup, group) }

// SetQueue chooses a queue for later outputs.
func (a Actions) SetQueue(queue uint32) Actions { return a.word(ActionSetQueue, queue) }

// PushVLAN adds a VLAN tag with the given Ethernet type.
func (a Actions) PushVLAN(ethType uint16) Actions { return a.half(ActionPushVLAN, ethType) }

// PopVLAN removes the outermost VLAN tag.
func (a Actions) PopVLAN() Actions { return a.word(ActionPopVLAN, 0) }

// PushMPLS adds an MPLS label with the given Ethernet type.
func (a Actions) PushMPLS(ethType uint16) Actions { return a.half(ActionPushMPLS, ethType) }

// PopMPLS removes the outermost MPLS label; what is under it has the given Ethernet type.
func (a Actions) PopMPLS(ethType uint16) Actions { return a.half(ActionPopMPLS, ethType) }

// DecNwTTL lowers the TTL of IP.
func (a Actions) DecNwTTL() Actions { return a.word(ActionDecNwTTL, 0) }

// SetNwTTL sets the TTL of IP.
func (a Actions) SetNwTTL(ttl uint8) Actions { return a.word(ActionSetNwTTL, uint32(ttl)<<24) }

// SetField sets one field; field is a Match of exactly one field without mask.
func (a Actions) SetField(field oxm.Match) Actions {
	start := len(a)
	a = append(appendAction(a, ActionSetField, 0), field...)
	return finishAction(a, start)
}

// finishAction pads the action that starts at start and sets its length.
func finishAction(b []byte, start int) []byte {
	for (len(b)-start)%actionAlign != 0 {
		b = append(b, 0)
	}
	binary.BigEndian.PutUint16(b[start+2:], uint16(len(b)-start))
	return b
}
