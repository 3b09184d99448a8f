package model

import (
	"encoding"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// MAC is an EUI-48 hardware address. Its text form is 0a:00:00:00:00:01.
type MAC [6]byte

// ParseMAC reads colon, dash and dot notation.
func ParseMAC(s string) (MAC, error) {
	hw, err := net.ParseMAC(s)
	if err != nil || len(hw) != 6 {
		return MAC{}, fmt.Errorf("%q is not a MAC address: write it as 0a:00:00:00:00:01", s)
	}
	return MAC(hw), nil
}

// String is the colon notation in lower case.
func (m MAC) String() string { return net.HardwareAddr(m[:]).String() }

// IsZero reports whether m is unset.
func (m MAC) IsZero() bool { return m == MAC{} }

// Multicast reports whether m is a group address, which no interface may have (IEEE 802: I/G bit).
func (m MAC) Multicast() bool { return m[0]&1 != 0 }

// MarshalText implements encoding.TextMarshaler.
func (m MAC) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *MAC) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*m = MAC{}
		return nil
	}
	v, err := ParseMAC(string(b))
	if err == nil {
		*m = v
	}
	return err
}

// Range is an inclusive range of numbers. Its text form is 10000-20000.
type Range struct{ Lo, Hi uint32 }

// Contains reports whether n is in r.
func (r Range) Contains(n uint32) bool { return r.Lo <= n && n <= r.Hi }

// Len is how many numbers r has.
func (r Range) Len() int64 { return int64(r.Hi) - int64(r.Lo) + 1 }

// String is the text form.
func (r Range) String() string { return fmt.Sprintf("%d-%d", r.Lo, r.Hi) }

// MarshalText implements encoding.TextMarshaler.
func (r Range) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. A single number is a range of one.
func (r *Range) UnmarshalText(b []byte) error {
	lo, hi, two := strings.Cut(string(b), "-")
	if !two {
		hi = lo
	}
	l, err1 := strconv.ParseUint(strings.TrimSpace(lo), 10, 32)
	h, err2 := strconv.ParseUint(strings.TrimSpace(hi), 10, 32)
	if err1 != nil || err2 != nil || l > h {
		return fmt.Errorf("%q is not a range: write it as 10000-20000", b)
	}
	r.Lo, r.Hi = uint32(l), uint32(h)
	return nil
}

// AddrRange is an inclusive range of addresses of one family. Its text form is 10.0.0.10-10.0.0.99.
type AddrRange struct{ From, To netip.Addr }

// Contains reports whether a is in r.
func (r AddrRange) Contains(a netip.Addr) bool { return r.From.Compare(a) <= 0 && a.Compare(r.To) <= 0 }

// String is the text form.
func (r AddrRange) String() string { return r.From.String() + "-" + r.To.String() }

// MarshalText implements encoding.TextMarshaler.
func (r AddrRange) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. A single address is a range of one.
func (r *AddrRange) UnmarshalText(b []byte) error {
	lo, hi, two := strings.Cut(string(b), "-")
	if !two {
		hi = lo
	}
	from, err1 := netip.ParseAddr(strings.TrimSpace(lo))
	to, err2 := netip.ParseAddr(strings.TrimSpace(hi))
	if err1 != nil || err2 != nil || from.BitLen() != to.BitLen() || to.Less(from) {
		return fmt.Errorf("%q is not a range of addresses: write it as 10.0.0.10-10.0.0.99", b)
	}
	r.From, r.To = from, to
	return nil
}

// Route is a static route for guests. Its text form is 192.0.2.0/24=10.0.0.7.
type Route struct {
	To  netip.Prefix
	Via netip.Addr
}

// String is the text form.
func (r Route) String() string { return r.To.String() + "=" + r.Via.String() }

// MarshalText implements encoding.TextMarshaler.
func (r Route) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Route) UnmarshalText(b []byte) error {
	to, via, _ := strings.Cut(string(b), "=")
	p, err1 := netip.ParsePrefix(strings.TrimSpace(to))
	a, err2 := netip.ParseAddr(strings.TrimSpace(via))
	if err1 != nil || err2 != nil {
		return fmt.Errorf("%q is not a route: write it as 192.0.2.0/24=10.0.0.7", b)
	}
	r.To, r.Via = p, a
	return nil
}

// Duration is a time.Duration whose text form has no zero parts: 24h, 90m, 1h30m.
type Duration time.Duration

// String is the text form.
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("%q is not a duration: write it as 24h or 90m", b)
	}
	*d = Duration(v)
	return nil
}

// Set and Type make the text types usable as command line flags.

func setText(u encoding.TextUnmarshaler, s string) error {
	if s == "" {
		return errors.New("is empty")
	}
	return u.UnmarshalText([]byte(s))
}

// Set implements flag.Value.
func (m *MAC) Set(s string) error { return setText(m, s) }

// Type names the kind of value in help texts.
func (*MAC) Type() string { return "MAC" }

// Set implements flag.Value.
func (r *Range) Set(s string) error { return setText(r, s) }

// Type names the kind of value in help texts.
func (*Range) Type() string { return "N-M" }

// Set implements flag.Value.
func (d *Duration) Set(s string) error { return setText(d, s) }

// Type names the kind of value in help texts.
func (*Duration) Type() string { return "DURATION" }
