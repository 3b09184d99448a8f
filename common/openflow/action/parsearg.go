package action

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
)

// arg is a part of the text, and where it stands.
type arg struct {
	s  string
	at int
}

func (a arg) errorf(format string, args ...any) error {
	return &ParseError{a.at, fmt.Errorf(format, args...)}
}

// from is what follows the first n bytes.
func (a arg) from(n int) arg { return arg{a.s[n:], a.at + n} }

// cut splits at sep; ok is false, and before the whole, where there is none.
func (a arg) cut(sep string) (before, after arg, ok bool) {
	n := strings.Index(a.s, sep)
	if n < 0 {
		return a, arg{"", a.at + len(a.s)}, false
	}
	return arg{a.s[:n], a.at}, a.from(n + len(sep)), true
}

// words splits at any of the bytes of seps, of which several count as one.
func (a arg) words(seps string) []arg {
	var out []arg
	for rest := a; ; {
		rest = rest.from(len(rest.s) - len(strings.TrimLeft(rest.s, seps)))
		if rest.s == "" {
			return out
		}
		n := strings.IndexAny(rest.s, seps)
		if n < 0 {
			return append(out, rest)
		}
		out = append(out, arg{rest.s[:n], rest.at})
		rest = rest.from(n)
	}
}

// pairs calls fn for each key with its value until one fails.
func (a arg) pairs(fn func(key, value arg) error) error {
	for rest, offset := a.s, a.at; ; {
		p, next, at, ok := fieldtext.NextPair(rest, offset)
		if !ok {
			return nil
		}
		rest, offset = next, at
		if err := fn(arg{p.Key, p.Offset}, arg{p.Value, p.At}); err != nil {
			return err
		}
	}
}

// uint reads a number of so many bits as C does: hexadecimal, octal or decimal.
func (a arg) uint(bits int) (uint64, error) {
	s := strings.TrimLeft(a.s, " \t\r\n")
	base := 10
	switch {
	case len(s) > 2 && (s[:2] == "0x" || s[:2] == "0X"):
		s, base = s[2:], 16
	case len(s) > 1 && s[0] == '0':
		base = 8
	}
	v, err := strconv.ParseUint(s, base, bits)
	if err != nil {
		return 0, a.errorf("%q: expected a number from 0 to %d", a.s, ^uint64(0)>>(64-bits))
	}
	return v, nil
}

// wrapping reads a number that may be negative and then is counted from the end of its range: -1 has all bits.
func (a arg) wrapping(bits int) (uint64, error) {
	s, negative := strings.CutPrefix(a.s, "-")
	v, err := arg{s, a.at}.uint(bits)
	if err != nil {
		return 0, a.errorf("%q: expected a number of %d bits", a.s, bits)
	}
	if negative {
		v = -v & (^uint64(0) >> (64 - bits))
	}
	return v, nil
}

func (a arg) u8() (uint8, error) {
	v, err := a.uint(8)
	return uint8(v), err
}

func (a arg) u16() (uint16, error) {
	v, err := a.uint(16)
	return uint16(v), err
}

func (a arg) u32() (uint32, error) {
	v, err := a.wrapping(32)
	return uint32(v), err
}

// decimal reads a number that ovs-ofctl takes for a decimal one.
func (a arg) decimal(bits int) (uint64, error) {
	v, err := strconv.ParseUint(a.s, 10, bits)
	if err != nil {
		return 0, a.errorf("%q: expected a decimal number from 0 to %d", a.s, ^uint64(0)>>(64-bits))
	}
	return v, nil
}

// decimal16 sets a number that ovs-ofctl takes for a decimal one.
func (a arg) decimal16(to *uint16) error {
	v, err := a.decimal(16)
	*to = uint16(v)
	return err
}

// atMost reads a number of which only the lower values are allowed.
func (a arg) atMost(largest uint64) (uint64, error) {
	v, err := a.uint(64)
	if err != nil || v > largest {
		return 0, a.errorf("%q: expected a number from 0 to %d", a.s, largest)
	}
	return v, nil
}

// table reads the number of a table.
func (a arg) table() (uint8, error) {
	v, err := strconv.ParseUint(a.s, 10, 8)
	if err != nil {
		return 0, a.errorf("table %q: expected a number from 0 to 255", a.s)
	}
	return uint8(v), nil
}

// port reads the number of a port or the name of a reserved one. The number is that of OpenFlow 1.1 and later.
func (a arg) port() (uint32, error) {
	p, err := fieldtext.ParsePort(a.s)
	if err != nil {
		return 0, a.errorf("%w", err)
	}
	return p, nil
}

// hex reads bytes of two digits each, with dots and white space between them.
func (a arg) hex() ([]byte, error) {
	var out []byte
	for rest := a; ; {
		rest = rest.from(len(rest.s) - len(strings.TrimLeft(rest.s, " .\t\r\n")))
		if rest.s == "" {
			return out, nil
		}
		v, err := strconv.ParseUint(rest.s[:min(2, len(rest.s))], 16, 8)
		if err != nil || len(rest.s) < 2 {
			return nil, rest.errorf("%q: expected bytes of two hexadecimal digits", rest.s[:min(2, len(rest.s))])
		}
		out = append(out, byte(v))
		rest = rest.from(2)
	}
}

// oneOf finds the word in a list of names, in any case.
func (a arg) oneOf(names []string) (int, error) {
	for n, s := range names {
		if s != "" && strings.EqualFold(s, a.s) {
			return n, nil
		}
	}
	return 0, a.errorf("%q: expected %s", a.s, strings.Join(nonEmpty(names), ", "))
}

func nonEmpty(names []string) []string {
	var out []string
	for _, s := range names {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}
