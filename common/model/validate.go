package model

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"time"
)

// Limits and defaults of definitions.
const (
	NameLenMax = 63 // characters

	VNIMax = 1<<24 - 1 // RFC 7348 section 5

	MTUMin         = 576   // bytes: what every IPv4 host takes (RFC 791 section 3.1)
	MTUMax         = 65535 // bytes
	DefaultMTU     = 1500  // bytes, of an underlay
	VXLANOverhead  = 50    // bytes: Ethernet 14, IPv4 20, UDP 8, VXLAN 8
	IPv6Overhead   = 20    // bytes more of IPv6
	LeaseMin       = Duration(time.Minute)
	DefaultLease   = Duration(24 * time.Hour)
	LeaseMax       = Duration(10 * 365 * 24 * time.Hour)
	PrefixBitsMin  = 8  // of a subnet: 16 million addresses
	PrefixBitsMax  = 32 // of a subnet: one address
	DNSServersMax  = 16
	RoutesMax      = 32
	RangesMax      = 16
	hostnameLenMax = 253 // characters, RFC 1035 section 2.3.4
)

// LinkLocalDHCPServer answers DHCP where a subnet is too small to give an address away (RFC 3927 range).
var LinkLocalDHCPServer = netip.AddrFrom4([4]byte{169, 254, 169, 254})

const label = `[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?` // RFC 1123 section 2.1

var (
	nameRE  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	labelRE = regexp.MustCompile(`^` + label + `(\.` + label + `)*$`)
)

// Invalid is a definition that cannot be accepted, with what to do about it.
type Invalid struct {
	Kind    Kind
	Name    string
	Field   string
	Problem string
}

// Error implements error: "subnet blue-v4: cidr: 10.0.0.5/24 has host bits set, write 10.0.0.0/24".
func (e *Invalid) Error() string {
	return fmt.Sprintf("%s %s: %s: %s", e.Kind, e.Name, e.Field, e.Problem)
}

// checker collects what is wrong with one object.
type checker struct {
	kind Kind
	name string
	errs []error
}

func (c *checker) bad(field, format string, args ...any) {
	c.errs = append(c.errs, &Invalid{Kind: c.kind, Name: c.name, Field: field, Problem: fmt.Sprintf(format, args...)})
}

func (c *checker) check(ok bool, field, format string, args ...any) {
	if !ok {
		c.bad(field, format, args...)
	}
}

func (c *checker) err() error { return errors.Join(c.errs...) }

func check(kind Kind, name string) *checker {
	c := &checker{kind: kind, name: name}
	c.checkName("name", name)
	return c
}

func (c *checker) checkName(field, name string) {
	switch {
	case name == "":
		c.bad(field, "is missing")
	case len(name) > NameLenMax:
		c.bad(field, "%d characters, at most %d are allowed", len(name), NameLenMax)
	case !nameRE.MatchString(name):
		c.bad(field, "%q has characters that are not allowed: use letters, digits, '.', '_' and '-', "+
			"starting with a letter or digit", name)
	}
}

// CheckName says what is wrong with the name of an object, nil if nothing.
func CheckName(kind Kind, name string) error { return check(kind, name).err() }

func (c *checker) mtu(n int) {
	c.check(n == 0 || MTUMin <= n && n <= MTUMax, "mtu", "%d is not between %d and %d", n, MTUMin, MTUMax)
}

// Validate checks p by itself.
func (p *PhysNet) Validate() error {
	c := check(KindPhysNet, p.Name)
	p.validateRanges(c)
	c.mtu(p.MTU)
	return c.err()
}

// Validate checks n by itself.
func (n *Network) Validate() error {
	c := check(KindNetwork, n.Name)
	c.checkName("physnet", n.PhysNet)
	c.check(n.VNI <= VNIMax, "vni", "%d is over %d", n.VNI, VNIMax)
	c.check(n.VLAN <= VLANMax, "vlan", "%d is not between %d and %d", n.VLAN, VLANMin, VLANMax)
	n.validateLearning(c)
	n.validateStrategy(c)
	c.mtu(n.MTU)
	return c.err()
}

// Validate checks s by itself.
func (s *Subnet) Validate() error {
	c := check(KindSubnet, s.Name)
	c.checkName("network", s.Network)
	if !c.cidr(s.CIDR) {
		return c.err()
	}
	if s.Gateway.IsValid() {
		c.check(s.Usable(s.Gateway), "gateway", "%s is not a usable address of %s", s.Gateway, s.CIDR)
		c.check(!s.CIDR.IsSingleIP(), "gateway", "%s has one address, which is left for no port then: leave the gateway "+
			"out, or use a shorter prefix", s.CIDR)
	}
	c.check(len(s.Range) <= RangesMax, "range", "%d ranges, at most %d are allowed", len(s.Range), RangesMax)
	for _, r := range s.Range {
		c.check(s.Usable(r.From) && s.Usable(r.To), "range", "%s is not within the usable addresses %s of %s", r,
			s.usable(), s.CIDR)
	}
	for i, r := range s.Range {
		for _, o := range s.Range[:i] {
			c.check(r.To.Less(o.From) || o.To.Less(r.From), "range", "%s and %s overlap", o, r)
		}
	}
	s.validateDHCP(c)
	s.validateProxies(c)
	return c.err()
}

func (c *checker) cidr(p netip.Prefix) bool {
	before := len(c.errs)
	switch {
	case !p.IsValid():
		c.bad("cidr", "is missing")
	case !p.Addr().Is4():
		c.bad("cidr", "%s is not IPv4, which is what this release supports", p)
	case p != p.Masked():
		c.bad("cidr", "%s has host bits set, write %s", p, p.Masked())
	case p.Bits() < PrefixBitsMin || p.Bits() > PrefixBitsMax:
		c.bad("cidr", "%s: the prefix length must be between /%d and /%d", p, PrefixBitsMin, PrefixBitsMax)
	case !p.Addr().IsGlobalUnicast():
		c.bad("cidr", "%s is not a range for hosts (multicast, loopback or link-local)", p)
	}
	return len(c.errs) == before
}

func (s *Subnet) validateDHCP(c *checker) {
	c.check(s.Lease == 0 || LeaseMin <= s.Lease && s.Lease <= LeaseMax, "lease", "%s is not between %s and %s", s.Lease,
		LeaseMin, LeaseMax)
	c.servers("dns", s.DNS)
	c.servers("ntp", s.NTP)
	c.hostname("domain", s.Domain)
	c.check(len(s.Routes) <= RoutesMax, "routes", "%d routes, at most %d are allowed", len(s.Routes), RoutesMax)
	for _, r := range s.Routes {
		ok := r.To.IsValid() && r.To.Addr().Is4() && r.To == r.To.Masked()
		c.check(ok, "routes", "%s: the destination must be an IPv4 prefix without host bits", r)
		c.check(s.Usable(r.Via), "routes", "%s: the next hop is not a usable address of %s", r, s.CIDR)
	}
	if d := s.DHCPServer; d.IsValid() && d != LinkLocalDHCPServer {
		c.check(s.Usable(d), "dhcp_server", "%s is not a usable address of %s", d, s.CIDR)
		c.check(d != s.Gateway, "dhcp_server", "%s is the gateway", d)
	}
}

func (c *checker) servers(field string, list []netip.Addr) {
	c.check(len(list) <= DNSServersMax, field, "%d servers, at most %d are allowed", len(list), DNSServersMax)
	for _, a := range list {
		c.check(a.Is4() && !a.IsMulticast() && !a.IsUnspecified(), field, "%s is not an IPv4 address of a server", a)
	}
}

func (c *checker) hostname(field, name string) {
	c.check(name == "" || len(name) <= hostnameLenMax && labelRE.MatchString(name), field,
		"%q is not a host name (RFC 1123): use letters, digits, '-' and '.'", name)
}

// Validate checks p by itself.
func (p *Port) Validate() error {
	c := check(KindPort, p.Name)
	c.checkName("network", p.Network)
	if p.Subnet != "" {
		c.checkName("subnet", p.Subnet)
	}
	c.check(!p.MAC.Multicast(), "mac", "%s is a multicast address", p.MAC)
	c.check(!p.IP.IsValid() || p.IP.Is4(), "ip", "%s is not IPv4, which the first address has to be: put it into more_ips",
		p.IP)
	c.hostname("hostname", p.Hostname)
	p.validateParent(c)
	p.validateMore(c)
	p.validateOptions(c)
	p.validateLimits(c)
	p.validateAllowed(c)
	return c.err()
}

// CheckIPs says what is wrong with giving its addresses to a port of s, nil if nothing.
func (p *Port) CheckIPs(s *Subnet) error {
	c := &checker{kind: KindPort, name: p.Name}
	if p.IP.IsValid() {
		c.address("ip", p.IP, s)
	}
	for _, a := range p.MoreIPs {
		if a.Is4() {
			c.address("more_ips", a, s)
		} else {
			c.check(!s.Proxied(a), "more_ips", proxied, a, s.Name)
		}
	}
	return c.err()
}

func (c *checker) address(field string, a netip.Addr, s *Subnet) {
	switch {
	case !s.CIDR.Contains(a):
		c.bad(field, "%s is not in subnet %s (%s): choose one that is, or let the guest use it with --allowed-address", a,
			s.Name, s.CIDR)
	case !s.Usable(a):
		c.bad(field, "%s is the network or broadcast address of subnet %s (%s)", a, s.Name, s.CIDR)
	case a == s.Gateway:
		c.bad(field, "%s is the gateway of subnet %s", a, s.Name)
	case a == s.DHCPServer:
		c.bad(field, "%s is the DHCP server address of subnet %s", a, s.Name)
	case s.Proxied(a):
		c.bad(field, proxied, a, s.Name)
	}
}

const proxied = "%s is a proxy address of subnet %s, and so somebody else's: choose another, or take it out there"
