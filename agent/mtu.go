package agent

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/hostnet"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
)

// linkLook is how often the interface under the tunnels is looked at: somebody may change its MTU.
const linkLook = 10 * time.Second

// Link is an interface of this host.
type Link struct {
	Name string // "" when there is none
	MTU  int    // bytes
}

// linkOf finds the interface that has an address.
func linkOf(addr netip.Addr) (l Link, err error) {
	l.Name, l.MTU, err = hostnet.LinkOf(addr)
	return l, err
}

// watchLink keeps what is known of the interface under the tunnels.
func (a *Agent) watchLink(co *coroutine.Co) error {
	for {
		l, err := coroutine.Call(co, func(context.Context) (Link, error) { return a.env.Link(a.tunnel) })
		if co.Err() != nil {
			return co.Err()
		}
		if err == nil {
			a.link = l
		}
		if err := co.Sleep(linkLook); err != nil {
			return err
		}
	}
}

// mtuProblems says which interfaces are too small for what networks that are here send over them: large packets would
// be lost, and small ones not, which is hard to find.
func (a *Agent) mtuProblems(add addProblem) {
	largest := map[string]model.Network{} // of each physical network that is here
	a.view.Networks.Each(func(name string, n model.Network) {
		if old := largest[n.PhysNet]; len(a.view.LocalPorts.Peek(name)) > 0 &&
			(n.MTU > old.MTU || n.MTU == old.MTU && name < old.Name) {
			largest[n.PhysNet] = n
		}
	})
	for _, u := range a.uplinks {
		n, here := largest[u.PhysNet]
		if mtu := a.ports.tracker.MTU(u.Interface); here && mtu > 0 && n.MTU > mtu {
			add("uplink_mtu", u.PhysNet, "interface %s has MTU %d and network %s %d, so its large packets are lost: ip link "+
				"set %s mtu %d, or vlcp-coordinator network update %s --mtu %d", u.Interface, mtu, n.Name, n.MTU, u.Interface,
				n.MTU, n.Name, mtu)
		}
	}
	var most model.Network
	need := 0
	for physnet, n := range largest {
		p, _ := a.view.PhysNets.Peek(physnet)
		if p.Tunnelled() && a.tunnel.Is6() {
			p.Underlay = model.UnderlayIPv6 // whatever was thought
		}
		if over := p.Overhead(); over > 0 && (n.MTU+over > need || n.MTU+over == need && n.Name < most.Name) {
			most, need = n, n.MTU+over
		}
	}
	if l := a.link; l.MTU > 0 && need > l.MTU {
		add("tunnel_mtu", l.Name, "the interface of the tunnels has MTU %d, and network %s needs %d with encapsulation, so "+
			"its large packets are lost: ip link set %s mtu %d, or vlcp-coordinator network update %s --mtu %d", l.MTU,
			most.Name, need, l.Name, need, most.Name, l.MTU-(need-most.MTU))
	}
}

// proxyProblems says which proxy addresses of networks here nobody can be reached at: in a network without an uplink
// frames to a MAC that no port may use are dropped.
func (a *Agent) proxyProblems(add addProblem) {
	users := map[string]map[model.MAC]bool{} // by network
	a.view.Subnets.Each(func(_ string, s model.Subnet) {
		p, known := a.view.PhysNets.Peek(a.physNetOf(s.Network))
		if len(s.ProxyAddresses) > 0 && known && !p.Uplinks() && len(a.view.LocalPorts.Peek(s.Network)) > 0 {
			users[s.Network] = map[model.MAC]bool{}
		}
	})
	if len(users) == 0 {
		return
	}
	a.view.EachPort(func(_ string, p model.Port) {
		if of := users[p.Network]; of != nil {
			of[p.MAC] = true
			for _, x := range p.AllowedAddresses {
				of[x.MAC] = true
			}
		}
	})
	for _, network := range slices.Sorted(maps.Keys(users)) {
		for _, name := range a.view.NetSubnets.Peek(network) {
			s, _ := a.view.Subnets.Peek(name)
			for _, x := range s.ProxyAddresses {
				if !users[network][x.MAC] {
					add("proxy_unused", name, "guests are told that %s has %s, which no port may use, so what they send there is "+
						"dropped: vlcp-coordinator port update PORT --allowed-address %s,%s for the port that has it", x.IP, x.MAC,
						x.IP, x.MAC)
				}
			}
		}
	}
}

// physNetOf is the physical network of a network.
func (a *Agent) physNetOf(network string) string {
	n, _ := a.view.Networks.Peek(network)
	return n.PhysNet
}

// sharedProblems says which networks here are the same on the wire of an uplink. Definitions do not allow that; they
// may be older than the rule.
func (a *Agent) sharedProblems(add addProblem) {
	type wire struct {
		port uint32
		vlan uint16
	}
	first := map[wire]string{}
	for _, name := range a.view.LocalNetworks() {
		n, _ := a.view.Networks.Peek(name)
		port, ok := a.view.Uplinks.Peek(n.PhysNet)
		if !ok {
			continue
		}
		w := wire{port, n.VLAN}
		if other, taken := first[w]; taken {
			add("uplink_shared", n.PhysNet, "networks %s and %s are the same on the wire of their uplink, what comes from "+
				"there is taken for %s: give one another VLAN, or its physical network another interface", other, name, other)
			continue
		}
		first[w] = name
	}
}
