package of13

// Multipart is what the structs of multipart requests and replies share (7.3.5).
//
//wire:base
//wire:when Type=TypeMultipartReq|TypeMultipartReply
type Multipart struct {
	Header `wire:"base"`
	Kind   MultipartType
	Flags  MultipartFlags
	_      [4]byte
}

// Part returns the multipart header, for whatever message embeds it.
func (m *Multipart) Part() *Multipart { return m }

// More reports whether more parts of the same reply follow.
func (m *Multipart) More() bool { return m.Flags&MultipartMore != 0 }

// UnknownMultipart is a request or reply of a kind that has no structure here; it survives as it is.
//
//wire:else
type UnknownMultipart struct {
	Multipart `wire:"base"`
	Data      []byte `wire:"rest"`
}

// MultipartMessage is any multipart request or reply.
type MultipartMessage interface {
	Message
	Part() *Multipart
	More() bool
}

// MultipartType is what a multipart message is about.
//
//wire:enum
type MultipartType uint16

// The types.
const (
	MultipartDesc          MultipartType = 0
	MultipartFlow          MultipartType = 1
	MultipartAggregate     MultipartType = 2
	MultipartTable         MultipartType = 3
	MultipartPortStats     MultipartType = 4
	MultipartQueue         MultipartType = 5
	MultipartGroup         MultipartType = 6
	MultipartGroupDesc     MultipartType = 7
	MultipartGroupFeatures MultipartType = 8
	MultipartMeter         MultipartType = 9
	MultipartMeterConfig   MultipartType = 10
	MultipartMeterFeatures MultipartType = 11
	MultipartTableFeatures MultipartType = 12
	MultipartPortDesc      MultipartType = 13
	MultipartExperimenter  MultipartType = 0xffff
)

// MultipartFlags of a multipart message.
//
//wire:bitset
type MultipartFlags uint16

// The flags.
const (
	MultipartMore MultipartFlags = 1 << 0
)

// DescRequest asks for a description of the switch.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReq Kind=MultipartDesc
type DescRequest struct {
	Multipart `wire:"base"`
}

// DescReply is a description of the switch; the strings end at the first zero byte.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReply Kind=MultipartDesc
type DescReply struct {
	Multipart    `wire:"base"`
	Manufacturer [256]byte `wire:"format=text"`
	Hardware     [256]byte `wire:"format=text"`
	Software     [256]byte `wire:"format=text"`
	SerialNumber [32]byte  `wire:"format=text"`
	Datapath     [256]byte `wire:"format=text"`
}

// FlowStatsRequest asks for the flows that match.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReq Kind=MultipartFlow
type FlowStatsRequest struct {
	Multipart  `wire:"base"`
	Table      uint8
	_          [3]byte
	OutPort    uint32
	OutGroup   uint32
	_          [4]byte
	Cookie     uint64 `wire:"format=hex"`
	CookieMask uint64 `wire:"format=hex"`
	Match      Match
	Extra      []byte `wire:"extra"` // what Open vSwitch does not look at
}

// FlowStatsReply is a part of the flows asked for.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReply Kind=MultipartFlow
type FlowStatsReply struct {
	Multipart `wire:"base"`
	Flows     []FlowStats `wire:"rest"`
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
	Flags        FlowFlags
	_            [4]byte
	Cookie       uint64 `wire:"format=hex"`
	Packets      uint64
	Bytes        uint64
	Match        Match
	Instructions Instructions `wire:"rest,format=formatInstructions,parse=parseInstructions"`
}

// AggregateRequest asks for sums over the flows that match.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReq Kind=MultipartAggregate
type AggregateRequest struct {
	Multipart  `wire:"base"`
	Table      uint8
	_          [3]byte
	OutPort    uint32
	OutGroup   uint32
	_          [4]byte
	Cookie     uint64 `wire:"format=hex"`
	CookieMask uint64 `wire:"format=hex"`
	Match      Match
	Extra      []byte `wire:"extra"` // what Open vSwitch does not look at
}

// AggregateReply has the sums.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReply Kind=MultipartAggregate
type AggregateReply struct {
	Multipart `wire:"base"`
	Packets   uint64
	Bytes     uint64
	Flows     uint32
	_         [4]byte
}

// TableStatsRequest asks for the statistics of all tables.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReq Kind=MultipartTable
type TableStatsRequest struct {
	Multipart `wire:"base"`
}

// TableStatsReply has them.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReply Kind=MultipartTable
type TableStatsReply struct {
	Multipart `wire:"base"`
	Tables    []TableStats `wire:"rest"`
}

// TableStats is one table.
type TableStats struct {
	Table   uint8
	_       [3]byte
	Active  uint32
	Lookups uint64
	Matched uint64
}

// PortStatsRequest asks for the counters of a port, or of all with PortAny.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReq Kind=MultipartPortStats
type PortStatsRequest struct {
	Multipart `wire:"base"`
	Number    uint32
	_         [4]byte
}

// PortStatsReply has them.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReply Kind=MultipartPortStats
type PortStatsReply struct {
	Multipart `wire:"base"`
	Ports     []PortStats `wire:"rest"`
}

// PortStats are the counters of one port.
type PortStats struct {
	Number       uint32
	_            [4]byte
	RxPackets    uint64
	TxPackets    uint64
	RxBytes      uint64
	TxBytes      uint64
	RxDropped    uint64
	TxDropped    uint64
	RxErrors     uint64
	TxErrors     uint64
	RxFrameErr   uint64
	RxOverErr    uint64
	RxCRCErr     uint64
	Collisions   uint64
	DurationSec  uint32
	DurationNsec uint32
}

// PortDescRequest asks for all ports.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReq Kind=MultipartPortDesc
type PortDescRequest struct {
	Multipart `wire:"base"`
}

// PortDescReply has them.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReply Kind=MultipartPortDesc
type PortDescReply struct {
	Multipart `wire:"base"`
	Ports     []Port `wire:"rest"`
}

// GroupDescRequest asks for all groups.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReq Kind=MultipartGroupDesc
type GroupDescRequest struct {
	Multipart `wire:"base"`
}

// GroupDescReply has them.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReply Kind=MultipartGroupDesc
type GroupDescReply struct {
	Multipart `wire:"base"`
	Groups    []GroupDesc `wire:"rest"`
}

// GroupDesc is one group.
type GroupDesc struct {
	Length  uint16 `wire:"size"`
	Type    GroupType
	_       [1]byte
	Group   uint32
	Buckets []Bucket `wire:"rest"`
}

// GroupStatsRequest asks for the counters of a group, or of all with AllGroups.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReq Kind=MultipartGroup
type GroupStatsRequest struct {
	Multipart `wire:"base"`
	Group     uint32
	_         [4]byte
}

// GroupStatsReply has them.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReply Kind=MultipartGroup
type GroupStatsReply struct {
	Multipart `wire:"base"`
	Groups    []GroupStats `wire:"rest"`
}

// GroupStats are the counters of one group.
type GroupStats struct {
	Length       uint16 `wire:"size"`
	_            [2]byte
	Group        uint32
	RefCount     uint32
	_            [4]byte
	Packets      uint64
	Bytes        uint64
	DurationSec  uint32
	DurationNsec uint32
	Buckets      []BucketCounter `wire:"rest"`
}

// BucketCounter are the counters of one bucket.
type BucketCounter struct {
	Packets uint64
	Bytes   uint64
}
