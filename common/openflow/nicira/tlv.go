package nicira

// TLVTableMod changes which options of tunnels are match fields tun_metadata (NXT_TLV_TABLE_MOD).
//
//wire:when Type=TypeExperimenter Vendor=vendor Subtype=SubtypeTLVTableMod
type TLVTableMod struct {
	Header  `wire:"base"`
	Command TLVCommand
	_       [6]byte
	Maps    []TLVMap `wire:"rest"`
}

// TLVCommand is what a TLVTableMod does.
//
//wire:enum
type TLVCommand uint16

// The commands.
const (
	TLVAdd    TLVCommand = 0
	TLVDelete TLVCommand = 1
	TLVClear  TLVCommand = 2
)

// TLVMap makes an option the field tun_metadata with number Index.
//
//wire:struct
type TLVMap struct {
	Class uint16 `wire:"format=hex"`
	Type  uint8  `wire:"format=hex"`
	Len   uint8  // in bytes, a multiple of four
	Index uint16
	_     [2]byte
}

// TLVTableRequest asks for the table (NXT_TLV_TABLE_REQUEST).
//
//wire:when Type=TypeExperimenter Vendor=vendor Subtype=SubtypeTLVTableRequest
type TLVTableRequest struct {
	Header `wire:"base"`
}

// TLVTableReply is the table (NXT_TLV_TABLE_REPLY).
//
//wire:when Type=TypeExperimenter Vendor=vendor Subtype=SubtypeTLVTableReply
type TLVTableReply struct {
	Header    `wire:"base"`
	MaxSpace  uint32 // of all options together, in bytes
	MaxFields uint16
	_         [10]byte
	Maps      []TLVMap `wire:"rest"`
}

// CTFlushZone forgets all connections of a zone (NXT_CT_FLUSH_ZONE).
//
//wire:when Type=TypeExperimenter Vendor=vendor Subtype=SubtypeCTFlushZone
type CTFlushZone struct {
	Header `wire:"base"`
	_      [6]byte
	Zone   uint16
}

// CTFlush forgets the connections that match (NXT_CT_FLUSH).
//
//wire:when Type=TypeExperimenter Vendor=vendor Subtype=SubtypeCTFlush
type CTFlush struct {
	Header     `wire:"base"`
	Proto      uint8
	Zero       [7]byte      // must be zero
	Properties []CTProperty `wire:"rest,pad=8"`
}

// CTProperty is a part of what a CTFlush matches. A tuple is four bytes of padding and properties of CTTupleType.
type CTProperty struct {
	Type   CTType
	Length uint16 `wire:"size"`
	Value  []byte `wire:"rest"`
}

// CTType is a part of what a CTFlush matches.
//
//wire:enum
type CTType uint16

// The parts.
const (
	CTOrigTuple  CTType = 0
	CTReplyTuple CTType = 1
	CTZone       CTType = 2 // 16 bits
)

// CTTupleType is a part of a tuple.
//
//wire:enum
type CTTupleType uint16

// The parts. Addresses of IPv4 are mapped to IPv6.
const (
	TupleSrc      CTTupleType = 0
	TupleDst      CTTupleType = 1
	TupleSrcPort  CTTupleType = 2
	TupleDstPort  CTTupleType = 3
	TupleICMPID   CTTupleType = 4
	TupleICMPType CTTupleType = 5
	TupleICMPCode CTTupleType = 6
)
