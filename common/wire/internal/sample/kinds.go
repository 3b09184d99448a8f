package sample

import "github.com/vlcp-go/vlcp/common/wire"

// Bag has lists whose elements are each of a kind of its own, and a length that shares a number.
//
//wire:when Kind=KindBag
type Bag struct {
	Header  `wire:"base"`
	Size    uint16
	Known   []wire.Described `wire:"bytes=Size,kinds=Fact,pad=4"`
	Short   Short
	Entries []wire.Described `wire:"rest,kinds=Entry"`
}

// Short has its type and length in one number, as the elements of LLDP have.
type Short struct {
	Type   uint16 `wire:"bits=7"`
	Length uint16 `wire:"bits=9"`
	Value  []byte `wire:"bytes=Length,format=text"`
}

// Entry starts an element; there may be others than these.
//
//wire:base
type Entry struct {
	Type   EntryType
	Length uint8 `wire:"size"`
}

// EntryType is the kind of an element.
//
//wire:enum
type EntryType uint8

// The types.
const (
	_ EntryType = iota
	EntryTypeName
	EntryTypeNumber
)

// EntryName is a name.
//
//wire:when Type=EntryTypeName
type EntryName struct {
	Entry `wire:"base"`
	Name  []byte `wire:"rest,format=text"`
}

// EntryNumber is a number.
//
//wire:when Type=EntryTypeNumber
type EntryNumber struct {
	Entry `wire:"base"`
	N     uint16
}

// OtherEntry is any other element.
//
//wire:else
type OtherEntry struct {
	Entry `wire:"base"`
	Data  []byte `wire:"rest"`
}

// Fact starts an element of which all kinds are known.
//
//wire:base
type Fact struct {
	What uint8
}

// FactNumber is the only one.
//
//wire:when What=1
type FactNumber struct {
	Fact `wire:"base"`
	N    uint16
}
