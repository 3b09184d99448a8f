package model

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// ProxiesMax is how many addresses of a subnet may be answered for.
const ProxiesMax = 64

// ProxyAddress is an address that no port has, of a gateway outside or of a virtual router, and the MAC that
// guests are told when they ask for it. Its text form is 10.0.0.1,00:00:5e:00:01:01.
type ProxyAddress struct {
	IP  netip.Addr
	MAC MAC
}

// String is the text form.
func (a ProxyAddress) String() string { return a.IP.String() + "," + a.MAC.String() }

// MarshalText implements encoding.TextMarshaler.
func (a ProxyAddress) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *ProxyAddress) UnmarshalText(b []byte) error {
	text, hw, _ := strings.Cut(string(b), ",")
	ip, err := netip.ParseAddr(strings.TrimSpace(text))
	mac, macErr := ParseMAC(strings.TrimSpace(hw))
	if err != nil || macErr != nil || ip.Zone() != "" || ip.Is4In6() {
		return fmt.Errorf("%q is not a proxy address: write it as 10.0.0.1,00:00:5e:00:01:01", b)
	}
	a.IP, a.MAC = ip, mac
	return nil
}

// Proxied reports whether others than ports are answered for under a.
func (s *Subnet) Proxied(a netip.Addr) bool {
	return slices.ContainsFunc(s.ProxyAddresses, func(p ProxyAddress) bool { return p.IP == a })
}

func (s *Subnet) validateProxies(c *checker) {
	const field = "proxy_addresses"
	list := s.ProxyAddresses
	c.check(len(list) <= ProxiesMax, field, "%d addresses, at most %d are allowed", len(list), ProxiesMax)
	for i, a := range list {
		switch {
		case !a.IP.IsValid():
			c.bad(field, "is empty")
		case a.IP.Is4() && !s.Usable(a.IP):
			c.bad(field, "%s is not a usable address of %s: name it with the subnet that it is of", a.IP, s.CIDR)
		case a.IP.Is6() && !a.IP.IsGlobalUnicast() && !a.IP.IsLinkLocalUnicast():
			c.bad(field, "%s is not an address that a host can have", a.IP)
		case a.IP == s.DHCPServer:
			c.bad(field, "%s is the DHCP server address, which the agents answer for: choose another one with dhcp_server",
				a.IP)
		case a.MAC.IsZero() || a.MAC.Multicast():
			c.bad(field, "%s: %s is not the hardware address of an interface", a.IP, a.MAC)
		case slices.ContainsFunc(list[:i], func(o ProxyAddress) bool { return o.IP == a.IP }):
			c.bad(field, "%s is given twice", a.IP)
		}
	}
}
