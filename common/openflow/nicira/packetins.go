package nicira

import "github.com/vlcp-go/vlcp/common/openflow/oxm"

// PacketInNX is a packet that came to the controller (NXT_PACKET_IN), the first form of Nicira's.
//
//wire:when Type=TypeExperimenter Vendor=vendor Subtype=SubtypePacketIn
type PacketInNX struct {
	Header   `wire:"base"`
	BufferID uint32
	TotalLen uint16 // of the packet, in bytes
	Reason   PacketInReason
	Table    uint8
	Cookie   uint64 `wire:"format=hex"`
	MatchLen uint16
	_        [6]byte
	Metadata oxm.Match `wire:"bytes=MatchLen,format=formatMatch,parse=parseMatch"`
	_        [0]byte   `wire:"align=8"`
	_        [2]byte   // so that what is after the Ethernet header is aligned
	Packet   []byte    `wire:"rest"`
}

// PacketIn2 is a packet that came to the controller (NXT_PACKET_IN2). PacketIn has its properties as fields.
//
//wire:when Type=TypeExperimenter Vendor=vendor Subtype=SubtypePacketIn2
type PacketIn2 struct {
	Header     `wire:"base"`
	Properties []PacketInProperty `wire:"rest,pad=8"`
}

// Resume sends a packet on its way that a controller action with pause stopped (NXT_RESUME). PacketIn.Resume makes one.
//
//wire:when Type=TypeExperimenter Vendor=vendor Subtype=SubtypeResume
type Resume struct {
	Header     `wire:"base"`
	Properties []PacketInProperty `wire:"rest,pad=8"`
}

// PacketInProperty of a PacketIn2 or Resume.
type PacketInProperty struct {
	Type   PacketInType
	Length uint16 `wire:"size"`
	Value  []byte `wire:"rest,format=v.formatValue,parse=v.parseValue"`
}

// PacketInType is what a property of a PacketIn2 is.
//
//wire:enum
type PacketInType uint16

// The properties (nicira-ext.h, NXPINT_*).
const (
	PacketInPacket       PacketInType = 0
	PacketInFullLen      PacketInType = 1 // 32 bits: of the packet, when Packet is cut off
	PacketInBufferID     PacketInType = 2 // 32 bits
	PacketInTable        PacketInType = 3 // 8 bits
	PacketInCookie       PacketInType = 4 // four bytes of padding, 64 bits
	PacketInReasonProp   PacketInType = 5 // 8 bits
	PacketInMetadata     PacketInType = 6 // fields of NXM or OXM
	PacketInUserData     PacketInType = 7 // of the controller action
	PacketInContinuation PacketInType = 8 // four bytes of padding, properties of ContinuationType
)

// PacketInReason is why a packet came to the controller.
//
//wire:enum
type PacketInReason uint8

// The reasons.
const (
	ReasonNoMatch    PacketInReason = 0
	ReasonAction     PacketInReason = 1
	ReasonInvalidTTL PacketInReason = 2
	ReasonActionSet  PacketInReason = 3
	ReasonGroup      PacketInReason = 4
	ReasonPacketOut  PacketInReason = 5
)
