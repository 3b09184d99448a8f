package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"sync"
)

// Errors that an Error wraps.
var (
	ErrTruncated = errors.New("truncated")
	ErrLength    = errors.New("wrong length")
	ErrTrailing  = errors.New("bytes left over")
	ErrTooLong   = errors.New("too long for its length field")
	ErrRange     = errors.New("does not fit its bits")
	ErrGap       = errors.New("there although an optional field before it is not")
	ErrNoSize    = errors.New("takes no bytes")
	ErrKind      = errors.New("unknown kind")
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

// Reader reads numbers, big-endian if not named otherwise. After the first error it returns zeros, so that codecs
// check once, at the end.
type Reader struct {
	b   []byte
	pos int
	end int
	err *Error
}

// NewReader reads from b.
func NewReader(b []byte) *Reader { return &Reader{b: b, end: len(b)} }

var readers = sync.Pool{New: func() any { return &Reader{} }}

// Borrow is NewReader without allocating, for a Reader that Return takes back.
func Borrow(b []byte) *Reader {
	r := readers.Get().(*Reader)
	r.Reset(b)
	return r
}

// Return gives a borrowed Reader back; nobody may use it afterwards.
func (r *Reader) Return() {
	r.Reset(nil)
	readers.Put(r)
}

// Reset begins to read b, as a new Reader does.
func (r *Reader) Reset(b []byte) { *r = Reader{b: b, end: len(b)} }

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

// Fail notes an error, the first of all counts. Generated code is full of it, and it is not often called: inlined it
// would be 100 KB of a program that speaks OpenFlow.
//
//go:noinline
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

// Peek is the next n bytes of the current structure without taking them, nil if there are fewer.
func (r *Reader) Peek(n int) []byte {
	if r.err != nil || n > r.Len() {
		return nil
	}
	return r.b[r.pos : r.pos+n : r.pos+n]
}

// Take is the next n bytes of the current structure, nil if there are fewer, or after an error: Short then says which.
func (r *Reader) Take(n int) []byte {
	at := r.pos
	if r.err != nil || r.end-at < n {
		return nil
	}
	r.pos = at + n
	return r.b[at : at+n]
}

// Short notes the error of the first field that there are not enough bytes for. The layout is the fields that Take was
// for, "Name:4 " each with the number of its bytes.
func (r *Reader) Short(structure, layout string) {
	for part := range strings.FieldsSeq(layout) {
		name, width, _ := strings.Cut(part, ":")
		n, _ := strconv.Atoi(width)
		if r.err != nil || n > r.Len() {
			r.Fail(structure, name, ErrTruncated)
			return
		}
		r.pos += n
	}
}

// Uint8 takes one byte.
func (r *Reader) Uint8(structure, field string) uint8 {
	if r.err != nil || r.end-r.pos < 1 {
		r.Fail(structure, field, ErrTruncated)
		return 0
	}
	v := r.b[r.pos]
	r.pos++
	return v
}

// Uint16 takes two bytes.
func (r *Reader) Uint16(structure, field string) uint16 {
	if r.err != nil || r.end-r.pos < 2 {
		r.Fail(structure, field, ErrTruncated)
		return 0
	}
	v := binary.BigEndian.Uint16(r.b[r.pos:])
	r.pos += 2
	return v
}

// Uint32 takes four bytes.
func (r *Reader) Uint32(structure, field string) uint32 {
	if r.err != nil || r.end-r.pos < 4 {
		r.Fail(structure, field, ErrTruncated)
		return 0
	}
	v := binary.BigEndian.Uint32(r.b[r.pos:])
	r.pos += 4
	return v
}

// Uint64 takes eight bytes.
func (r *Reader) Uint64(structure, field string) uint64 {
	if r.err != nil || r.end-r.pos < 8 {
		r.Fail(structure, field, ErrTruncated)
		return 0
	}
	v := binary.BigEndian.Uint64(r.b[r.pos:])
	r.pos += 8
	return v
}

// Uint16LE takes two bytes, the least significant first.
func (r *Reader) Uint16LE(structure, field string) uint16 {
	return bits.ReverseBytes16(r.Uint16(structure, field))
}

// Uint32LE takes four bytes, the least significant first.
func (r *Reader) Uint32LE(structure, field string) uint32 {
	return bits.ReverseBytes32(r.Uint32(structure, field))
}

// Uint64LE takes eight bytes, the least significant first.
func (r *Reader) Uint64LE(structure, field string) uint64 {
	return bits.ReverseBytes64(r.Uint64(structure, field))
}

// Align passes over the padding of what began at start, up to a multiple of n bytes.
func (r *Reader) Align(start, n int, structure, field string) {
	r.Bytes((n-(r.pos-start)%n)%n, structure, field)
}

// Progress reports whether there is no error; last is where the element before began, -1 for the first. An element that
// took no bytes is an error, as a list of them would never end.
func (r *Reader) Progress(last int, structure, field string) bool {
	if r.err == nil && r.pos == last {
		r.Fail(structure, field, ErrNoSize)
	}
	return r.err == nil
}

// More reports whether another element of a list follows that is as long as there are bytes; last is as in Progress.
func (r *Reader) More(last int, structure, field string) bool {
	return r.Progress(last, structure, field) && r.pos < r.end
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
