package of13

import "github.com/vlcp-go/vlcp/common/openflow"

// Header starts every message (7.1).
//
//wire:base
type Header struct {
	Version openflow.Version
	Type    Type
	Length  uint16 `wire:"size"`
	Xid     uint32
}

// Head returns the header, for whatever message embeds it.
func (h *Header) Head() *Header { return h }

// SetXid sets the transaction id.
func (h *Header) SetXid(xid uint32) { h.Xid = xid }

// TransactionID is the transaction id.
func (h *Header) TransactionID() uint32 { return h.Xid }

// Message is any message: a pointer to one of the structs of this package.
type Message interface {
	openflow.Message
	// Head is the header: version, type, length and xid.
	Head() *Header
}

// Type is the type of a message.
//
//wire:enum
type Type uint8

// Types of messages.
const (
	TypeHello           Type = 0
	TypeError           Type = 1
	TypeEchoRequest     Type = 2
	TypeEchoReply       Type = 3
	TypeExperimenter    Type = 4
	TypeFeaturesRequest Type = 5
	TypeFeaturesReply   Type = 6
	TypeGetConfigReq    Type = 7
	TypeGetConfigReply  Type = 8
	TypeSetConfig       Type = 9
	TypePacketIn        Type = 10
	TypeFlowRemoved     Type = 11
	TypePortStatus      Type = 12
	TypePacketOut       Type = 13
	TypeFlowMod         Type = 14
	TypeGroupMod        Type = 15
	TypePortMod         Type = 16
	TypeTableMod        Type = 17
	TypeMultipartReq    Type = 18
	TypeMultipartReply  Type = 19
	TypeBarrierRequest  Type = 20
	TypeBarrierReply    Type = 21
	TypeQueueConfigReq  Type = 22
	TypeQueueConfigRepl Type = 23
	TypeRoleRequest     Type = 24
	TypeRoleReply       Type = 25
	TypeGetAsyncRequest Type = 26
	TypeGetAsyncReply   Type = 27
	TypeSetAsync        Type = 28
	TypeMeterMod        Type = 29
)
