package action

// Sample sends a sample of packets, Probability of 65535, to the collectors of IPFIX.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeSample
type Sample struct {
	Extension      `wire:"base"`
	Probability    uint16
	CollectorSetID uint32
	ObsDomainID    uint32
	ObsPointID     uint32
}

// Sample2 is Sample with the port that the packet is at.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeSample2
type Sample2 struct {
	Extension      `wire:"base"`
	Probability    uint16
	CollectorSetID uint32
	ObsDomainID    uint32
	ObsPointID     uint32
	SamplingPort   uint16
	Pad            [6]byte
}

// Sample3 is Sample2 with the direction in which the packet passes the port.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeSample3
type Sample3 struct {
	Extension      `wire:"base"`
	Probability    uint16
	CollectorSetID uint32
	ObsDomainID    uint32
	ObsPointID     uint32
	SamplingPort   uint16
	Direction      SampleDirection
	_              [5]byte
}

// SampleDirection is a direction of Sample3.
//
//wire:enum
type SampleDirection uint8

// The directions.
const (
	SampleDefault SampleDirection = 0
	SampleIngress SampleDirection = 1
	SampleEgress  SampleDirection = 2
)

// Sample4 is Sample3 whose ids may be bits of a field. Open vSwitch has it since version 3.4.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeSample4
type Sample4 struct {
	Extension      `wire:"base"`
	Probability    uint16
	CollectorSetID uint32
	ObsDomain      SampleID
	ObsPoint       SampleID
	SamplingPort   uint16
	Direction      SampleDirection
	_              [5]byte
}

// SampleID is an id of Sample4: up to 32 bits of field Src, or Value as it is when Src is 0.
type SampleID struct {
	Src   NXMHeader
	Value uint32 // with Src the upper half is a BitRange and the lower one means nothing
}

// Bits are the ones of Src that are the id.
func (s SampleID) Bits() BitRange { return BitRange(s.Value >> 16) }

// DebugSlow is for tests of Open vSwitch, which refuses it unless it was started with --enable-dummy.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeDebugSlow
type DebugSlow struct {
	Extension `wire:"base"`
	Pad       [6]byte
}

// DebugRecirc is for tests of Open vSwitch, which refuses it unless it was started with --enable-dummy.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeDebugRecirc
type DebugRecirc struct {
	Extension `wire:"base"`
	Pad       [6]byte
}
