package wire

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Number is any type that stands for a whole number.
type Number interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64 | ~int8 | ~int16 | ~int32 | ~int64
}

// Named is any type with a generated list of the names of its values: an enum.
type Named interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64
	WireNames() []Bit
}

// BitSet is any type with a generated list of the names of its bits.
type BitSet interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64
	WireBits() []Bit
}

func signed[T Number]() bool {
	var v T
	v--
	return v < 0
}

func formatNumber[T Number](v T) string {
	if signed[T]() {
		return strconv.FormatInt(int64(v), 10)
	}
	return strconv.FormatUint(uint64(v), 10)
}

func parseNumber[T Number](s string, p *T) error {
	if signed[T]() {
		v, err := strconv.ParseInt(s, 0, 64)
		if err == nil && int64(T(v)) != v {
			err = fmt.Errorf("%s: %w", s, ErrRange)
		}
		*p = T(v)
		return err
	}
	v, err := strconv.ParseUint(s, 0, 64)
	if err != nil {
		return err
	}
	return set(p, v)
}

func set[T Number](p *T, v uint64) error {
	if uint64(T(v)) != v {
		return fmt.Errorf("%d: %w", v, ErrRange)
	}
	*p = T(v)
	return nil
}

func numberLeaf[T Number](p *T) leaf {
	return leaf{bare: true, text: func() string { return formatNumber(*p) },
		parse: func(s string) error { return parseNumber(s, p) }}
}

// Num is a number.
func Num[T Number](f *Fields, name string, p *T) { f.leaf(name, numberLeaf(p)) }

// Truth is a bool.
func Truth[T ~bool](f *Fields, name string, p *T) {
	f.leaf(name, leaf{bare: true, text: func() string { return strconv.FormatBool(bool(*p)) },
		parse: func(s string) error {
			v, err := strconv.ParseBool(s)
			*p = T(v)
			return err
		}})
}

// Float is a number with a fraction; what is none or infinite is a string in JSON.
func Float[T ~float32 | ~float64](f *Fields, name string, p *T) {
	f.leaf(name, leaf{text: func() string { return strconv.FormatFloat(float64(*p), 'g', -1, 64) },
		parse: func(s string) error {
			v, err := strconv.ParseFloat(s, 64)
			*p = T(v)
			return err
		}})
}

// Enum is a number with names: the name, or the number when it has none.
func Enum[T Named](f *Fields, name string, p *T) {
	l := leaf{text: func() string { return enumName(uint64(*p), (*p).WireNames()) },
		parse: func(s string) error {
			v, err := valueOf(s, (*p).WireNames())
			if err != nil {
				return err
			}
			return set(p, v)
		}}
	if f.mode == toJSON {
		l.bare = !hasName(uint64(*p), (*p).WireNames())
	}
	f.leaf(name, l)
}

func hasName(v uint64, names []Bit) bool {
	for _, n := range names {
		if n.Mask == v {
			return true
		}
	}
	return false
}

func enumName(v uint64, names []Bit) string {
	for _, n := range names {
		if n.Mask == v {
			return n.Name
		}
	}
	return strconv.FormatUint(v, 10)
}

// Flags is a bit set: the list of the names of its bits, those without one together in hexadecimal.
func Flags[T BitSet](f *Fields, name string, p *T) {
	names := (*p).WireBits()
	switch f.mode {
	case toText:
		f.leaf(name, leaf{text: func() string { return BitNames(uint64(*p), names) }})
	case toJSON:
		f.key(name)
		f.open('[')
		for _, s := range bitList(uint64(*p), names) {
			f.key("")
			f.quoted(s)
		}
		f.shut(']')
	case fromJSON:
		v, ok := f.take(name)
		if !ok {
			return
		}
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		var sum uint64
		for _, e := range list {
			f.fail(name, parseLeaf(e, leaf{parse: func(s string) error {
				bit, err := valueOf(s, names)
				sum |= bit
				return err
			}}))
		}
		f.fail(name, set(p, sum))
	}
}

// Bytes is a byte slice, in hexadecimal.
func Bytes[T ~[]byte](f *Fields, name string, p *T) {
	f.leaf(name, leaf{text: func() string { return hex.EncodeToString(*p) },
		parse: func(s string) error {
			b, err := hex.DecodeString(s)
			*p = b
			return err
		}})
}

// Text is a byte slice that holds text as a rule; other bytes are "hex:" and hexadecimal.
func Text[T ~[]byte](f *Fields, name string, p *T) {
	f.leaf(name, leaf{text: func() string {
		if s := FormatText(*p); len(s) == len(*p) {
			return s
		}
		return hexMark + hex.EncodeToString(*p)
	},
		parse: func(s string) error {
			h, ok := strings.CutPrefix(s, hexMark)
			if !ok {
				*p = []byte(s)
				return nil
			}
			b, err := hex.DecodeString(h)
			*p = b
			return err
		}})
}

// Array is an array of bytes, in hexadecimal; b is all of it.
func Array(f *Fields, name string, b []byte) { Formatted(f, name, b, FormatHex, ParseHex) }

// Formatted is an array of bytes in a form of its own. parse reads it into its second argument.
func Formatted(f *Fields, name string, b []byte, format func([]byte) string, parse func(string, []byte) error) {
	f.leaf(name, leaf{text: func() string { return format(b) }, parse: func(s string) error { return parse(s, b) }})
}

// Custom is a value in a form of its own. Without parse the form is for Dump only.
func Custom[T any](f *Fields, name string, p *T, format func(T) string, parse func(string) (T, error)) {
	f.leaf(name, leaf{text: func() string { return format(*p) },
		parse: func(s string) error {
			v, err := parse(s)
			*p = v
			return err
		}})
}

// Shown writes the value in its own form into a Dump, and says whether that was what was asked for.
func Shown[T any](f *Fields, name string, v T, format func(T) string) bool {
	if f.mode != toText {
		return false
	}
	f.leaf(name, leaf{text: func() string { return format(v) }})
	return true
}
