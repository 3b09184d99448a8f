package nicira

import "github.com/vlcp-go/vlcp/common/openflow/oxm"

// Actions of a message: a list of actions in OpenFlow 1.0, of instructions in 1.3, in its wire form.
type Actions []byte

// FlowMod changes flows; its match is NXM or OXM (NXT_FLOW_MOD).
//
//wire:when Type=TypeExperimenter Vendor=vendor Subtype=SubtypeFlowMod
type FlowMod struct {
	Header      `wire:"base"`
	Cookie      uint64 `wire:"format=hex"`
	Table       uint8  // if FlowModTableID said so, else 0
	Command     FlowCommand
	IdleTimeout uint16
	HardTimeout uint16
	Priority    uint16
	BufferID    uint32
	OutPort     uint16
	Flags       FlowFlags
	MatchLen    uint16
	_           [6]byte
	Match       oxm.Match `wire:"bytes=MatchLen,format=formatMatch,parse=parseMatch"`
	_           [0]byte   `wire:"align=8"`
	Actions     Actions   `wire:"rest,format=v.formatActions,parse=v.parseActions"`
}

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

// FlowFlags of a FlowMod: what OpenFlow of the version has.
//
//wire:bitset
type FlowFlags uint16

// The flags. The third is the emergency flow of OpenFlow 1.0, and the reset of counters of 1.3.
const (
	FlowSendFlowRem  FlowFlags = 1 << 0
	FlowCheckOverlap FlowFlags = 1 << 1
	FlowEmergency    FlowFlags = 1 << 2
	FlowNoPacketCnt  FlowFlags = 1 << 3
	FlowNoByteCnt    FlowFlags = 1 << 4
)

// FlowRemoved says that a flow is gone (NXT_FLOW_REMOVED).
//
//wire:when Type=TypeExperimenter Vendor=vendor Subtype=SubtypeFlowRemoved
type FlowRemoved struct {
	Header       `wire:"base"`
	Cookie       uint64 `wire:"format=hex"`
	Priority     uint16
	Reason       FlowRemovedReason
	Table        uint8 // plus one; 0 is unknown
	DurationSec  uint32
	DurationNsec uint32
	IdleTimeout  uint16
	MatchLen     uint16
	Packets      uint64
	Bytes        uint64
	Match        oxm.Match `wire:"bytes=MatchLen,format=formatMatch,parse=parseMatch"`
	_            [0]byte   `wire:"align=8"`
}

// FlowRemovedReason is why a flow is gone.
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

// FlowStatsRequest asks for flows (NXST_FLOW, OpenFlow 1.0).
//
//wire:when Version=version10 Type=TypeStatsRequest Kind=StatsVendor Vendor=vendor Subtype=StatsFlow
type FlowStatsRequest struct {
	Stats    `wire:"base"`
	OutPort  uint16
	MatchLen uint16
	Table    uint8 // 0xff: all
	_        [3]byte
	Match    oxm.Match `wire:"bytes=MatchLen,format=formatMatch,parse=parseMatch"`
	_        [0]byte   `wire:"align=8"`
}

// FlowStatsReply has them (NXST_FLOW, OpenFlow 1.0).
//
//wire:when Version=version10 Type=TypeStatsReply Kind=StatsVendor Vendor=vendor Subtype=StatsFlow
type FlowStatsReply struct {
	Stats `wire:"base"`
	Flows []FlowStats `wire:"rest"`
}

// FlowStats is one flow.
type FlowStats struct {
	Length       uint16 `wire:"size"`
	Table        uint8
	_            [1]byte
	DurationSec  uint32
	DurationNsec uint32
	Priority     uint16
	IdleTimeout  uint16
	HardTimeout  uint16
	MatchLen     uint16
	IdleAge      uint16 // seconds since the last packet plus one; 0 is unknown
	HardAge      uint16 // seconds since the last change plus one; 0 is unknown
	Cookie       uint64 `wire:"format=hex"`
	Packets      uint64
	Bytes        uint64
	Match        oxm.Match `wire:"bytes=MatchLen,format=formatMatch,parse=parseMatch"`
	_            [0]byte   `wire:"align=8"`
	Actions      Actions   `wire:"rest,format=formatActions10,parse=parseActions10"`
}

// AggregateRequest asks for sums over flows (NXST_AGGREGATE, OpenFlow 1.0).
//
//wire:when Version=version10 Type=TypeStatsRequest Kind=StatsVendor Vendor=vendor Subtype=StatsAggregate
type AggregateRequest struct {
	Stats    `wire:"base"`
	OutPort  uint16
	MatchLen uint16
	Table    uint8 // 0xff: all
	_        [3]byte
	Match    oxm.Match `wire:"bytes=MatchLen,format=formatMatch,parse=parseMatch"`
	_        [0]byte   `wire:"align=8"`
}

// AggregateReply has them (NXST_AGGREGATE, OpenFlow 1.0).
//
//wire:when Version=version10 Type=TypeStatsReply Kind=StatsVendor Vendor=vendor Subtype=StatsAggregate
type AggregateReply struct {
	Stats   `wire:"base"`
	Packets uint64
	Bytes   uint64
	Flows   uint32
	_       [4]byte
}
