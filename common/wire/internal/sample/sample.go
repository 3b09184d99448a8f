// Package sample is a small protocol of nobody, declared with every form that wiregen knows, for the tests of wire.
package sample

import "github.com/vlcp-go/vlcp/common/wire"

//go:generate go run github.com/vlcp-go/vlcp/common/wire/wiregen

// Header starts every message.
//
//wire:base
type Header struct {
	Kind   Kind
	_      [1]byte
	Length uint16 `wire:"size"`
}

// Kind of a message.
//
//wire:enum
type Kind uint8

// The kinds.
const (
	KindPing Kind = 1
	KindList Kind = 2
	KindText Kind = 3
	KindForm Kind = 4
	KindTail Kind = 5
	KindAsk  Kind = 6
	KindTell Kind = 7
	KindBag  Kind = 8
)

// Flags of a message.
//
//wire:bitset
type Flags uint32

// The flags.
const (
	FlagUrgent Flags = 1
	FlagLast   Flags = 4
)

// Ping has numbers of every width.
//
//wire:when Kind=KindPing
type Ping struct {
	Header `wire:"base"`
	A      uint8
	B      uint16
	C      uint32
	D      uint64
	Flags  Flags
	MAC    [6]byte
	Words  [2]uint32
}

// List has structures to its end.
//
//wire:when Kind=KindList
type List struct {
	Header `wire:"base"`
	Items  []Item `wire:"rest"`
}

// Item has a length of its own, and bytes to its end.
type Item struct {
	Length uint16 `wire:"size"`
	Name   Name
	Data   []byte `wire:"rest"`
}

// Name is nested.
type Name struct {
	First, Second uint8
}

// Text has bytes whose number an earlier field says.
//
//wire:when Kind=KindText
type Text struct {
	Header `wire:"base"`
	Len    uint8
	Body   []byte `wire:"bytes=Len"`
	Tail   []byte `wire:"rest"`
}

// New returns a new message of the kind that read says, nil for an unknown one.
func New(read wire.Source) (wire.Structure, error) { return newHeader(read) }

// Pick returns a new message of the kind that h says, nil for an unknown one.
func Pick(h *Header) any { return pickHeader(h) }
