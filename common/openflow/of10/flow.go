package of10

// FlowMod changes the flow table (5.3.3).
//
//wire:when Version=openflow.Version10 Type=TypeFlowMod
type FlowMod struct {
	Header      `wire:"base"`
	Match       Match
	Cookie      uint64 `wire:"format=hex"`
	Command     FlowCommand
	IdleTimeout uint16 // seconds
	HardTimeout uint16 // seconds
	Priority    uint16
	BufferID    uint32
	OutPort     uint16
	Flags       FlowFlags
	Actions     Actions `wire:"rest,format=formatActions,parse=parseActions"`
}

// FlowRemoved tells that a flow is gone (5.4.2).
//
//wire:when Version=openflow.Version10 Type=TypeFlowRemoved
type FlowRemoved struct {
	Header       `wire:"base"`
	Match        Match
	Cookie       uint64 `wire:"format=hex"`
	Priority     uint16
	Reason       FlowRemovedReason
	_            [1]byte
	DurationSec  uint32
	DurationNsec uint32
	IdleTimeout  uint16
	_            [2]byte
	Packets      uint64
	Bytes        uint64
}

// PacketIn is a packet that came to the controller (5.4.1).
//
//wire:when Version=openflow.Version10 Type=TypePacketIn
type PacketIn struct {
	Header   `wire:"base"`
	BufferID uint32
	TotalLen uint16
	InPort   uint16
	Reason   PacketInReason
	_        [1]byte
	Data     []byte `wire:"rest"`
}

// PacketOut makes the switch handle a packet (5.3.6).
//
//wire:when Version=openflow.Version10 Type=TypePacketOut
type PacketOut struct {
	Header     `wire:"base"`
	BufferID   uint32
	InPort     uint16
	ActionsLen uint16
	Actions    Actions `wire:"bytes=ActionsLen,format=formatActions,parse=parseActions"`
	Data       []byte  `wire:"rest"`
}

// FlowCommand is what a FlowMod does.
//
//wire:enum
type FlowCommand uint16

// Its values.
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

// Its bits.
const (
	FlowSendRemoved  FlowFlags = 1 << 0
	FlowCheckOverlap FlowFlags = 1 << 1
	FlowEmergency    FlowFlags = 1 << 2
)

// FlowRemovedReason is why a flow went.
//
//wire:enum
type FlowRemovedReason uint8

// Its values.
const (
	RemovedIdleTimeout FlowRemovedReason = 0
	RemovedHardTimeout FlowRemovedReason = 1
	RemovedDelete      FlowRemovedReason = 2
)

// PacketInReason is why a packet came.
//
//wire:enum
type PacketInReason uint8

// Its values.
const (
	ReasonNoMatch PacketInReason = 0
	ReasonAction  PacketInReason = 1
)
