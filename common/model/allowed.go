package model

import (
	"fmt"
	"net/netip"
	"strings"
)

// AllowedMax is how many addresses a port may use besides its own.
const AllowedMax = 32

// AllowedAddress is what a guest may send from besides its own address. Its text form is IP, IP/LEN, or either with a
// hardware address behind a comma: 10.0.0.9,00:00:5e:00:01:01. Without one it is that of the port.
//
// A single address may be announced too (ARP, neighbour discovery). A prefix is for a guest that routes: packets from
// it pass, but the guest cannot claim to be at its addresses, which others may have.
type AllowedAddress struct {
	Prefix netip.Prefix
	MAC    MAC
}

// Single reports whether a is one address and not a range.
func (a AllowedAddress) Single() bool { return a.Prefix.IsSingleIP() }

// String is the text form.
func (a AllowedAddress) String() string {
	s := a.Prefix.String()
	if a.Single() {
		s = a.Prefix.Addr().String()
	}
	if !a.MAC.IsZero() {
		s += "," + a.MAC.String()
	}
	return s
}

// MarshalText implements encoding.TextMarshaler.
func (a AllowedAddress) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *AllowedAddress) UnmarshalText(b []byte) error {
	text, mac, pair := strings.Cut(string(b), ",")
	text = strings.TrimSpace(text)
	p, err := netip.ParsePrefix(text)
	if !strings.Contains(text, "/") {
		var ip netip.Addr
		if ip, err = netip.ParseAddr(text); err == nil {
			p = netip.PrefixFrom(ip, ip.BitLen())
		}
	}
	if err != nil || p.Addr().Zone() != "" || p.Addr().Is4In6() {
		return fmt.Errorf("%q is not an allowed address: write it as 10.0.0.9, 10.1.0.0/24 or 10.0.0.9,00:00:5e:00:01:01", b)
	}
	a.Prefix, a.MAC = p, MAC{}
	if pair {
		if a.MAC, err = ParseMAC(strings.TrimSpace(mac)); err != nil {
			return err
		}
	}
	return nil
}

// LinkLocal is the IPv6 address that an interface with this hardware address gives itself (RFC 4291 appendix A).
func (m MAC) LinkLocal() netip.Addr {
	return netip.AddrFrom16([16]byte{0xfe, 0x80, 8: m[0] ^ 2, 9: m[1], 10: m[2], 11: 0xff, 12: 0xfe, 13: m[3], 14: m[4],
		15: m[5]})
}

// Secured reports whether the guest of p may send only from its own addresses.
func (p *Port) Secured() bool { return p.PortSecurity == nil || *p.PortSecurity }

func (p *Port) validateAllowed(c *checker) {
	const field = "allowed_addresses"
	list := p.AllowedAddresses
	c.check(len(list) <= AllowedMax, field, "%d addresses, at most %d are allowed", len(list), AllowedMax)
	for i, a := range list {
		ip := a.Prefix.Addr()
		switch {
		case !a.Prefix.IsValid():
			c.bad(field, "is empty")
			continue
		case a.Prefix != a.Prefix.Masked():
			c.bad(field, "%s has host bits set, write %s", a, a.Prefix.Masked())
		case ip.IsMulticast() || ip.IsLoopback() || a.Single() && ip.IsUnspecified():
			c.bad(field, "%s is not an address that packets come from", a)
		case a.MAC.Multicast():
			c.bad(field, "%s: %s is a multicast address", a, a.MAC)
		case a.Single() && p.HasIP(ip) && (a.MAC.IsZero() || a.MAC == p.MAC):
			c.bad(field, "%s is the port's own address: leave it out", a)
		}
		for _, o := range list[:i] {
			c.check(o != a, field, "%s is given twice", a)
		}
	}
}
