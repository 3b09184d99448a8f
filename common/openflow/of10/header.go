package of10

import "github.com/vlcp-go/vlcp/common/openflow"

// Header starts every message (5.1).
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
	TypeHello            Type = 0
	TypeError            Type = 1
	TypeEchoRequest      Type = 2
	TypeEchoReply        Type = 3
	TypeVendor           Type = 4
	TypeFeaturesRequest  Type = 5
	TypeFeaturesReply    Type = 6
	TypeGetConfigRequest Type = 7
	TypeGetConfigReply   Type = 8
	TypeSetConfig        Type = 9
	TypePacketIn         Type = 10
	TypeFlowRemoved      Type = 11
	TypePortStatus       Type = 12
	TypePacketOut        Type = 13
	TypeFlowMod          Type = 14
	TypePortMod          Type = 15
	TypeStatsRequest     Type = 16
	TypeStatsReply       Type = 17
	TypeBarrierRequest   Type = 18
	TypeBarrierReply     Type = 19
	TypeQueueConfigReq   Type = 20
	TypeQueueConfigReply Type = 21
)

// Reserved ports (5.2.1).
const (
	PortMax        uint16 = 0xff00
	PortInPort     uint16 = 0xfff8
	PortTable      uint16 = 0xfff9
	PortNormal     uint16 = 0xfffa
	PortFlood      uint16 = 0xfffb
	PortAll        uint16 = 0xfffc
	PortController uint16 = 0xfffd
	PortLocal      uint16 = 0xfffe
	PortNone       uint16 = 0xffff
)

// Values that mean "none" or "all".
const (
	NoBuffer  uint32 = 0xffffffff
	AllTables uint8  = 0xff
	AllQueues uint32 = 0xffffffff
	VLANNone  uint16 = 0xffff // as a VLAN: the packet has no tag
)
