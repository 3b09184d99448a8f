package model

import (
	"cmp"
	"net/netip"
)

// Directions of a mirror, as its port's guest sees them.
const (
	MirrorIn   = "in"   // what is delivered to the guest
	MirrorOut  = "out"  // what the guest sends
	MirrorBoth = "both" // what "" means, too
)

// MirrorDirections are all.
var MirrorDirections = []string{MirrorIn, MirrorOut, MirrorBoth}

const (
	// MirrorsMax is how many mirrors may copy from one port.
	MirrorsMax = 8

	// MirrorVNIMin to VNIMax is where mirrors get their VNIs from. Networks may have some of them, too: a VNI is one's or
	// the other's.
	MirrorVNIMin = VNIMax - 1<<16 + 1
)

// Mirror has the frames of a port copied to another port, or to a machine outside.
type Mirror struct {
	Name string `json:"name" yaml:"name"`
	// From is the port whose frames are copied.
	From string `json:"from" yaml:"from"`
	// To is the port that gets the copies. Remote, in its place, is the address of a machine that gets them in VXLAN
	// (RFC 7348) from the hosts' tunnel addresses, of whose family it is.
	To     string     `json:"to,omitempty" yaml:"to,omitempty"`
	Remote netip.Addr `json:"remote,omitzero" yaml:"remote,omitempty"`
	// Direction is one of MirrorDirections; "" in a request means MirrorBoth.
	Direction string `json:"direction,omitempty" yaml:"direction,omitempty"`
	// VNI is what copies have between hosts, and no network's frames; 0 in a request means "allocate".
	VNI uint32 `json:"vni,omitempty" yaml:"vni,omitempty"`
	// Network and ToNetwork are those of From and To, filled in by the coordinator.
	Network   string `json:"network,omitempty" yaml:"network,omitempty"`
	ToNetwork string `json:"to_network,omitempty" yaml:"to_network,omitempty"`
}

// In reports whether what is delivered to the guest is copied.
func (m *Mirror) In() bool { return m.Direction != MirrorOut }

// Out reports whether what the guest sends is copied.
func (m *Mirror) Out() bool { return m.Direction != MirrorIn }

// Target is To or Remote as text.
func (m *Mirror) Target() string {
	if m.Remote.IsValid() {
		return m.Remote.String()
	}
	return m.To
}

// Canonical writes what can be said in several ways in one.
func (m *Mirror) Canonical() { m.Direction = cmp.Or(m.Direction, MirrorBoth) }

// Validate checks m by itself.
func (m *Mirror) Validate() error {
	c := check(KindMirror, m.Name)
	c.checkName("from", m.From)
	switch {
	case m.To != "" && m.Remote.IsValid():
		c.bad("to", "%s is given, and remote %s, too: keep one of them", m.To, m.Remote)
	case m.Remote.IsValid():
		c.check(m.Remote.IsGlobalUnicast() && !m.Remote.Is4In6(), "remote", "%s is not the address of a machine", m.Remote)
		c.check(m.ToNetwork == "", "to_network", "%s is given, and no port to copy to: leave it out", m.ToNetwork)
	case m.To == "":
		c.bad("to", "is missing: name the port that gets the copies, or give the address of a machine as remote")
	default:
		c.checkName("to", m.To)
		c.check(m.To != m.From, "to", "a port cannot get copies of its own frames: name another one than %s", m.From)
	}
	switch m.Direction {
	case "", MirrorIn, MirrorOut, MirrorBoth:
	default:
		c.bad("direction", "%q is not %s, %s or %s", m.Direction, MirrorIn, MirrorOut, MirrorBoth)
	}
	c.check(m.VNI <= VNIMax, "vni", "%d is not between 1 and %d: leave it out to have one allocated", m.VNI, VNIMax)
	return c.err()
}
