package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Errors that an Error wraps.
var (
	ErrTruncated = errors.New("truncated")
	ErrLength    = errors.New("wrong length")
	ErrTrailing  = errors.New("bytes left over")
	ErrTooLong   = errors.New("too long for its length field")
)

// Error is where and why bytes could not be read.
type Error struct {
	Offset int // from the start of the outermost structure, in bytes
	Struct string
	Field  string
	Err    error
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("offset %d: %s.%s: %v", e.Offset, e.Struct, e.Field, e.Err)
}

// Unwrap implements errors.Unwrap.
func (e *Error) Unwrap() error { return e.Err }

// Reader reads big-endian values. After the first error it returns zeros, so that codecs check once, at the end.
type Reader struct {
	b   []byte
	pos int
	end int
	err *Error
}

// NewReader reads from b.
func NewReader(b []byte) *Reader { return &Reader{b: b, end: len(b)} }

// Err is the first error.
func (r *Reader) Err() error {
	if r.err == nil {
		return nil
	}
	return r.err
}

// OK reports whether there was no error yet.
func (r *Reader) OK() bool { return r.err == nil }

// Pos is the offset of the next byte.
func (r *Reader) Pos() int { return r.pos }

// Len is how many bytes are left of the current structure.
func (r *Reader) Len() int { return r.end - r.pos }

// Fail notes an error, the first of all counts.
func (r *Reader) Fail(structure, field string, err error) {
	if r.err == nil {
		r.err = &Error{Offset: r.pos, Struct: structure, Field: field, Err: err}
	}
}

// Bytes takes n bytes as a part of the input.
func (r *Reader) Bytes(n int, structure, field string) []byte {
	if r.err != nil {
		return nil
	}
	if n < 0 || n > r.Len() {
		r.Fail(structure, field, ErrTruncated)
		return nil
	}
	b := r.b[r.pos : r.pos+n : r.pos+n]
	r.pos += n
	return b
}

// Uint8 takes one byte.
func (r *Reader) Uint8(structure, field string) uint8 {
	if b := r.Bytes(1, structure, field); b != nil {
		return b[0]
	}
	return 0
}

// Uint16 takes two bytes.
func (r *Reader) Uint16(structure, field string) uint16 {
	if b := r.Bytes(2, structure, field); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// Uint32 takes four bytes.
func (r *Reader) Uint32(structure, field string) uint32 {
	if b := r.Bytes(4, structure, field); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// Uint64 takes eight bytes.
func (r *Reader) Uint64(structure, field string) uint64 {
	if b := r.Bytes(8, structure, field); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// Narrow makes the structure that began at start end after size bytes, and returns the end that Widen restores.
func (r *Reader) Narrow(start, size int, structure, field string) (end int) {
	end = r.end
	if r.err != nil {
		return end
	}
	switch {
	case start+size < r.pos:
		r.Fail(structure, field, fmt.Errorf("%d: %w", size, ErrLength))
	case start+size > r.end:
		r.Fail(structure, field, fmt.Errorf("%d: %w", size, ErrTruncated))
	default:
		r.end = start + size
	}
	return end
}

// Widen ends a narrowed structure. Nothing may be left of it.
func (r *Reader) Widen(end int, structure string) {
	if r.err == nil && r.pos != r.end {
		r.Fail(structure, "end", fmt.Errorf("%d %w", r.Len(), ErrTrailing))
	}
	r.end = end
}

// PutSize writes n into the size field of the given width in bytes at b[at:].
func PutSize(b []byte, at, width, n int, structure, field string) error {
	if width < 8 && n >= 1<<(8*width) || n > math.MaxUint32 {
		return &Error{Offset: at, Struct: structure, Field: field, Err: fmt.Errorf("%d bytes: %w", n, ErrTooLong)}
	}
	for i := width - 1; i >= 0; i-- {
		b[at+i] = byte(n)
		n >>= 8
	}
	return nil
}
