package fieldtext

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// ParseField reads the text of a value of the field, and of its mask; the mask is nil for none. It takes what ovs-ofctl
// takes: value/mask, CIDR, names of ports, flags and fragments, and * for anything.
func ParseField(i *oxm.Info, text string) (value, mask []byte, err error) {
	value, mask = make([]byte, i.Field.Len()), make([]byte, i.Field.Len())
	if text == "*" {
		return value, mask, nil
	}
	if text == "" {
		text = "0/0" // only that the field is there
	}
	switch i.Form {
	case oxm.FormMAC:
		err = parseMasked(text, value, mask, parseMAC)
	case oxm.FormIPv4:
		err = parseMasked(text, value, mask, parseIPv4)
	case oxm.FormIPv6:
		err = parseMasked(text, value, mask, parseIPv6)
	case oxm.FormPort, oxm.FormPort16:
		err = parsePortBytes(text, value, mask)
	case oxm.FormFrag:
		err = parseFrag(text, value, mask)
	case oxm.FormTCPFlags:
		err = parseFlags(text, TCPFlags, TCPFlagsMask, value, mask)
	case oxm.FormCTState:
		err = parseFlags(text, CTStates, CTStateMask, value, mask)
	case oxm.FormTunFlags:
		err = parseFlags(text, TunFlags, tunFlagsMask, value, mask)
	case oxm.FormPacketType:
		err = parsePacketType(text, value, mask)
	default:
		err = parseMasked(text, value, mask, ParseInt)
	}
	if err != nil {
		return nil, nil, err
	}
	if AllBytes(mask, 0xff) {
		mask = nil
	}
	return value, mask, nil
}

// parseMasked reads a value and, after a slash, a mask. A mask of an address may be a prefix length.
func parseMasked(text string, value, mask []byte, parse func(string, []byte) error) error {
	v, m, ok := strings.Cut(text, "/")
	if err := parse(v, value); err != nil {
		return err
	}
	if !ok {
		fill(mask, 0xff)
		return nil
	}
	if bits, err := strconv.Atoi(m); err == nil && len(mask)%4 == 0 && isAddress(v) {
		if bits < 0 || bits > 8*len(mask) {
			return fmt.Errorf("prefix length %d: expected 0 to %d", bits, 8*len(mask))
		}
		for k := range bits {
			mask[k/8] |= 0x80 >> (k % 8)
		}
		return nil
	}
	if err := parse(m, mask); err != nil {
		return fmt.Errorf("mask: %w", err)
	}
	return nil
}

func isAddress(s string) bool { return strings.ContainsAny(s, ".:") }

// fill sets every byte.
func fill(b []byte, v byte) {
	for n := range b {
		b[n] = v
	}
}

func parseMAC(s string, b []byte) error {
	parts := strings.Split(s, ":")
	if len(parts) != len(b) {
		return fmt.Errorf("%q: expected an Ethernet address", s)
	}
	for n, p := range parts {
		v, err := strconv.ParseUint(p, 16, 8)
		if err != nil || len(p) > 2 {
			return fmt.Errorf("%q: expected an Ethernet address", s)
		}
		b[n] = byte(v)
	}
	return nil
}

func parseIPv4(s string, b []byte) error {
	parts := strings.Split(s, ".")
	if len(parts) != len(b) {
		return fmt.Errorf("%q: expected an IPv4 address", s)
	}
	for n, p := range parts {
		v, err := strconv.ParseUint(p, 10, 8)
		if err != nil || len(p) > 3 {
			return fmt.Errorf("%q: expected an IPv4 address", s)
		}
		b[n] = byte(v)
	}
	return nil
}

func parseIPv6(s string, b []byte) error {
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is6() || a.Zone() != "" {
		return fmt.Errorf("%q: expected an IPv6 address", s)
	}
	copy(b, a.AsSlice())
	return nil
}

var errWide = errors.New("too large for the field")

// ParseInt reads a number as C does: hexadecimal, octal or decimal. Only hexadecimal ones may have more than 64 bits.
func ParseInt(s string, b []byte) error {
	if len(s) > 2 && (s[:2] == "0x" || s[:2] == "0X") {
		return parseHexInt(s[2:], b)
	}
	fill(b, 0)
	unsigned, negative := strings.CutPrefix(s, "-")
	if len(unsigned) > 0 && (unsigned[0] < '0' || unsigned[0] > '9') || strings.ContainsAny(s, "_oObB") {
		return fmt.Errorf("%q: expected a number", s)
	}
	v, err := strconv.ParseUint(unsigned, 0, 64)
	if errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("%q: %w", s, errWide)
	}
	if err != nil {
		return fmt.Errorf("%q: expected a number", s)
	}
	if negative {
		v = -v
	}
	var wide [8]byte
	binary.BigEndian.PutUint64(wide[:], v)
	n := min(len(b), len(wide))
	if !AllBytes(wide[:8-n], 0) {
		return fmt.Errorf("%q: %w of %d bytes", s, errWide, len(b))
	}
	copy(b[len(b)-n:], wide[8-n:])
	return nil
}

func parseHexInt(s string, b []byte) error {
	fill(b, 0)
	digits := strings.TrimLeft(s, "0")
	if len(digits) > 2*len(b) {
		return fmt.Errorf("%q: %w of %d bytes", "0x"+s, errWide, len(b))
	}
	for n := range len(digits) {
		v, err := strconv.ParseUint(digits[len(digits)-1-n:len(digits)-n], 16, 4)
		if err != nil {
			return fmt.Errorf("%q: expected a hexadecimal number", "0x"+s)
		}
		b[len(b)-1-n/2] |= byte(v) << (4 * (n % 2))
	}
	return nil
}

// PutUint writes v into all of b, big-endian.
func PutUint(b []byte, v uint64) {
	for n := range b {
		b[len(b)-1-n] = byte(v >> (8 * min(n, 7)))
	}
}

// ParsePort reads the number of a port, of OpenFlow 1.0 or later, or the name of a reserved one in any case.
func ParsePort(s string) (uint32, error) {
	if v, err := strconv.ParseUint(s, 10, 32); err == nil {
		switch p := uint32(v); {
		case p <= 0xffff:
			return oxm.Port32(uint16(p)), nil
		case p >= firstReserved:
			return p, nil
		}
		return 0, fmt.Errorf("port %s: expected 0 to 65535 or 4294967040 to 4294967295", s)
	}
	if strings.EqualFold(s, "NONE") {
		return 0xffffffff, nil
	}
	for p, name := range reserved {
		if strings.EqualFold(s, name) {
			return p, nil
		}
	}
	return 0, fmt.Errorf("port %q: expected a number or the name of a reserved port", s)
}

func parsePortBytes(s string, value, mask []byte) error {
	p, err := ParsePort(s)
	if err != nil {
		return err
	}
	PutUint(value, uint64(p)) // of 16 bits the low ones are those of OpenFlow 1.0
	fill(mask, 0xff)
	return nil
}

func parseFrag(s string, value, mask []byte) error {
	for _, f := range frags {
		if strings.EqualFold(s, f.name) {
			PutUint(value, f.value)
			PutUint(mask, f.mask|^uint64(fragMask))
			return nil
		}
	}
	return fmt.Errorf("%q: expected no, yes, first, later or not_later", s)
}

func parsePacketType(s string, value, mask []byte) error {
	inner, opened := strings.CutPrefix(s, "(")
	inner, closed := strings.CutSuffix(inner, ")")
	ns, typ, ok := strings.Cut(inner, ",")
	if !opened || !closed || !ok {
		return fmt.Errorf("%q: expected (namespace,type)", s)
	}
	fill(mask, 0xff)
	if err := ParseInt(ns, value[:2]); err != nil {
		return fmt.Errorf("namespace: %w", err)
	}
	return ParseInt(typ, value[2:])
}
