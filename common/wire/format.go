package wire

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// FormatHex is an array in hexadecimal.
func FormatHex(b []byte) string { return hex.EncodeToString(b) }

// ParseHex reads what FormatHex wrote.
func ParseHex(s string, b []byte) error {
	v, err := hex.DecodeString(s)
	if err != nil {
		return err
	}
	return exactly(v, b)
}

func exactly(v, b []byte) error {
	if len(v) != len(b) {
		return fmt.Errorf("%d bytes instead of %d: %w", len(v), len(b), ErrLength)
	}
	copy(b, v)
	return nil
}

// FormatMAC is an Ethernet address: "02:00:00:00:00:01".
func FormatMAC(b []byte) string { return net.HardwareAddr(b).String() }

// ParseMAC reads what FormatMAC wrote.
func ParseMAC(s string, b []byte) error {
	v, err := net.ParseMAC(s)
	if err != nil {
		return err
	}
	return exactly(v, b)
}

// FormatIP is an address of IPv4 or IPv6, by its length.
func FormatIP(b []byte) string {
	a, ok := netip.AddrFromSlice(b)
	if !ok {
		return FormatHex(b)
	}
	return a.String()
}

// ParseIP reads what FormatIP wrote.
func ParseIP(s string, b []byte) error {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return err
	}
	return exactly(a.AsSlice(), b)
}

const hexMark = "hex:"

// FormatText is text that zeros fill up to the length of the array; what is no such text is "hex:" and hexadecimal.
func FormatText(b []byte) string {
	s := string(bytes.TrimRight(b, "\x00"))
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unprintable) || strings.HasPrefix(s, hexMark) {
		return hexMark + hex.EncodeToString(b)
	}
	return s
}

// ParseText reads what FormatText wrote.
func ParseText(s string, b []byte) error {
	if h, ok := strings.CutPrefix(s, hexMark); ok {
		return ParseHex(h, b)
	}
	if len(s) > len(b) {
		return fmt.Errorf("%q: %w", s, ErrTooLong)
	}
	clear(b)
	copy(b, s)
	return nil
}

// FormatHexNumber is a number in hexadecimal.
func FormatHexNumber[T Number](v T) string { return fmt.Sprintf("%#x", uint64(v)) }

// ParseHexNumber reads what FormatHexNumber wrote, or any other number.
func ParseHexNumber[T Number](s string) (T, error) {
	var v T
	err := parseNumber(s, &v)
	return v, err
}
