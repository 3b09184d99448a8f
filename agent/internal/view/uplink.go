package view

import (
	"maps"
	"slices"
	"strings"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/sorted"
)

// Uplink is the interface that was chosen for a physical network on this host.
type Uplink struct {
	PhysNet   string
	Name      string // of the definition, "" when none fits this host
	Interface string
	Port      uint32   // OpenFlow port, 0 while the bridge has no such interface
	Others    []string // definitions that fit as well, and are as specific
}

// SetUplinks chooses the uplink of every physical network that has any, for a bridge of a host. find is the OpenFlow
// port of an interface, 0 for none.
func (v *View) SetUplinks(host, bridge string, find func(ifname string) uint32) []Uplink {
	fit := map[string][]model.PhysPort{}
	for _, name := range slices.Sorted(maps.Keys(v.physPorts)) {
		if p := v.physPorts[name]; p.Fits(host, bridge) {
			fit[p.PhysNet] = append(fit[p.PhysNet], p)
		}
	}
	var out []Uplink
	gone := map[string]bool{}
	v.Uplinks.Each(func(physnet string, _ uint32) { gone[physnet] = true })
	v.PhysNets.Each(func(name string, p model.PhysNet) {
		if p.Uplinks() {
			u := choose(name, fit[name])
			u.Port = find(u.Interface)
			out = append(out, u)
			if u.Port != 0 {
				delete(gone, name)
				v.Uplinks.Set(name, u.Port)
			}
		}
	})
	for name := range gone {
		v.Uplinks.Delete(name)
	}
	sorted.Func(out, func(a, b Uplink) int { return strings.Compare(a.PhysNet, b.PhysNet) })
	return out
}

// LocalNetworks lists the networks that have a port here, sorted.
func (v *View) LocalNetworks() []string {
	var out []string
	v.Networks.Each(func(name string, _ model.Network) {
		if len(v.LocalPorts.Peek(name)) > 0 {
			out = append(out, name)
		}
	})
	slices.Sort(out)
	return out
}

// choose picks the most specific of those that fit.
func choose(physnet string, fit []model.PhysPort) Uplink {
	u := Uplink{PhysNet: physnet}
	if len(fit) == 0 {
		return u
	}
	sorted.Func(fit, func(a, b model.PhysPort) int { return a.Specific(&b) })
	u.Name, u.Interface = fit[0].Name, fit[0].Interface
	for _, o := range fit[1:] {
		if o.Host == fit[0].Host && o.Bridge == fit[0].Bridge && o.Interface != u.Interface {
			u.Others = append(u.Others, o.Name)
		}
	}
	return u
}

// SetTunnels says which tunnel port physical networks have that do not have the usual one; 0 while it is missing.
func (v *View) SetTunnels(by map[string]uint32) {
	var gone []string
	v.Tunnels.Each(func(physnet string, _ uint32) {
		if _, ok := by[physnet]; !ok {
			gone = append(gone, physnet)
		}
	})
	for _, physnet := range gone {
		v.Tunnels.Delete(physnet)
	}
	for physnet, port := range by {
		v.Tunnels.Set(physnet, port)
	}
}
