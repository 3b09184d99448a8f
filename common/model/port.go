package model

import (
	"net/netip"
	"slices"
)

// MoreIPsMax is how many addresses a port may have besides its first.
const MoreIPsMax = 31

// AdminDown in Port.Admin takes the port out of the network.
const (
	AdminDown = "down"
	adminUp   = "up" // "" means the same, and is what is stored
)

// Down reports whether an operator took p out of its network: no frame goes in or out.
func (p *Port) Down() bool { return p.Admin == AdminDown }

// Addresses are all addresses of p, the first one first.
func (p *Port) Addresses() []netip.Addr {
	if !p.IP.IsValid() {
		return p.MoreIPs
	}
	return append([]netip.Addr{p.IP}, p.MoreIPs...)
}

// HasIP reports whether a is an address of p.
func (p *Port) HasIP(a netip.Addr) bool {
	return a.IsValid() && (a == p.IP || slices.Contains(p.MoreIPs, a))
}

// Canonical writes what can be said in several ways in one.
func (p *Port) Canonical() {
	if p.Secured() {
		p.PortSecurity = nil
	}
	if p.Admin == adminUp {
		p.Admin = ""
	}
}

func (p *Port) validateMore(c *checker) {
	const field = "more_ips"
	c.check(len(p.MoreIPs) <= MoreIPsMax, field, "%d addresses, at most %d are allowed", len(p.MoreIPs), MoreIPsMax)
	for i, a := range p.MoreIPs {
		switch {
		case !a.IsValid() || a.Is4In6() || a.Zone() != "":
			c.bad(field, "%q is not an address: write it as 10.0.0.9 or 2001:db8::9", a)
		case a.Is6() && a.IsLinkLocalUnicast():
			c.bad(field, "%s is link-local, and a guest always has the one of its MAC (%s): leave it out", a,
				p.MAC.LinkLocal())
		case !a.IsGlobalUnicast():
			c.bad(field, "%s is not an address that a host can have", a)
		}
		c.check(a != p.IP && !slices.Contains(p.MoreIPs[:i], a), field, "%s is given twice", a)
	}
	c.check(p.Admin == "" || p.Admin == adminUp || p.Admin == AdminDown, "admin", "%q is not up or down", p.Admin)
}
