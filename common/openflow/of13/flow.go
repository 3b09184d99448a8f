package of13

import "github.com/vlcp-go/vlcp/common/openflow/oxm"

// FlowMod changes the flow tables (7.3.4.1).
//
//wire:when Version=openflow.Version13 Type=TypeFlowMod
type FlowMod struct {
	Header       `wire:"base"`
	Cookie       uint64 `wire:"format=hex"`
	CookieMask   uint64 `wire:"format=hex"`
	Table        uint8
	Command      FlowCommand
	IdleTimeout  uint16 // seconds
	HardTimeout  uint16 // seconds
	Priority     uint16
	BufferID     uint32
	OutPort      uint32
	OutGroup     uint32
	Flags        FlowFlags
	_            [2]byte
	Match        Match
	Instructions Instructions `wire:"rest,format=formatInstructions,parse=parseInstructions"`
}

// FlowRemoved tells that a flow is gone (7.4.2).
//
//wire:when Version=openflow.Version13 Type=TypeFlowRemoved
type FlowRemoved struct {
	Header       `wire:"base"`
	Cookie       uint64 `wire:"format=hex"`
	Priority     uint16
	Reason       FlowRemovedReason
	Table        uint8
	DurationSec  uint32
	DurationNsec uint32
	IdleTimeout  uint16
	HardTimeout  uint16
	Packets      uint64
	Bytes        uint64
	Match        Match
	Extra        []byte `wire:"extra"` // what Open vSwitch does not look at
}

// Match is a match as a message has it: with type, length and padding around the fields (7.2.3.1).
//
//wire:custom
type Match struct {
	Fields oxm.Match
	// Standard is a match of OpenFlow 1.1 instead of fields, without its head: 84 bytes. Open vSwitch takes it, and never
	// sends it.
	Standard []byte
}

// PacketIn is a packet that came to the controller (7.4.1).
//
//wire:when Version=openflow.Version13 Type=TypePacketIn
type PacketIn struct {
	Header   `wire:"base"`
	BufferID uint32
	TotalLen uint16
	Reason   PacketInReason
	Table    uint8
	Cookie   uint64 `wire:"format=hex"`
	Match    Match
	_        [2]byte
	Data     []byte `wire:"rest"`
}

// PacketOut makes the switch handle a packet (7.3.7).
//
//wire:when Version=openflow.Version13 Type=TypePacketOut
type PacketOut struct {
	Header     `wire:"base"`
	BufferID   uint32
	InPort     uint32
	ActionsLen uint16
	_          [6]byte
	Actions    Actions `wire:"bytes=ActionsLen,format=formatActions,parse=parseActions"`
	Data       []byte  `wire:"rest"`
}

// Values that mean "none" or "any".
const (
	NoBuffer    uint32 = 0xffffffff
	AnyGroup    uint32 = 0xffffffff
	AllGroups   uint32 = 0xfffffffc
	AllTables   uint8  = 0xff
	MaxLenAll   uint16 = 0xffff // of Output to PortController: the whole packet
	CookieExact uint64 = 0xffffffffffffffff
)

// Reserved ports (7.2.1).
const (
	PortMax        uint32 = 0xffffff00
	PortUnset      uint32 = 0xfffffff7
	PortInPort     uint32 = 0xfffffff8
	PortTable      uint32 = 0xfffffff9
	PortNormal     uint32 = 0xfffffffa
	PortFlood      uint32 = 0xfffffffb
	PortAll        uint32 = 0xfffffffc
	PortController uint32 = 0xfffffffd
	PortLocal      uint32 = 0xfffffffe
	PortAny        uint32 = 0xffffffff
)

// FlowCommand is what a FlowMod does.
//
//wire:enum
type FlowCommand uint8

// The commands.
const (
	FlowAdd          FlowCommand = 0
	FlowModify       FlowCommand = 1
	FlowModifyStrict FlowCommand = 2
	FlowDelete       FlowCommand = 3
	FlowDeleteStrict FlowCommand = 4
)

// FlowFlags of a FlowMod.
//
//wire:bitset
type FlowFlags uint16

// The flags.
const (
	FlowSendRemoved  FlowFlags = 1 << 0
	FlowCheckOverlap FlowFlags = 1 << 1
	FlowResetCounts  FlowFlags = 1 << 2
	FlowNoPktCounts  FlowFlags = 1 << 3
	FlowNoByteCounts FlowFlags = 1 << 4
)

// FlowRemovedReason is why a flow went.
//
//wire:enum
type FlowRemovedReason uint8

// The reasons.
const (
	RemovedIdleTimeout FlowRemovedReason = 0
	RemovedHardTimeout FlowRemovedReason = 1
	RemovedDelete      FlowRemovedReason = 2
	RemovedGroupDelete FlowRemovedReason = 3
	RemovedMeterDelete FlowRemovedReason = 4
	RemovedEviction    FlowRemovedReason = 5
)

// PacketInReason is why a packet came.
//
//wire:enum
type PacketInReason uint8

// The reasons. Those from ReasonActionSet on are sent as ReasonAction unless PACKET_IN2 is in use.
const (
	ReasonNoMatch     PacketInReason = 0
	ReasonAction      PacketInReason = 1
	ReasonInvalidTTL  PacketInReason = 2
	ReasonActionSet   PacketInReason = 3
	ReasonGroup       PacketInReason = 4
	ReasonPacketOut   PacketInReason = 5
	ReasonExplicit    PacketInReason = 6
	ReasonImplicitNon PacketInReason = 7
)
