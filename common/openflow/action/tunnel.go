package action

// SetTunnel sets the low 32 bits of the tunnel id, and the others to zero.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeSetTunnel
type SetTunnel struct {
	Extension `wire:"base"`
	Pad       [2]byte
	TunnelID  uint32 `wire:"format=hex"`
}

// SetTunnel64 sets the tunnel id.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeSetTunnel64
type SetTunnel64 struct {
	Extension `wire:"base"`
	Pad       [6]byte
	TunnelID  uint64 `wire:"format=hex"`
}

// PopQueue undoes SetQueue.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypePopQueue
type PopQueue struct {
	Extension `wire:"base"`
	Pad       [6]byte
}

// Encap puts a header around the packet.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeEncap
type Encap struct {
	Extension  `wire:"base"`
	HdrSize    uint16
	PacketType uint32          `wire:"format=hex"` // PacketEthernet, PacketNSH …
	Properties []EncapProperty `wire:"rest"`
}

// EncapProperty is a property of Encap, which takes a multiple of eight bytes.
//
//wire:custom
type EncapProperty struct {
	Class  uint16
	Type   uint8
	Length uint8  // as it stands: of this header of four bytes and what of Data counts
	Data   []byte // with the padding: four bytes, or eight more, and so on
}

// Classes and types of EncapProperty.
const (
	EncapNSH       uint16 = 4
	EncapNSHMDType uint8  = 1 // Data begins with the type of metadata, 8 bits
	EncapNSHTLV    uint8  = 2 // Data is class, 16 bits, type and length, 8 bits each, and a value
)

// Types of packets: a namespace and a type in it.
const (
	PacketEthernet      uint32 = 0
	PacketNSH           uint32 = 0x1894f
	PacketMPLS          uint32 = 0x18847
	PacketMPLSMulticast uint32 = 0x18848
	PacketUseNextProto  uint32 = 0xfffe // of Decap: what the header says
)

// Decap takes the outermost header off.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeDecap
type Decap struct {
	Extension  `wire:"base"`
	Pad        [2]byte
	PacketType uint32 `wire:"format=hex"`
	Extra      []byte `wire:"extra"` // properties, of which there are none
}

// DecNSHTTL lowers the TTL of NSH.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeDecNSHTTL
type DecNSHTTL struct {
	Extension `wire:"base"`
	Pad       [6]byte
}
