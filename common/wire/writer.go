package wire

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// PutSize writes n into the number of the given width in bytes at b[at:].
func PutSize(b []byte, at, width, n int, structure, field string) error {
	if err := CheckSize(at, width, n, structure, field); err != nil {
		return err
	}
	for i := width - 1; i >= 0; i-- {
		b[at+i] = byte(n)
		n >>= 8
	}
	return nil
}

// PutSizeLE is PutSize with the least significant byte first.
func PutSizeLE(b []byte, at, width, n int, structure, field string) error {
	if err := CheckSize(at, width, n, structure, field); err != nil {
		return err
	}
	for i := range width {
		b[at+i] = byte(n)
		n >>= 8
	}
	return nil
}

// CheckSize says whether n fits a number of the given width in bytes.
func CheckSize(at, width, n int, structure, field string) error {
	if width < 8 && n >= 1<<(8*width) || n > math.MaxUint32 {
		return &Error{Offset: at, Struct: structure, Field: field, Err: fmt.Errorf("%d: %w", n, ErrTooLong)}
	}
	return nil
}

// CheckBits says whether v fits n bits.
func CheckBits(at int, v uint64, n int, structure, field string) error {
	if bits.Len64(v) > n {
		return &Error{Offset: at, Struct: structure, Field: field, Err: fmt.Errorf("%d in %d bits: %w", v, n, ErrRange)}
	}
	return nil
}

// Gap is the error of an optional field that is there although the one before it is not.
func Gap(at int, structure, field string) error {
	return &Error{Offset: at, Struct: structure, Field: field, Err: ErrGap}
}

// Grow is b with room for n more bytes. It is not inlined for the reason of Reader.Fail.
//
//go:noinline
func Grow(b []byte, n int) []byte { return slices.Grow(b, n) }

// Align appends zeros to what began at start, up to a multiple of n bytes.
func Align(b []byte, start, n int) []byte {
	for (len(b)-start)%n != 0 {
		b = append(b, 0)
	}
	return b
}

// Bool is a truth as a number on the wire.
func Bool(v bool) uint8 {
	if v {
		return 1
	}
	return 0
}
