// Package example is the protocol of the README of package wire.
package example

//go:generate go run github.com/vlcp-go/vlcp/common/wire/wiregen

// Reading is a message of a thermometer.
type Reading struct {
	Length  uint16  `wire:"size"`
	Unit    Unit    // 'C' or 'F'
	_       [1]byte // padding
	Sensor  [6]byte `wire:"format=mac"`
	N       uint8
	Samples []int16 `wire:"count=N"`
	Note    []byte  `wire:"rest,format=text"`
}

// Unit of the samples.
//
//wire:enum
type Unit uint8

// The units.
const (
	Celsius    Unit = 'C'
	Fahrenheit Unit = 'F'
)
