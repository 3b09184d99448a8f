package nicira

import (
	"encoding/binary"
	"fmt"

	"github.com/vlcp-go/vlcp/common/wire"
)

// ContinuationType is what a property of a continuation is. Continuations are private to Open vSwitch: these are the
// ones of version 3.1.
//
//wire:enum
type ContinuationType uint16

// The properties (ofp-packet.c, NXCPT_*).
const (
	ContinuationBridge      ContinuationType = 0x8000 // UUID
	ContinuationStack       ContinuationType = 0x8001 // one value of the stack, top first
	ContinuationMirrors     ContinuationType = 0x8002 // 32 bits
	ContinuationConntracked ContinuationType = 0x8003 // a flag
	ContinuationTable       ContinuationType = 0x8004 // 8 bits, of the actions that follow
	ContinuationCookie      ContinuationType = 0x8005 // four bytes of padding, 64 bits, of the actions that follow
	ContinuationActions     ContinuationType = 0x8006 // four bytes of padding, actions
	ContinuationActionSet   ContinuationType = 0x8007 // four bytes of padding, actions
	ContinuationODPPort     ContinuationType = 0x8008 // 32 bits
)

// Continuation is where a packet stopped in the pipeline: what PacketIn.Continuation says, for people. Nobody but the
// switch that made it should act on it.
type Continuation struct {
	Bridge      [16]byte // UUID in four numbers of the byte order of the switch, zero when unknown
	Stack       [][]byte // top first
	Mirrors     uint32
	Conntracked bool
	Actions     []ContinuedActions
	ActionSet   Actions
	ODPPort     uint32
}

// ContinuedActions are actions that are still to be done, and the flow that they are of.
type ContinuedActions struct {
	Table   uint8
	Cookie  uint64
	Actions Actions
	Offset  int // of Actions in the continuation, in bytes
}

// ContinuationPad are the bytes between the head of a property and what is inside of it.
const ContinuationPad = 4

// stackValueMax is the longest value on the stack, in bytes.
const stackValueMax = 128

// ParseContinuation reads the properties of a continuation. Those that it does not know it passes over.
func ParseContinuation(b []byte) (*Continuation, error) {
	c := &Continuation{}
	var flow ContinuedActions
	err := eachProperty(b, func(at int, typ uint16, v []byte) bool {
		flow.Offset = at + propHeadLen + ContinuationPad
		return c.property(ContinuationType(typ), v, &flow)
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// property takes one property; flow is what was said of the actions to come.
func (c *Continuation) property(typ ContinuationType, v []byte, flow *ContinuedActions) bool {
	switch typ {
	case ContinuationBridge:
		return copy(c.Bridge[:], v) == len(c.Bridge) && len(v) == len(c.Bridge)
	case ContinuationStack:
		c.Stack = append(c.Stack, v)
		return len(v) <= stackValueMax
	case ContinuationMirrors:
		return uint32Of(v, &c.Mirrors)
	case ContinuationConntracked:
		c.Conntracked = true
	case ContinuationTable:
		return uint8Of(v, &flow.Table)
	case ContinuationCookie:
		if len(v) != 12 {
			return false
		}
		flow.Cookie = binary.BigEndian.Uint64(v[4:])
	case ContinuationActions:
		var a []byte
		ok := nested(v, &a)
		c.Actions = append(c.Actions, ContinuedActions{flow.Table, flow.Cookie, a, flow.Offset})
		return ok
	case ContinuationActionSet:
		var a []byte
		ok := nested(v, &a)
		c.ActionSet = append(c.ActionSet[:len(c.ActionSet):len(c.ActionSet)], a...)
		return ok
	case ContinuationODPPort:
		return uint32Of(v, &c.ODPPort)
	}
	return true
}

// eachProperty walks properties that are padded to eight bytes; take, which gets where one begins, says whether it
// liked it.
func eachProperty(b []byte, take func(at int, typ uint16, v []byte) bool) error {
	for at := 0; at < len(b); {
		rest := b[at:]
		if len(rest) < propHeadLen {
			return &PropertyError{Offset: at, Property: "property", Err: wire.ErrTruncated}
		}
		typ, n := binary.BigEndian.Uint16(rest), int(binary.BigEndian.Uint16(rest[2:]))
		padded := (n + 7) &^ 7
		if n < propHeadLen || padded > len(rest) {
			return &PropertyError{Offset: at, Property: fmt.Sprintf("%#x", typ),
				Err: fmt.Errorf("%d bytes: %w", n, ErrProperty)}
		}
		v := rest[propHeadLen:n:n]
		if typ == propExperimenter && !vendorOK(v) || !take(at, typ, v) {
			return &PropertyError{Offset: at, Property: fmt.Sprintf("%#x", typ), Err: propertyError(typ, v)}
		}
		at += padded
	}
	return nil
}
