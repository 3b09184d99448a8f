package action

// HeaderInstruction starts the instructions of OpenFlow 1.3 (7.2.4).
//
//wire:base
type HeaderInstruction struct {
	Type   InstructionType
	Length uint16 `wire:"size"`
}

// InstructionType is the type of an instruction.
//
//wire:enum
type InstructionType uint16

// The types.
const (
	InstructionGotoTable     InstructionType = 1
	InstructionWriteMetadata InstructionType = 2
	InstructionWriteActions  InstructionType = 3
	InstructionApplyActions  InstructionType = 4
	InstructionClearActions  InstructionType = 5
	InstructionMeter         InstructionType = 6
	InstructionExperimenter  InstructionType = 0xffff
)

// GotoTable goes on in a later table.
//
//wire:when Type=InstructionGotoTable
type GotoTable struct {
	HeaderInstruction `wire:"base"`
	Table             uint8
	Pad               [3]byte
}

// WriteMetadata sets the bits of the metadata that are in Mask.
//
//wire:when Type=InstructionWriteMetadata
type WriteMetadata struct {
	HeaderInstruction `wire:"base"`
	Pad               [4]byte
	Metadata          uint64 `wire:"format=hex"`
	Mask              uint64 `wire:"format=hex"`
}

// WriteActions puts actions into the action set.
//
//wire:when Type=InstructionWriteActions
type WriteActions struct {
	HeaderInstruction `wire:"base"`
	Pad               [4]byte
	Actions           []byte `wire:"rest"`
}

// ApplyActions does actions now.
//
//wire:when Type=InstructionApplyActions
type ApplyActions struct {
	HeaderInstruction `wire:"base"`
	Pad               [4]byte
	Actions           []byte `wire:"rest"`
}

// ClearActions empties the action set.
//
//wire:when Type=InstructionClearActions
type ClearActions struct {
	HeaderInstruction `wire:"base"`
	Pad               [4]byte
}

// Meter passes the packet through a meter.
//
//wire:when Type=InstructionMeter
type Meter struct {
	HeaderInstruction `wire:"base"`
	Meter             uint32
}

// UnknownInstruction is an instruction of a type that there is not, or of an experimenter.
//
//wire:else
type UnknownInstruction struct {
	HeaderInstruction `wire:"base"`
	Data              []byte `wire:"rest"`
}
