package view

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/common/model"
)

// A network may have its flows on demand: then the ports of other hosts have flows here only while they are wanted.
// Which ones are is a set that the agent keeps, an input as the definitions are:
//
//	network: strategy, count of its ports ─► lazy ─┐
//	wanted: cookies of ports ──────────────────────┴─ needOf() per touched port ─► Place.Need ─► modules' rules
//
// Ports are wanted by the cookie that their flows have, so that who starts knows from the switch alone what was wanted.
type demand struct {
	autoSize int                 // ports of a network with strategy auto from which on it is lazy; 0 for never
	count    map[string]int      // network → its ports
	lazy     map[string]*targets // those whose flows are on demand
	before   map[uint64]bool     // cookies of the networks that were when the agent started
	wanted   map[uint64]string   // cookie → port, "" for one that has no place
}

// targets are the ports of a network by what frames for them have.
type targets struct {
	eager Need // what is there for all of them nevertheless
	macs  map[model.MAC]string
	ips   map[netip.Addr]string
}

// Need says which flows of a port of another host depend on whether it is wanted. Its zero value is for those that
// depend on nothing.
type Need uint8

// What Need consists of.
const (
	LazyL2  Need = 1 << iota // those to its MAC
	LazyARP                  // those that answer for its addresses
	Wanted                   // it is
)

// Without reports whether the flows of a kind, LazyL2 or LazyARP, are not there, and else of which module they are; m
// is whose they are where flows are not on demand.
func (n Need) Without(kind Need, m pipeline.Module) (bool, pipeline.Module) {
	if n&kind == 0 {
		return false, m
	}
	return n&Wanted == 0, pipeline.ModuleDemand
}

func newDemand() demand {
	return demand{count: map[string]int{}, lazy: map[string]*targets{}, before: map[uint64]bool{},
		wanted: map[uint64]string{}}
}

// SetAutoSize says from how many ports on a network with strategy auto has its flows on demand.
func (v *View) SetAutoSize(ports int) { v.demand.autoSize = ports }

// Adopt takes over from an agent before this one what was wanted, and which networks had their flows on demand, by the
// cookies of those.
func (v *View) Adopt(wanted, networks map[uint64]bool) {
	v.demand.before = networks
	for c := range wanted {
		if _, is := v.demand.wanted[c]; !is {
			v.demand.wanted[c] = ""
		}
	}
	v.Networks.Each(func(name string, _ model.Network) {
		v.fitLazy(name)
		if v.demand.lazy[name] != nil {
			v.placeNetwork(name)
		}
	})
}

// ForgetBefore is for when the agent has come up: what was before it decides nothing any more.
func (v *View) ForgetBefore() { clear(v.demand.before) }

// Want says whether a port is wanted.
func (v *View) Want(cookie uint64, is bool) {
	name, was := v.demand.wanted[cookie]
	switch {
	case is && !was:
		v.demand.wanted[cookie] = ""
	case !is && was:
		delete(v.demand.wanted, cookie)
		if name != "" {
			v.place(name)
		}
	}
}

// WantPort has a port wanted.
func (v *View) WantPort(name string) {
	v.Want(pipeline.WantedCookie(name), true)
	v.place(name)
}

// needOf is what a port of another host has in Need.
func (v *View) needOf(name, network string) Need {
	t := v.demand.lazy[network]
	if t == nil {
		return 0
	}
	n := (LazyL2 | LazyARP) &^ t.eager
	c := pipeline.WantedCookie(name)
	if _, is := v.demand.wanted[c]; is {
		v.demand.wanted[c] = name
		n |= Wanted
	}
	return n
}

// EachWanted calls fn with the network of each port that is wanted and has a place, in no order.
func (v *View) EachWanted(fn func(network string)) {
	for _, name := range v.demand.wanted {
		if p, ok := v.Places.Peek(name); ok && p.Need&Wanted != 0 {
			fn(p.Network)
		}
	}
}

// Lazy reports whether the flows of a network are on demand.
func (v *View) Lazy(network string) bool { return v.demand.lazy[network] != nil }

// PortCount is the number of a network's ports, wherever they are.
func (v *View) PortCount(network string) int { return v.demand.count[network] }

// PortWith is the port of a network whose flows are on demand that has a MAC, or an address if that is valid; "" when
// there is none.
func (v *View) PortWith(network string, mac model.MAC, ip netip.Addr) string {
	t := v.demand.lazy[network]
	switch {
	case t == nil:
		return ""
	case ip.IsValid():
		return t.ips[ip]
	}
	return t.macs[mac]
}

// setTarget notes what changes in who has which addresses, and how many ports there are.
func (v *View) setTarget(name string, was, now *model.Port) {
	if t := v.demand.lazy[was.Network]; t != nil {
		t.remove(name, was)
	}
	after := ""
	if now != nil {
		after = now.Network
		if t := v.demand.lazy[after]; t != nil {
			t.add(name, now)
		}
	}
	if was.Network == after {
		return
	}
	v.countPort(was.Network, -1)
	v.countPort(after, 1)
}

func (v *View) countPort(network string, by int) {
	if network == "" {
		return
	}
	if v.demand.count[network] += by; v.demand.count[network] == 0 {
		delete(v.demand.count, network)
	}
	v.fitLazy(network)
}

func (t *targets) add(name string, p *model.Port) {
	t.macs[p.MAC] = name
	for _, ip := range p.Addresses() {
		t.ips[ip] = name
	}
}

func (t *targets) remove(name string, p *model.Port) {
	if t.macs[p.MAC] == name {
		delete(t.macs, p.MAC)
	}
	for _, ip := range p.Addresses() {
		if t.ips[ip] == name {
			delete(t.ips, ip)
		}
	}
}

// fitLazy brings up to date whether the flows of a network are on demand, and which.
func (v *View) fitLazy(network string) {
	n, there := v.Networks.Peek(network)
	t := v.demand.lazy[network]
	if !there || !v.shouldBeLazy(&n, t != nil) {
		if t != nil {
			delete(v.demand.lazy, network)
			v.Lazies.Delete(network)
			v.placeNetwork(network)
		}
		return
	}
	eager := eagerIn(&n)
	switch {
	case t == nil:
		t = &targets{macs: map[model.MAC]string{}, ips: map[netip.Addr]string{}}
		for name, p := range v.ports {
			if p.Network == network {
				t.add(name, &p)
			}
		}
	case t.eager == eager:
		return
	}
	t.eager = eager
	v.demand.lazy[network] = t
	v.Lazies.Set(network, true)
	v.placeNetwork(network)
}

// shouldBeLazy decides for a network, which is lazy already or was when the agent started: one with strategy auto has
// to become a quarter smaller before it is not any more, so that a port that comes and goes moves nothing.
func (v *View) shouldBeLazy(n *model.Network, is bool) bool {
	size := v.demand.autoSize
	switch n.Strategically() {
	case model.StrategyOnDemand:
		return true
	case model.StrategyAuto:
		if is || v.demand.before[pipeline.LazyCookie(n.Name)] {
			size -= size / 4
		}
		return v.demand.autoSize > 0 && v.demand.count[n.Name] >= size
	}
	return false
}

// eagerIn is what is there for all ports of a network, though its flows are on demand: where unknown requests are
// dropped, the switch has to know all addresses, and where it learns who is outside, all MACs that are not.
func eagerIn(n *model.Network) (eager Need) {
	if n.SuppressARP {
		eager |= LazyARP
	}
	if n.Learning {
		eager |= LazyL2
	}
	return eager
}

// placeNetwork places all ports of a network that are defined.
func (v *View) placeNetwork(network string) {
	for name, p := range v.ports {
		if p.Network == network {
			v.place(name)
		}
	}
}
