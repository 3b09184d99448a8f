package of14

import (
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/wire"
)

//go:generate go run github.com/vlcp-go/vlcp/common/wire/wiregen

// ErrUnknown is wrapped by errors about messages that have no structure here.
var ErrUnknown = errors.New("unknown kind")

// Header starts every message.
//
//wire:base
type Header struct {
	Version openflow.Version
	Type    Type
	Length  uint16 `wire:"size"`
	Xid     uint32
}

// TransactionID is the transaction id.
func (h *Header) TransactionID() uint32 { return h.Xid }

// SetXid sets the transaction id.
func (h *Header) SetXid(xid uint32) { h.Xid = xid }

// Message is any message of this package.
type Message interface {
	wire.Described
	// SetKind writes version and type.
	SetKind()
	// TransactionID is the xid.
	TransactionID() uint32
	// SetXid sets the transaction id.
	SetXid(xid uint32)
}

// Type is the type of a message.
//
//wire:enum
type Type uint8

// The types.
const (
	TypeBundleControl Type = 33
	TypeBundleAdd     Type = 34
)

// BundleControl opens, closes, commits or discards a bundle, or is the reply to that.
//
//wire:when Version=openflow.Version14 Type=TypeBundleControl
type BundleControl struct {
	Header  `wire:"base"`
	Bundle  uint32
	Control BundleType
	Flags   BundleFlags
	// Properties are all of experimenters; Open vSwitch does not look at them.
	Properties []byte `wire:"extra"`
}

// BundleAdd puts one message, whole and with the xid of this one, into a bundle. After the message there may be
// properties, which Inner takes off.
//
//wire:when Version=openflow.Version14 Type=TypeBundleAdd
type BundleAdd struct {
	Header  `wire:"base"`
	Bundle  uint32
	_       [2]byte
	Flags   BundleFlags
	Message []byte `wire:"rest"`
}

// Inner is the message for the bundle, and what follows it. It is false when there is no whole one.
func (m *BundleAdd) Inner() (message, properties []byte, ok bool) {
	n, err := openflow.Frame(m.Message)
	if err != nil || n == 0 || n > len(m.Message) {
		return nil, nil, false
	}
	return m.Message[:n:n], m.Message[n:], true
}

// BundleType is what a BundleControl asks for or answers.
//
//wire:enum
type BundleType uint16

// The types.
const (
	BundleOpenRequest    BundleType = 0
	BundleOpenReply      BundleType = 1
	BundleCloseRequest   BundleType = 2
	BundleCloseReply     BundleType = 3
	BundleCommitRequest  BundleType = 4
	BundleCommitReply    BundleType = 5
	BundleDiscardRequest BundleType = 6
	BundleDiscardReply   BundleType = 7
)

// BundleFlags of a bundle, the same in every message of it.
//
//wire:bitset
type BundleFlags uint16

// The flags.
const (
	BundleAtomic  BundleFlags = 1 << 0
	BundleOrdered BundleFlags = 1 << 1
)

// Decode reads one framed message, which keeps parts of b. What has no structure here is an error that wraps
// ErrUnknown.
func Decode(b []byte) (Message, error) {
	m, err := choose(wire.FromBytes(b))
	if err != nil {
		return nil, err
	}
	return m, wire.Decode(b, m)
}

func choose(source wire.Source) (Message, error) {
	s, err := newHeader(source)
	if err != nil {
		return nil, err
	}
	m, ok := s.(Message)
	if !ok {
		return nil, fmt.Errorf("offset 1: %w of OpenFlow 1.4", ErrUnknown)
	}
	return m, nil
}

// Append writes m to b. Version and type are set from the Go type of m.
func Append(b []byte, m Message) ([]byte, error) {
	m.SetKind()
	return m.AppendWire(b)
}

// EncodeJSON is m as JSON, which DecodeJSON reads.
func EncodeJSON(m Message) ([]byte, error) {
	m.SetKind()
	return wire.MarshalJSON(m)
}

// DecodeJSON makes a message from JSON: at least version and type.
func DecodeJSON(b []byte) (Message, error) {
	m, err := choose(wire.FromJSON(b))
	if err != nil {
		return nil, err
	}
	return m, wire.UnmarshalJSON(b, m)
}
