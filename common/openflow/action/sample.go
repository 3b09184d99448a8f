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
