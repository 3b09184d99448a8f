package model

import (
	"cmp"
	"path"
	"strings"
)

// Types of physical networks: how logical networks are kept apart on the wire.
const (
	TypeVXLAN  = "vxlan"  // a VNI each, in tunnels between the hosts (RFC 7348)
	TypeGeneve = "geneve" // the same with another header (RFC 8926)
	TypeVLAN   = "vlan"   // a VLAN each, on uplinks that are trunks
	TypeFlat   = "flat"   // one network, untagged on uplinks
	TypeLocal  = "local"  // nowhere: each host has its own
)

// Types are all of them.
var Types = []string{TypeVXLAN, TypeGeneve, TypeVLAN, TypeFlat, TypeLocal}

// VLAN ids that networks can have (IEEE 802.1Q section 9.6: 0 and 4095 are no VLANs).
const (
	VLANMin = 1
	VLANMax = 4094
)

// Uplinks reports whether networks of p leave a host by its uplinks.
func (p *PhysNet) Uplinks() bool { return p.Type == TypeVLAN || p.Type == TypeFlat }

// Overhead is what encapsulation takes of the underlay's MTU, in bytes. A tag does not count: switches add it to what
// they carry (IEEE 802.3 section 3.2.7).
func (p *PhysNet) Overhead() int {
	switch {
	case !p.Tunnelled():
		return 0
	case p.Underlay == UnderlayIPv6:
		return VXLANOverhead + IPv6Overhead
	}
	return VXLANOverhead // Geneve without options has the same
}

// Tunnelled reports whether networks of p are in tunnels.
func (p *PhysNet) Tunnelled() bool { return p.Type == TypeVXLAN || p.Type == TypeGeneve }

// Address families of tunnels.
const (
	UnderlayIPv4 = "ipv4"
	UnderlayIPv6 = "ipv6"
)

func (p *PhysNet) validateTunnel(c *checker) {
	if !p.Tunnelled() {
		c.check(p.UDPPort == 0, "udp_port", "is for types %s and %s, not for %s", TypeVXLAN, TypeGeneve, p.Type)
		c.check(p.Underlay == "", "underlay", "is for types %s and %s, not for %s", TypeVXLAN, TypeGeneve, p.Type)
		return
	}
	c.check(p.Underlay == "" || p.Underlay == UnderlayIPv4 || p.Underlay == UnderlayIPv6, "underlay",
		"%q is neither %s nor %s", p.Underlay, UnderlayIPv4, UnderlayIPv6)
}

// GuestMTU is the largest MTU of networks on p, in bytes.
func (p *PhysNet) GuestMTU() int { return cmp.Or(p.MTU, DefaultMTU) - p.Overhead() }

func (p *PhysNet) validateRanges(c *checker) {
	known := false
	for _, t := range Types {
		known = known || t == p.Type
	}
	c.check(known, "type", "%q is not a type: use one of %s", p.Type, strings.Join(Types, ", "))
	p.validateTunnel(c)
	if p.Tunnelled() {
		c.check(p.VNI != Range{}, "vni", "is missing: give a range, as in 10000-20000")
		c.check(p.VNI == Range{} || p.VNI.Lo >= 1 && p.VNI.Hi <= VNIMax && p.VNI.Lo <= p.VNI.Hi, "vni",
			"range %s is not within 1-%d", p.VNI, VNIMax)
	} else {
		c.check(p.VNI == Range{}, "vni", "is for types %s and %s, not for %s", TypeVXLAN, TypeGeneve, p.Type)
	}
	if p.Type == TypeVLAN {
		c.check(p.VLAN != Range{}, "vlan", "is missing: give a range, as in 100-199")
		c.check(p.VLAN == Range{} || p.VLAN.Lo >= VLANMin && p.VLAN.Hi <= VLANMax && p.VLAN.Lo <= p.VLAN.Hi, "vlan",
			"range %s is not within %d-%d: 0 and 4095 are no VLANs", p.VLAN, VLANMin, VLANMax)
	} else {
		c.check(p.VLAN == Range{}, "vlan", "is for type %s, not for %s", TypeVLAN, p.Type)
	}
}

// PhysPort is an uplink: the interface by which hosts reach a physical network. Of several that fit a host, the one
// whose patterns are the most specific counts.
type PhysPort struct {
	Name    string `json:"name" yaml:"name"`
	PhysNet string `json:"physnet" yaml:"physnet"`
	// Interface on the bridge; "" in a request means Name.
	Interface string `json:"interface,omitempty" yaml:"interface,omitempty"`
	// Host and Bridge are patterns of their names, with * and ?; "" in a request means *.
	Host   string `json:"host,omitempty" yaml:"host,omitempty"`
	Bridge string `json:"bridge,omitempty" yaml:"bridge,omitempty"`
}

// interfaceLenMax is the longest name of a Linux interface.
const interfaceLenMax = 15

// Validate checks p by itself.
func (p *PhysPort) Validate() error {
	c := check(KindPhysPort, p.Name)
	c.checkName("physnet", p.PhysNet)
	name := cmp.Or(p.Interface, p.Name)
	c.check(len(name) <= interfaceLenMax && !strings.ContainsAny(name, "/ "), "interface",
		"%q cannot be the name of an interface, which has at most %d characters", name, interfaceLenMax)
	for field, pattern := range map[string]string{"host": p.Host, "bridge": p.Bridge} {
		_, err := path.Match(pattern, "x")
		c.check(len(pattern) <= hostnameLenMax, field, "%d characters, at most %d are allowed", len(pattern), hostnameLenMax)
		c.check(err == nil && !strings.ContainsAny(pattern, `[]\`), field, "%q is not a pattern: use a name, * and ?",
			pattern)
	}
	return c.err()
}

// Fits reports whether p is for a bridge of a host.
func (p *PhysPort) Fits(host, bridge string) bool {
	return fits(p.Host, host) && fits(p.Bridge, bridge)
}

// Meets reports whether there may be a bridge of a host that both p and o are for.
func (p *PhysPort) Meets(o *PhysPort) bool {
	return meet(cmp.Or(p.Host, "*"), cmp.Or(o.Host, "*")) && meet(cmp.Or(p.Bridge, "*"), cmp.Or(o.Bridge, "*"))
}

// meet reports whether some name fits both patterns: of every beginning of a and every one of b it says whether some
// text fits both.
func meet(a, b string) bool {
	before := make([]bool, len(b)+1)
	for i := range len(a) + 1 {
		row := make([]bool, len(b)+1)
		for j := range row {
			left, up := j > 0 && row[j-1], i > 0 && before[j]
			switch {
			case i == 0 && j == 0:
				row[j] = true
			case i > 0 && a[i-1] == '*', j > 0 && b[j-1] == '*':
				row[j] = left && (i > 0 && a[i-1] == '*' || b[j-1] == '*') || up && (a[i-1] == '*' || j > 0 && b[j-1] == '*')
			case i > 0 && j > 0:
				row[j] = before[j-1] && (a[i-1] == b[j-1] || a[i-1] == '?' || b[j-1] == '?')
			}
		}
		before = row
	}
	return before[len(b)]
}

// Collides says what networks of p and of o would share on the wire of one interface, "" when they are apart. A network
// without a tag and one in a VLAN are.
func (p *PhysNet) Collides(o *PhysNet) string {
	if p.Type != o.Type {
		return ""
	}
	switch lo, hi := max(p.VLAN.Lo, o.VLAN.Lo), min(p.VLAN.Hi, o.VLAN.Hi); {
	case p.Type == TypeFlat:
		return "frames without a tag"
	case p.Type == TypeVLAN && lo <= hi:
		return "VLANs " + Range{lo, hi}.String()
	}
	return ""
}

func fits(pattern, name string) bool {
	ok, err := path.Match(cmp.Or(pattern, "*"), name)
	return ok && err == nil
}

// Specific compares how specific the patterns of two uplinks are: the host's first, a name before a pattern, and of
// patterns the one with more letters. Equal ones are in the order of their names. It is negative when p goes before o.
func (p *PhysPort) Specific(o *PhysPort) int {
	return cmp.Or(weight(o.Host)-weight(p.Host), weight(o.Bridge)-weight(p.Bridge), strings.Compare(p.Name, o.Name))
}

// weight is how specific a pattern is.
func weight(pattern string) int {
	pattern = cmp.Or(pattern, "*")
	letters := len(pattern) - strings.Count(pattern, "*") - strings.Count(pattern, "?")
	if letters == len(pattern) {
		return NameLenMax + letters
	}
	return letters
}
