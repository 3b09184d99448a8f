package model

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPatternsMeet(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"*", "hv1", true}, {"hv1", "hv1", true}, {"hv1", "hv2", false}, {"hv?", "hv1", true}, {"hv?", "hv", false},
		{"hv*", "*1", true}, {"gpu*", "hv*", false}, {"a*b", "*c", false}, {"a*b*c", "a?c", true}, {"a*b*c", "ab", false},
		{"a*b*c", "a??c", true},
		{"", "hv9", true}, {"*a", "b*", true}, {"??", "*?*", true}, {"?", "??", false},
	} {
		p, o := PhysPort{Host: c.a}, PhysPort{Host: c.b}
		require.Equal(t, c.want, p.Meets(&o), "%s %s", c.a, c.b)
		require.Equal(t, c.want, o.Meets(&p), "%s %s", c.b, c.a)
	}
	hv, gpu := PhysPort{Bridge: "br-a"}, PhysPort{Bridge: "br-b"}
	require.False(t, hv.Meets(&gpu))
	long := PhysPort{Host: strings.Repeat("*a", 120)}
	require.True(t, long.Meets(&long), "at a cost that is that of a product")
}

// Patterns that a name fits both of meet.
func TestPatternsThatFitAName(t *testing.T) {
	pattern := rapid.StringMatching(`[ab*?]{1,6}`)
	rapid.Check(t, func(t *rapid.T) {
		p, o := PhysPort{Host: pattern.Draw(t, "p")}, PhysPort{Host: pattern.Draw(t, "o")}
		some := false
		var try func(name string)
		try = func(name string) {
			some = some || p.Fits(name, "x") && o.Fits(name, "x")
			if len(name) < 7 && !some {
				try(name + "a")
				try(name + "b")
			}
		}
		try("")
		if some || !strings.Contains(p.Host+o.Host, "*") { // a name that fits may be longer
			if got := p.Meets(&o); got != some {
				t.Fatalf("%s and %s: %v", p.Host, o.Host, got)
			}
		}
	})
}

func TestWhatPhysicalNetworksShare(t *testing.T) {
	vlan := func(lo, hi uint32) *PhysNet { return &PhysNet{Type: TypeVLAN, VLAN: Range{lo, hi}} }
	require.Equal(t, "VLANs 150-199", vlan(100, 199).Collides(vlan(150, 300)))
	require.Empty(t, vlan(100, 199).Collides(vlan(200, 300)))
	require.Empty(t, vlan(1, 4094).Collides(&PhysNet{Type: TypeFlat}))
	require.Equal(t, "frames without a tag", (&PhysNet{Type: TypeFlat}).Collides(&PhysNet{Type: TypeFlat}))
}
