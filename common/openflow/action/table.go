package action

// Resubmit looks the packet up again in the same table, as if it had come by InPort.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeResubmit
type Resubmit struct {
	Extension `wire:"base"`
	InPort    uint16
	Pad       [4]byte
}

// ResubmitTable looks the packet up in a table, 255 for the same one, as if it had come by InPort.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeResubmitTable
type ResubmitTable struct {
	Extension `wire:"base"`
	InPort    uint16
	Table     uint8
	_         [3]byte
}

// ResubmitTableCT is ResubmitTable with the addresses of the connection's original direction.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeResubmitTableCT
type ResubmitTableCT struct {
	Extension `wire:"base"`
	InPort    uint16
	Table     uint8
	_         [3]byte
}

// Exit ends the actions, also those that a resubmit came from.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeExit
type Exit struct {
	Extension `wire:"base"`
	Pad       [6]byte
}

// FinTimeout sets other timeouts of the flow, in seconds, when a connection of TCP ends.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeFinTimeout
type FinTimeout struct {
	Extension   `wire:"base"`
	IdleTimeout uint16
	HardTimeout uint16
	Pad         [2]byte
}

// Conjunction makes the flow part of a conjunctive match: clause Clause, from 0, of NClauses.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeConjunction
type Conjunction struct {
	Extension `wire:"base"`
	Clause    uint8
	NClauses  uint8
	ID        uint32
}

// Note does nothing. Its bytes come in six, fourteen and so on.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeNote
type Note struct {
	Extension `wire:"base"`
	Note      []byte `wire:"rest"`
}

// Learn adds or changes a flow that is made of the packet.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeLearn
type Learn struct {
	Extension      `wire:"base"`
	IdleTimeout    uint16 // seconds
	HardTimeout    uint16 // seconds
	Priority       uint16
	Cookie         uint64 `wire:"format=hex"`
	Flags          LearnFlags
	Table          uint8
	_              [1]byte
	FinIdleTimeout uint16 // seconds
	FinHardTimeout uint16 // seconds
	Specs          LearnSpecs
	_              [0]byte `wire:"align=8"`
	Extra          []byte  `wire:"extra"` // zeros
}

// Learn2 is Learn with a limit of flows, and a bit that tells whether the flow was added.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeLearn2
type Learn2 struct {
	Extension      `wire:"base"`
	IdleTimeout    uint16 // seconds
	HardTimeout    uint16 // seconds
	Priority       uint16
	Cookie         uint64 `wire:"format=hex"`
	Flags          LearnFlags
	Table          uint8
	_              [1]byte
	FinIdleTimeout uint16 // seconds
	FinHardTimeout uint16 // seconds
	Limit          uint32
	ResultOffset   uint16
	_              [2]byte
	Result         FieldHeader `wire:"if=Flags&LearnWriteResult"`
	Specs          LearnSpecs
	_              [0]byte `wire:"align=8"`
	Extra          []byte  `wire:"extra"` // zeros
}

// LearnFlags of Learn and Learn2.
//
//wire:bitset
type LearnFlags uint16

// The flags.
const (
	LearnSendFlowRem   LearnFlags = 1 << 0
	LearnDeleteLearned LearnFlags = 1 << 1
	LearnWriteResult   LearnFlags = 1 << 2 // of Learn2
)

// LearnSpecs are what the learned flow is made of. A spec of zeros, or the end of the action, ends them.
//
//wire:custom
type LearnSpecs struct {
	List []LearnSpec
}

// LearnSpec makes one part of a learned flow: what it matches or what it does.
//
//wire:custom
type LearnSpec struct {
	Header    uint16    // one of LearnSrc, one of LearnDst, and the number of bits
	Src       NXMHeader // with LearnSrcField
	SrcOffset uint16
	Value     []byte    // with LearnSrcValue: a whole number of 16 bits, as few as have room for the bits
	Dst       NXMHeader // with LearnDstMatch and LearnDstLoad
	DstOffset uint16
}

// Parts of the header of a LearnSpec.
const (
	LearnSrcField  uint16 = 0
	LearnSrcValue  uint16 = 1 << 13
	LearnDstMatch  uint16 = 0
	LearnDstLoad   uint16 = 1 << 11
	LearnDstOutput uint16 = 2 << 11
	LearnSrcMask   uint16 = 1 << 13
	LearnDstMask   uint16 = 3 << 11
	LearnNBits     uint16 = 1<<10 - 1
)
