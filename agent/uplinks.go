package agent

import (
	"strings"

	"github.com/vlcp-go/vlcp/common/model"
)

// findUplinks chooses the uplink of each physical network, by the definitions and the interfaces that there are, and
// the tunnel port of those in tunnels. What is behind another uplink than before has to hear of the guests here.
func (a *Agent) findUplinks() {
	before := map[string]uint32{}
	a.view.Uplinks.Each(func(physnet string, port uint32) { before[physnet] = port })
	a.uplinks = a.view.SetUplinks(a.hostName, a.cfg.OVS.Bridge, a.ports.tracker.OFPort)
	for _, u := range a.uplinks {
		if u.Port != 0 && u.Port != before[u.PhysNet] {
			a.announcer.moved(u.PhysNet)
		}
	}
	a.findTunnels()
}

// uplinkProblems says which networks that have ports here cannot leave the host, and where the choice is not clear.
func (a *Agent) uplinkProblems(add func(code, object, format string, args ...any)) {
	used := map[string]string{} // physical network → one of its networks that is here
	a.view.Networks.Each(func(name string, n model.Network) {
		if old, ok := used[n.PhysNet]; len(a.view.LocalPorts.Peek(name)) > 0 && (!ok || name < old) {
			used[n.PhysNet] = name
		}
	})
	for _, u := range a.uplinks {
		network, here := used[u.PhysNet]
		switch {
		case !here:
		case u.Name == "":
			add("uplink_undefined", u.PhysNet, "no uplink to it fits host %s, so guests of network %s reach nobody outside: "+
				"vlcp-coordinator physport create INTERFACE --physnet %s --host %s", a.hostName, network, u.PhysNet, a.hostName)
		case u.Port == 0:
			add("uplink_missing", u.PhysNet, "bridge %s has no interface %s, which physport %s says leads to it, so guests of "+
				"network %s reach nobody outside: ovs-vsctl add-port %s %s", a.cfg.OVS.Bridge, u.Interface, u.Name, network,
				a.cfg.OVS.Bridge, u.Interface)
		}
		if here && len(u.Others) > 0 {
			add("uplink_ambiguous", u.PhysNet, "physports %s and %s fit this host equally well, %s is used: make the "+
				"patterns different with vlcp-coordinator physport update", u.Name, strings.Join(u.Others, ", "), u.Name)
		}
	}
}
