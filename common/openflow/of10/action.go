package of10

import (
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/vlcp-go/vlcp/common/wire"
)

// Actions is a list of actions in its wire form. Builder methods append.
type Actions []byte

// ActionType is the type of an action (5.2.4).
//
//wire:enum
type ActionType uint16

// The types.
const (
	ActionOutput     ActionType = 0
	ActionSetVLANVID ActionType = 1
	ActionSetVLANPCP ActionType = 2
	ActionStripVLAN  ActionType = 3
	ActionSetDLSrc   ActionType = 4
	ActionSetDLDst   ActionType = 5
	ActionSetNwSrc   ActionType = 6
	ActionSetNwDst   ActionType = 7
	ActionSetNwTOS   ActionType = 8
	ActionSetTpSrc   ActionType = 9
	ActionSetTpDst   ActionType = 10
	ActionEnqueue    ActionType = 11
	ActionVendor     ActionType = 0xffff
)

const (
	actionHeadLen = 4
	actionAlign   = 8
)

func head(b []byte, t ActionType, length uint16) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, uint16(t)), length)
}

func (a Actions) halves(t ActionType, x, y uint16) Actions {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(head(a, t, 8), x), y)
}

func (a Actions) mac(t ActionType, mac [6]byte) Actions {
	return append(append(head(a, t, 16), mac[:]...), 0, 0, 0, 0, 0, 0)
}

// Output sends the packet out of a port. Of PortController, maxLen bytes of the packet are sent.
func (a Actions) Output(port, maxLen uint16) Actions { return a.halves(ActionOutput, port, maxLen) }

// SetVLANVID sets the VLAN, adding a tag if there is none.
func (a Actions) SetVLANVID(vid uint16) Actions { return a.halves(ActionSetVLANVID, vid, 0) }

// SetVLANPCP sets the priority in the tag, adding one if there is none.
func (a Actions) SetVLANPCP(pcp uint8) Actions { return a.halves(ActionSetVLANPCP, uint16(pcp)<<8, 0) }

// StripVLAN removes the tag.
func (a Actions) StripVLAN() Actions { return a.halves(ActionStripVLAN, 0, 0) }

// SetDLSrc sets the source address of Ethernet.
func (a Actions) SetDLSrc(mac [6]byte) Actions { return a.mac(ActionSetDLSrc, mac) }

// SetDLDst sets the destination address of Ethernet.
func (a Actions) SetDLDst(mac [6]byte) Actions { return a.mac(ActionSetDLDst, mac) }

// SetNwSrc sets the source address of IPv4.
func (a Actions) SetNwSrc(ip [4]byte) Actions { return append(head(a, ActionSetNwSrc, 8), ip[:]...) }

// SetNwDst sets the destination address of IPv4.
func (a Actions) SetNwDst(ip [4]byte) Actions { return append(head(a, ActionSetNwDst, 8), ip[:]...) }

// SetNwTOS sets the upper six bits of the TOS of IPv4.
func (a Actions) SetNwTOS(tos uint8) Actions { return a.halves(ActionSetNwTOS, uint16(tos)<<8, 0) }

// SetTpSrc sets the source port of TCP or UDP.
func (a Actions) SetTpSrc(port uint16) Actions { return a.halves(ActionSetTpSrc, port, 0) }

// SetTpDst sets the destination port of TCP or UDP.
func (a Actions) SetTpDst(port uint16) Actions { return a.halves(ActionSetTpDst, port, 0) }

// Enqueue sends the packet out of a port through a queue of it.
func (a Actions) Enqueue(port uint16, queue uint32) Actions {
	b := binary.BigEndian.AppendUint16(head(a, ActionEnqueue, 16), port)
	return binary.BigEndian.AppendUint32(append(b, 0, 0, 0, 0, 0, 0), queue)
}

// Vendor is an action of a vendor; body is padded to whole words of eight bytes.
func (a Actions) Vendor(vendor uint32, body []byte) Actions {
	start := len(a)
	a = append(binary.BigEndian.AppendUint32(head(a, ActionVendor, 0), vendor), body...)
	a = wire.Align(a, start, actionAlign)
	binary.BigEndian.PutUint16(a[start+2:], uint16(len(a)-start))
	return a
}

// Raw is one action, looked at in place.
type Raw struct {
	Type uint16
	Body []byte // after type and length
}

// next splits the first action off.
func (a Actions) next() (e Raw, rest Actions, err error) {
	if len(a) < actionHeadLen {
		return Raw{}, nil, wire.ErrTruncated
	}
	n := int(binary.BigEndian.Uint16(a[2:]))
	switch {
	case n < actionAlign || n%actionAlign != 0:
		return Raw{}, nil, fmt.Errorf("length %d: %w", n, wire.ErrLength)
	case n > len(a):
		return Raw{}, nil, fmt.Errorf("length %d: %w", n, wire.ErrTruncated)
	}
	return Raw{Type: binary.BigEndian.Uint16(a), Body: a[actionHeadLen:n:n]}, a[n:], nil
}

// All walks the actions.
func (a Actions) All() iter.Seq[Raw] {
	return func(yield func(Raw) bool) {
		for len(a) > 0 {
			e, rest, err := a.next()
			if err != nil || !yield(e) {
				return
			}
			a = rest
		}
	}
}

// Check says whether the list can be walked to its end.
func (a Actions) Check() error {
	for at := 0; at < len(a); {
		_, rest, err := a[at:].next()
		if err != nil {
			return fmt.Errorf("offset %d of the actions: %w", at, err)
		}
		at = len(a) - len(rest)
	}
	return nil
}
