package action

// NXController sends the packet to the controllers with an id, MaxLen bytes of it.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeController
type NXController struct {
	Extension    `wire:"base"`
	MaxLen       uint16
	ControllerID uint16
	Reason       uint8
	Pad          [1]byte
}

// NXController2 sends the packet to controllers as its properties say.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeController2
type NXController2 struct {
	Extension  `wire:"base"`
	_          [6]byte
	Properties []ControllerProperty `wire:"rest"`
}

// ControllerProperty is a property of NXController2. Data is all that the property has after type and length.
//
//wire:custom
type ControllerProperty struct {
	Type PropertyType
	Data []byte
	Pad  []byte // up to eight bytes; none for zeros
}

// PropertyType is the type of a ControllerProperty (NXAC2PT).
//
//wire:enum
type PropertyType uint16

// The types.
const (
	PropertyMaxLen       PropertyType = 0 // 16 bits, bytes of the packet; all of it when absent
	PropertyControllerID PropertyType = 1 // 16 bits, 0 when absent
	PropertyReason       PropertyType = 2 // 8 bits, ReasonAction when absent
	PropertyUserData     PropertyType = 3
	PropertyPause        PropertyType = 4 // no data
	PropertyMeterID      PropertyType = 5 // 32 bits
)

// Reasons of a packet-in that NXController and NXController2 can name.
const (
	ReasonNoMatch    uint8 = 0
	ReasonAction     uint8 = 1
	ReasonInvalidTTL uint8 = 2
	ReasonActionSet  uint8 = 3
	ReasonGroup      uint8 = 4
	ReasonPacketOut  uint8 = 5
)

// OutputReg sends the packet out of the port that is in bits of a field.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeOutputReg
type OutputReg struct {
	Extension `wire:"base"`
	Bits      BitRange
	Src       NXMHeader
	MaxLen    uint16
	_         [6]byte
}

// OutputReg2 is OutputReg with room for fields of experimenters.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeOutputReg2
type OutputReg2 struct {
	Extension `wire:"base"`
	Bits      BitRange
	MaxLen    uint16
	Src       FieldHeader
	_         [0]byte `wire:"align=8"`
}

// OutputTrunc sends at most MaxLen bytes of the packet out of a port.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeOutputTrunc
type OutputTrunc struct {
	Extension `wire:"base"`
	Port      uint16
	MaxLen    uint32
}

// Bundle sends the packet out of one of several ports.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeBundle
type Bundle struct {
	Extension  `wire:"base"`
	Algorithm  BundleAlgorithm
	Fields     HashFields
	Basis      uint16
	MemberType NXMHeader // NXM_OF_IN_PORT
	N          uint16
	Bits       BitRange  // 0
	Dst        NXMHeader // 0
	_          [4]byte
	Members    []uint16 `wire:"count=N"`
	Pad        []byte   `wire:"rest"`
}

// BundleLoad writes one of several ports to bits of a field.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeBundleLoad
type BundleLoad struct {
	Extension  `wire:"base"`
	Algorithm  BundleAlgorithm
	Fields     HashFields
	Basis      uint16
	MemberType NXMHeader // NXM_OF_IN_PORT
	N          uint16
	Bits       BitRange
	Dst        NXMHeader
	Pad        [4]byte
	Members    []uint16 `wire:"count=N"`
	Tail       []byte   `wire:"rest"` // as Pad
}

// BundleAlgorithm is how Bundle chooses (NX_BD_ALG).
//
//wire:enum
type BundleAlgorithm uint16

// The algorithms.
const (
	BundleActiveBackup BundleAlgorithm = 0
	BundleHRW          BundleAlgorithm = 1
)

// BundleMembersMax is how many ports a Bundle can have.
const BundleMembersMax = 2048

// HashFields are the fields of which a choice is a hash (NX_HASH_FIELDS).
//
//wire:enum
type HashFields uint16

// The sets of fields.
const (
	HashEthSrc           HashFields = 0
	HashSymmetricL4      HashFields = 1
	HashSymmetricL3L4    HashFields = 2
	HashSymmetricL3L4UDP HashFields = 3
	HashNwSrc            HashFields = 4
	HashNwDst            HashFields = 5
	HashSymmetricL3      HashFields = 6
)

// Multipath writes the number of one of several links to bits of a field.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeMultipath
type Multipath struct {
	Extension `wire:"base"`
	Fields    HashFields
	Basis     uint16
	Pad       [2]byte
	Algorithm MultipathAlgorithm
	MaxLink   uint16 // number of links, less one
	Arg       uint32
	Pad2      [2]byte
	Bits      BitRange
	Dst       NXMHeader
}

// MultipathAlgorithm is how Multipath chooses (NX_MP_ALG).
//
//wire:enum
type MultipathAlgorithm uint16

// The algorithms.
const (
	MultipathModuloN       MultipathAlgorithm = 0
	MultipathHashThreshold MultipathAlgorithm = 1
	MultipathHRW           MultipathAlgorithm = 2
	MultipathIterHash      MultipathAlgorithm = 3
)
