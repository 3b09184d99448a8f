package action

// CT sends the packet through connection tracking.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeCT
type CT struct {
	Extension `wire:"base"`
	Flags     CTFlags
	ZoneSrc   NXMHeader // where the zone is; 0 for Zone
	Zone      uint16    // the zone, or the BitRange of it in ZoneSrc
	Table     uint8     // where the packet goes on; CTNoTable for nowhere
	Pad       [3]byte
	Alg       uint16 // port of the protocol whose helper is to be used: CTAlgFTP, CTAlgTFTP; 0 for none
	Actions   []byte `wire:"rest"` // NAT, and what writes ct_mark and ct_label
}

// CTFlags of CT.
//
//wire:bitset
type CTFlags uint16

// The flags.
const (
	CTCommit CTFlags = 1 << 0
	CTForce  CTFlags = 1 << 1
)

// Values of CT.
const (
	CTNoTable uint8  = 0xff
	CTAlgFTP  uint16 = 21
	CTAlgTFTP uint16 = 69
)

// NAT translates addresses, inside of CT.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeNAT
type NAT struct {
	Extension `wire:"base"`
	Pad       [2]byte
	Flags     NATFlags
	Present   NATRange
	IPv4Min   [4]byte  `wire:"if=Present&NATIPv4Min,format=ip"`
	IPv4Max   [4]byte  `wire:"if=Present&NATIPv4Max,format=ip"`
	IPv6Min   [16]byte `wire:"if=Present&NATIPv6Min,format=ip"`
	IPv6Max   [16]byte `wire:"if=Present&NATIPv6Max,format=ip"`
	ProtoMin  uint16   `wire:"if=Present&NATProtoMin"`
	ProtoMax  uint16   `wire:"if=Present&NATProtoMax"`
	Tail      []byte   `wire:"rest"` // as Pad
}

// NATFlags of NAT.
//
//wire:bitset
type NATFlags uint16

// The flags.
const (
	NATSrc         NATFlags = 1 << 0
	NATDst         NATFlags = 1 << 1
	NATPersistent  NATFlags = 1 << 2
	NATProtoHash   NATFlags = 1 << 3
	NATProtoRandom NATFlags = 1 << 4
)

// NATRange is which parts of a range NAT has.
//
//wire:bitset
type NATRange uint16

// The parts.
const (
	NATIPv4Min  NATRange = 1 << 0
	NATIPv4Max  NATRange = 1 << 1
	NATIPv6Min  NATRange = 1 << 2
	NATIPv6Max  NATRange = 1 << 3
	NATProtoMin NATRange = 1 << 4
	NATProtoMax NATRange = 1 << 5
)

// CTClear forgets what connection tracking has said of the packet.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeCTClear
type CTClear struct {
	Extension `wire:"base"`
	Pad       [6]byte
}

// Clone does actions on a copy of the packet.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeClone
type Clone struct {
	Extension `wire:"base"`
	Pad       [6]byte
	Actions   []byte `wire:"rest"`
}
