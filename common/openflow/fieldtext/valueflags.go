package fieldtext

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// Names of the flags of tcp_flags, ct_state and tun_flags by bit.
var (
	TCPFlags = []string{"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr", "ns", "[200]", "[400]", "[800]"}
	CTStates = []string{"new", "est", "rel", "rpl", "inv", "trk", "snat", "dnat"}
	TunFlags = []string{"oam", "df", "csum", "key"}
)

// Bits of flags that may be matched.
const (
	TCPFlagsMask = 0xfff
	CTStateMask  = 0xff
	tunFlagsMask = 0x1 // of tun_flags only oam may be matched
	fragMask     = 0x3
)

// AppendFlags writes flags: those that are set, under a mask of all, else each with + or -.
func AppendFlags(b []byte, names []string, flags, mask, all uint64) []byte {
	switch mask {
	case all:
		return appendSet(b, names, flags)
	case 0:
		return append(b, "0/0"...)
	}
	for ; mask != 0; mask &= mask - 1 {
		n := bits.TrailingZeros64(mask)
		sign := byte('-')
		if flags>>n&1 != 0 {
			sign = '+'
		}
		b = append(b, sign)
		if n < len(names) {
			b = append(b, names[n]...)
		} else {
			b = append(b, "[Unknown]"...)
		}
	}
	return b
}

// appendSet writes the flags that are set, with | between them; those without a name as one number.
func appendSet(b []byte, names []string, flags uint64) []byte {
	if flags == 0 {
		return append(b, '0')
	}
	start := len(b)
	for n, name := range names {
		if flags>>n&1 != 0 {
			if len(b) > start {
				b = append(b, '|')
			}
			b = append(b, name...)
		}
	}
	if bad := flags >> len(names) << len(names); bad != 0 {
		if len(b) > start {
			b = append(b, '|')
		}
		b = AppendHex(b, bad)
	}
	return b
}

// frags are the names for fragments: of a value, under a mask of its two bits.
var frags = []struct {
	name        string
	mask, value uint64
}{
	{"no", 3, 0}, {"first", 3, 1}, {"later", 3, 3}, {"no", 1, 0}, {"yes", 1, 1}, {"not_later", 2, 0}, {"later", 2, 2},
}

// FragName is the name of a kind of fragment under a mask, "<error>" for those without.
func FragName(value, mask uint64) string {
	for _, f := range frags {
		if f.mask == mask && f.value == value&mask {
			return f.name
		}
	}
	return "<error>"
}

// parseFlags reads flags: +a-b, a|b or numbers, or value/mask.
func parseFlags(s string, names []string, allowed uint64, value, mask []byte) error {
	if v, m, ok := strings.Cut(s, "/"); ok {
		if err := errors.Join(ParseInt(v, value), ParseInt(m, mask)); err != nil {
			return err
		}
		if (Number(value)|Number(mask))&^allowed != 0 {
			return fmt.Errorf("%q: expected no flags outside of %#x", s, allowed)
		}
		return nil
	}
	if len(s) > 0 && (s[0] == '+' || s[0] == '-') {
		return parseSigned(s, names, allowed, value, mask)
	}
	var flags uint64
	for _, word := range strings.Split(s, "|") {
		bit, err := strconv.ParseUint(word, 0, 32)
		if err != nil {
			bit = flagBit(names, word)
			if bit == 0 {
				return fmt.Errorf("flag %q: expected %s", word, strings.Join(names, ", "))
			}
		}
		if bit&^allowed != 0 {
			return fmt.Errorf("flag %q: expected no flags outside of %#x", word, allowed)
		}
		flags |= bit
	}
	PutUint(value, flags)
	fill(mask, 0xff)
	return nil
}

func parseSigned(s string, names []string, allowed uint64, value, mask []byte) error {
	var set, all uint64
	for rest := s; rest != ""; {
		n := strings.IndexAny(rest[1:], "+-") + 1
		if n == 0 {
			n = len(rest)
		}
		word := rest[1:n]
		bit := flagBit(names, word)
		switch {
		case bit&allowed == 0:
			return fmt.Errorf("flag %q: expected one of those that may be matched", word)
		case all&bit != 0:
			return fmt.Errorf("flag %q: expected once", word)
		}
		all |= bit
		if rest[0] == '+' {
			set |= bit
		}
		rest = rest[n:]
	}
	PutUint(value, set)
	PutUint(mask, all)
	return nil
}

// flagBit is the bit of a flag, 0 for a name that there is not.
func flagBit(names []string, name string) uint64 {
	for n, s := range names {
		if s == name {
			return 1 << n
		}
	}
	return 0
}
