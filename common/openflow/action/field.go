package action

// RegMove copies bits of a field to another one.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeRegMove
type RegMove struct {
	Extension `wire:"base"`
	NBits     uint16
	SrcOffset uint16
	DstOffset uint16
	Src       FieldHeader
	Dst       FieldHeader
	_         [0]byte `wire:"align=8"`
	Extra     []byte  `wire:"extra"` // zeros
}

// CopyField is RegMove in the form of ONF, for OpenFlow 1.3.
//
//wire:when Type=TypeExperimenter Vendor=vendorONF Subtype=SubtypeCopyField
type CopyField struct {
	Extension `wire:"base"`
	Pad       [2]byte
	NBits     uint16
	SrcOffset uint16
	DstOffset uint16
	Pad2      [2]byte
	Src       FieldHeader
	Dst       FieldHeader
	_         [0]byte `wire:"align=8"`
	Extra     []byte  `wire:"extra"` // zeros
}

// RegLoad writes a value to bits of a field.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeRegLoad
type RegLoad struct {
	Extension `wire:"base"`
	Bits      BitRange
	Dst       NXMHeader
	Value     uint64 `wire:"format=hex"`
}

// RegLoad2 writes the bits of a field that are in a mask.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeRegLoad2
type RegLoad2 struct {
	Extension `wire:"base"`
	Entry     Entry
	_         [0]byte `wire:"align=8"`
	Extra     []byte  `wire:"extra"` // zeros
}

// StackPush pushes bits of a field on a stack.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeStackPush
type StackPush struct {
	Extension `wire:"base"`
	Offset    uint16
	Field     FieldHeader
	NBits     uint16
	_         [0]byte `wire:"align=8"`
}

// StackPop pops bits of a field from the stack.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeStackPop
type StackPop struct {
	Extension `wire:"base"`
	Offset    uint16
	Field     FieldHeader
	NBits     uint16
	_         [0]byte `wire:"align=8"`
}

// DeleteField takes a tunnel option out of the packet.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeDeleteField
type DeleteField struct {
	Extension `wire:"base"`
	Field     FieldHeader
	Pad       []byte `wire:"rest"` // up to 24 bytes in all
}

// CheckPktLarger writes to one bit of a field whether the packet is longer than PktLen bytes.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeCheckPktLarger
type CheckPktLarger struct {
	Extension `wire:"base"`
	PktLen    uint16
	Offset    uint16
	Dst       FieldHeader
	_         [0]byte `wire:"align=8"`
	Extra     []byte  `wire:"extra"` // zeros
}

// NXWriteMetadata is the instruction WriteMetadata as an action.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeWriteMetadata
type NXWriteMetadata struct {
	Extension `wire:"base"`
	_         [6]byte
	Metadata  uint64 `wire:"format=hex"`
	Mask      uint64 `wire:"format=hex"`
}

// DecTTLCntIDs lowers the TTL of IP and tells the controllers with one of the ids when it is used up.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeDecTTLCntIDs
type DecTTLCntIDs struct {
	Extension `wire:"base"`
	N         uint16
	_         [4]byte
	IDs       []uint16 `wire:"count=N"`
	Pad       []byte   `wire:"rest"`
}
