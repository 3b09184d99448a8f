package of13

// AllMeters is every meter.
const AllMeters uint32 = 0xffffffff

// MeterStatsRequest asks for the counters of a meter, or of all with AllMeters (7.3.5.13).
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReq Kind=MultipartMeter
type MeterStatsRequest struct {
	Multipart `wire:"base"`
	Meter     uint32
	_         [4]byte
}

// MeterStatsReply has them.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReply Kind=MultipartMeter
type MeterStatsReply struct {
	Multipart `wire:"base"`
	Meters    []MeterStatsEntry `wire:"rest"`
}

// MeterStatsEntry are the counters of one meter.
type MeterStatsEntry struct {
	Meter        uint32
	Length       uint16 `wire:"size"`
	_            [6]byte
	Flows        uint32
	Packets      uint64
	Bytes        uint64
	DurationSec  uint32
	DurationNsec uint32
	Bands        []BandCounter `wire:"rest"`
}

// BandCounter are the counters of one band of a meter.
type BandCounter struct {
	Packets uint64
	Bytes   uint64
}

// MeterConfigRequest asks how a meter is set up, or all with AllMeters (7.3.5.14).
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReq Kind=MultipartMeterConfig
type MeterConfigRequest struct {
	Multipart `wire:"base"`
	Meter     uint32
	_         [4]byte
}

// MeterConfigReply says it.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReply Kind=MultipartMeterConfig
type MeterConfigReply struct {
	Multipart `wire:"base"`
	Meters    []MeterConfig `wire:"rest"`
}

// MeterConfig is one meter.
type MeterConfig struct {
	Length uint16 `wire:"size"`
	Flags  MeterFlags
	Meter  uint32
	Bands  []MeterBand `wire:"rest"`
}

// MeterFeaturesRequest asks what meters the switch can do (7.3.5.15).
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReq Kind=MultipartMeterFeatures
type MeterFeaturesRequest struct {
	Multipart `wire:"base"`
}

// MeterFeaturesReply says it; BandTypes is a set of 1<<type.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReply Kind=MultipartMeterFeatures
type MeterFeaturesReply struct {
	Multipart    `wire:"base"`
	MaxMeters    uint32
	BandTypes    uint32
	Capabilities MeterFlags32
	MaxBands     uint8
	MaxColor     uint8
	_            [2]byte
}

// MeterFlags32 are MeterFlags in the width that MeterFeaturesReply has them in.
//
//wire:bitset
type MeterFlags32 uint32

// The flags.
const (
	MeterCanKbps  MeterFlags32 = 1 << 0
	MeterCanPktps MeterFlags32 = 1 << 1
	MeterCanBurst MeterFlags32 = 1 << 2
	MeterCanStats MeterFlags32 = 1 << 3
)

// GroupFeaturesRequest asks what groups the switch can do (7.3.5.11).
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReq Kind=MultipartGroupFeatures
type GroupFeaturesRequest struct {
	Multipart `wire:"base"`
}

// GroupFeaturesReply says it: Types is a set of 1<<GroupType, MaxGroups and Actions are by GroupType, the latter each a
// set of 1<<ActionType.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReply Kind=MultipartGroupFeatures
type GroupFeaturesReply struct {
	Multipart    `wire:"base"`
	Types        uint32
	Capabilities GroupCapabilities
	MaxGroups    [4]uint32
	Actions      [4]uint32
}

// GroupCapabilities are what all groups can do.
//
//wire:bitset
type GroupCapabilities uint32

// The capabilities.
const (
	GroupSelectWeight   GroupCapabilities = 1 << 0
	GroupSelectLiveness GroupCapabilities = 1 << 1
	GroupChaining       GroupCapabilities = 1 << 2
	GroupChainingChecks GroupCapabilities = 1 << 3
)
