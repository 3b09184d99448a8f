package of13

import "encoding/binary"

// Instructions is a list of instructions in its wire form. Builder methods append.
type Instructions []byte

// InstructionType is the type of an instruction (7.2.4).
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

func appendInstruction(b []byte, t InstructionType, length int) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, uint16(t)), uint16(length))
}

// Goto continues in a later table.
func (i Instructions) Goto(table uint8) Instructions {
	return append(appendInstruction(i, InstructionGotoTable, 8), table, 0, 0, 0)
}

// WriteMetadata sets the bits of the metadata that are in mask.
func (i Instructions) WriteMetadata(value, mask uint64) Instructions {
	b := append(appendInstruction(i, InstructionWriteMetadata, 24), 0, 0, 0, 0)
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, value), mask)
}

// Apply does the actions now. An empty list adds nothing, as switches drop it.
func (i Instructions) Apply(a Actions) Instructions { return i.actions(InstructionApplyActions, a) }

// Write puts the actions into the action set.
func (i Instructions) Write(a Actions) Instructions { return i.actions(InstructionWriteActions, a) }

func (i Instructions) actions(t InstructionType, a Actions) Instructions {
	if len(a) == 0 {
		return i
	}
	return append(append(appendInstruction(i, t, 8+len(a)), 0, 0, 0, 0), a...)
}

// Clear empties the action set.
func (i Instructions) Clear() Instructions {
	return append(appendInstruction(i, InstructionClearActions, 8), 0, 0, 0, 0)
}

// Meter passes the packet through a meter.
func (i Instructions) Meter(meter uint32) Instructions {
	return binary.BigEndian.AppendUint32(appendInstruction(i, InstructionMeter, 8), meter)
}
