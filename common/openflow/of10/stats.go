package of10

// Stats is what the structs of statistics requests and replies share (5.3.5).
//
//wire:base
//wire:when Type=TypeStatsRequest|TypeStatsReply
type Stats struct {
	Header `wire:"base"`
	Kind   StatsType
	Flags  StatsFlags
}

// Part returns the statistics header, for whatever message embeds it.
func (s *Stats) Part() *Stats { return s }

// More reports whether more parts of the same reply follow.
func (s *Stats) More() bool { return s.Flags&StatsMore != 0 }

// UnknownStats is a request or reply of a kind that has no structure here; it survives as it is.
//
//wire:else
type UnknownStats struct {
	Stats `wire:"base"`
	Data  []byte `wire:"rest"`
}

// StatsType is what a statistics message is about.
//
//wire:enum
type StatsType uint16

// Its values.
const (
	StatsDesc      StatsType = 0
	StatsFlow      StatsType = 1
	StatsAggregate StatsType = 2
	StatsTable     StatsType = 3
	StatsPort      StatsType = 4
	StatsQueue     StatsType = 5
	StatsPortDesc  StatsType = 13 // of later versions, taken into 1.0 by switches with more ports than fit elsewhere
	StatsVendor    StatsType = 0xffff
)

// StatsFlags of a statistics reply.
//
//wire:bitset
type StatsFlags uint16

// Its bits.
const (
	StatsMore StatsFlags = 1 << 0
)

// DescRequest asks for a description of the switch.
//
//wire:when Version=openflow.Version10 Type=TypeStatsRequest Kind=StatsDesc
type DescRequest struct {
	Stats `wire:"base"`
}

// DescReply is a description of the switch.
//
//wire:when Version=openflow.Version10 Type=TypeStatsReply Kind=StatsDesc
type DescReply struct {
	Stats        `wire:"base"`
	Manufacturer [256]byte `wire:"format=text"`
	Hardware     [256]byte `wire:"format=text"`
	Software     [256]byte `wire:"format=text"`
	SerialNumber [32]byte  `wire:"format=text"`
	Datapath     [256]byte `wire:"format=text"`
}

// FlowStatsRequest asks for the flows that match.
//
//wire:when Version=openflow.Version10 Type=TypeStatsRequest Kind=StatsFlow
type FlowStatsRequest struct {
	Stats   `wire:"base"`
	Match   Match
	Table   uint8
	_       [1]byte
	OutPort uint16
}

// FlowStatsReply is a part of the flows asked for.
//
//wire:when Version=openflow.Version10 Type=TypeStatsReply Kind=StatsFlow
type FlowStatsReply struct {
	Stats `wire:"base"`
	Flows []FlowStats `wire:"rest"`
}

// FlowStats is one flow.
type FlowStats struct {
	Length       uint16 `wire:"size"`
	Table        uint8
	_            [1]byte
	Match        Match
	DurationSec  uint32
	DurationNsec uint32
	Priority     uint16
	IdleTimeout  uint16
	HardTimeout  uint16
	_            [6]byte
	Cookie       uint64 `wire:"format=hex"`
	Packets      uint64
	Bytes        uint64
	Actions      Actions `wire:"rest,format=formatActions,parse=parseActions"`
}

// AggregateRequest asks for sums over the flows that match.
//
//wire:when Version=openflow.Version10 Type=TypeStatsRequest Kind=StatsAggregate
type AggregateRequest struct {
	Stats   `wire:"base"`
	Match   Match
	Table   uint8
	_       [1]byte
	OutPort uint16
}

// AggregateReply has the sums.
//
//wire:when Version=openflow.Version10 Type=TypeStatsReply Kind=StatsAggregate
type AggregateReply struct {
	Stats   `wire:"base"`
	Packets uint64
	Bytes   uint64
	Flows   uint32
	_       [4]byte
}

// TableStatsRequest asks for the statistics of all tables.
//
//wire:when Version=openflow.Version10 Type=TypeStatsRequest Kind=StatsTable
type TableStatsRequest struct {
	Stats `wire:"base"`
}

// TableStatsReply has them.
//
//wire:when Version=openflow.Version10 Type=TypeStatsReply Kind=StatsTable
type TableStatsReply struct {
	Stats  `wire:"base"`
	Tables []TableStats `wire:"rest"`
}

// TableStats is one table.
type TableStats struct {
	Table      uint8
	_          [3]byte
	Name       [32]byte  `wire:"format=text"`
	Wildcards  Wildcards `wire:"format=hex"`
	MaxEntries uint32
	Active     uint32
	Lookups    uint64
	Matched    uint64
}

// PortStatsRequest asks for the counters of a port, or of all with PortNone.
//
//wire:when Version=openflow.Version10 Type=TypeStatsRequest Kind=StatsPort
type PortStatsRequest struct {
	Stats  `wire:"base"`
	Number uint16
	_      [6]byte
}

// PortStatsReply has them.
//
//wire:when Version=openflow.Version10 Type=TypeStatsReply Kind=StatsPort
type PortStatsReply struct {
	Stats `wire:"base"`
	Ports []PortStats `wire:"rest"`
}

// PortStats are the counters of one port.
type PortStats struct {
	Number     uint16
	_          [6]byte
	RxPackets  uint64
	TxPackets  uint64
	RxBytes    uint64
	TxBytes    uint64
	RxDropped  uint64
	TxDropped  uint64
	RxErrors   uint64
	TxErrors   uint64
	RxFrameErr uint64
	RxOverErr  uint64
	RxCRCErr   uint64
	Collisions uint64
}

// QueueStatsRequest asks for the counters of queues; PortAll and AllQueues are wildcards.
//
//wire:when Version=openflow.Version10 Type=TypeStatsRequest Kind=StatsQueue
type QueueStatsRequest struct {
	Stats `wire:"base"`
	Port  uint16
	_     [2]byte
	Queue uint32
}

// QueueStatsReply has them.
//
//wire:when Version=openflow.Version10 Type=TypeStatsReply Kind=StatsQueue
type QueueStatsReply struct {
	Stats  `wire:"base"`
	Queues []QueueStats `wire:"rest"`
}

// QueueStats are the counters of one queue.
type QueueStats struct {
	Port      uint16
	_         [2]byte
	Queue     uint32
	TxBytes   uint64
	TxPackets uint64
	TxErrors  uint64
}

// PortDescRequest asks for all ports.
//
//wire:when Version=openflow.Version10 Type=TypeStatsRequest Kind=StatsPortDesc
type PortDescRequest struct {
	Stats `wire:"base"`
}

// PortDescReply has them.
//
//wire:when Version=openflow.Version10 Type=TypeStatsReply Kind=StatsPortDesc
type PortDescReply struct {
	Stats `wire:"base"`
	Ports []Port `wire:"rest"`
}

// VendorStatsRequest is a statistics request of a vendor.
//
//wire:when Version=openflow.Version10 Type=TypeStatsRequest Kind=StatsVendor
type VendorStatsRequest struct {
	Stats  `wire:"base"`
	Vendor uint32
	Data   []byte `wire:"rest"`
}

// VendorStatsReply answers it.
//
//wire:when Version=openflow.Version10 Type=TypeStatsReply Kind=StatsVendor
type VendorStatsReply struct {
	Stats  `wire:"base"`
	Vendor uint32
	Data   []byte `wire:"rest"`
}
