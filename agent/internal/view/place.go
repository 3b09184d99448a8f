package view

import (
	"maps"
	"slices"
	"strings"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/model"
)

// SetSelf tells who we are.
func (v *View) SetSelf(s Self) {
	old, _ := v.Self.Peek(struct{}{})
	v.Self.Set(struct{}{}, s)
	if old.Host == s.Host && old.Metered.Limits == s.Metered.Limits {
		return
	}
	for name, def := range v.ports {
		if b, bound := v.bindings[name]; bound && (b.Host == old.Host || b.Host == s.Host) || v.hereAs(name, &def) ||
			old.Metered.Limits != s.Metered.Limits && def.Limits() != (model.Limits{}) {
			v.place(name)
		}
	}
}

// hereAs reports whether a port that is defined so has an interface here.
func (v *View) hereAs(name string, def *model.Port) bool {
	if def.Parent != "" {
		_, here := v.Local(name)
		return here
	}
	_, here := v.locals[name]
	return here
}

// SetLocal tells of a local interface, nil when it is gone.
func (v *View) SetLocal(port string, l *vport.Local) {
	if l == nil {
		delete(v.locals, port)
		delete(v.arrived, port)
	} else {
		v.locals[port] = *l
	}
	v.touched[port] = true // also one that has no place: the store may say that it is here
	subs := v.SubPorts(port)
	for _, sub := range subs {
		v.touched[sub] = true
	}
	v.findLimited(subs)
	v.placeAll(port)
}

// Lost in place of a token says on the interface that another host has taken the port over since. It stays when that
// host detaches: the port does not come back by itself to an interface that may have been forgotten here.
const Lost = "lost"

// Displaced reports whether the local interface of a port was announced by us and has since been taken over by another
// host: the newest attach wins. An interface that carries no claim of ours for this port is a new attach, and wins. A
// binding with the token of our claim is ours, though it may name a host id that we had before.
func (v *View) Displaced(port string) bool {
	port = v.holder(port)
	l, here := v.locals[port]
	if !here {
		return false
	}
	claim := ClaimOf(l, port)
	b, bound := v.bindings[port]
	self, _ := v.Self.Peek(struct{}{})
	return claim == Lost || bound && b.Host != self.Host && claim != "" && claim != b.Token
}

// Standby reports whether a port waits here for its guest: another host has it, an interface of it was attached here
// since, and the guest has not spoken on that yet. So it is while a guest migrates, with the interface made at the
// target long before the guest runs there.
func (v *View) Standby(port string) bool {
	port = v.holder(port)
	l, here := v.locals[port]
	b, bound := v.bindings[port]
	self, _ := v.Self.Peek(struct{}{})
	return here && bound && b.Host != self.Host && ClaimOf(l, port) == "" && v.arrived[port] != l.UUID
}

// Arrive says that the guest of a port runs here, so that the port is.
func (v *View) Arrive(port string) {
	port = v.holder(port)
	if l, here := v.locals[port]; here && v.Standby(port) {
		v.arrived[port] = l.UUID
		v.placeAll(port)
	}
}

// ClaimOf is the token under which the attach of l was announced for this port, "" when it was not.
func ClaimOf(l vport.Local, port string) string {
	token, ok := strings.CutPrefix(l.Claim, vport.Claim(port, ""))
	if !ok {
		return ""
	}
	return token
}

// place computes where a port is and stores it when that is anywhere.
func (v *View) place(name string) {
	def, defined := v.ports[name]
	old, placed := v.Places.Peek(name)
	here, wasHere := v.hereAs(name, &def), old.OFPort != 0
	if here || wasHere {
		v.touched[name] = true
	}
	if wasHere && v.byWay[old.source()] == name {
		delete(v.byWay, old.source())
	}
	if !defined || def.Down() {
		if placed {
			v.Places.Delete(name)
		}
		return
	}
	p := Place{Network: def.Network, Subnet: def.Subnet, MAC: def.MAC, IP: def.IP, More: def.MoreIPs,
		Parent: def.Parent, VLAN: def.VLAN,
		Secured: def.Secured(), Allowed: def.AllowedAddresses}
	self, _ := v.Self.Peek(struct{}{})
	if self.Metered.Limits {
		p.Limits = def.Limits()
	}
	switch b, bound := v.bindings[name]; {
	case here && !v.Displaced(name):
		l, _ := v.Local(name)
		p.OFPort = l.OFPort
		p.Trunk = p.Parent != "" || v.hasSubPorts(name)
		if p.Limits != (model.Limits{}) {
			if p.Meter = v.LimitNumber(name); p.Meter == 0 {
				p.Limits = model.Limits{}
			}
		}
		if v.Standby(name) && b.Host != self.Host {
			p.Host = b.Host
		} else {
			p.MirrorIn, p.MirrorOut = v.Mirrored(name)
		}
	case bound && b.Host != self.Host:
		p.Host, p.Need = b.Host, v.needOf(name, def.Network)
	default:
		v.Places.Delete(name)
		return
	}
	if p.OFPort != 0 {
		v.byWay[p.source()] = name
	}
	v.Places.Set(name, p)
}

// TakeTouched returns the ports that were or are here and that something changed for since the last call, sorted.
func (v *View) TakeTouched() []string {
	out := slices.Sorted(maps.Keys(v.touched))
	clear(v.touched)
	return out
}

// Touched reports whether a port is among those that the next TakeTouched returns.
func (v *View) Touched(port string) bool { return v.touched[port] }

// Port is the definition of a port of a followed network.
func (v *View) Port(name string) (model.Port, bool) {
	p, ok := v.ports[name]
	return p, ok
}

// Binding is the binding of a port of a followed network.
func (v *View) Binding(name string) (BindingDoc, bool) {
	b, ok := v.bindings[name]
	return b, ok
}

// Local is the local interface of a port.
func (v *View) Local(name string) (vport.Local, bool) {
	def := v.ports[name]
	if def.Parent == "" {
		l, ok := v.locals[name]
		return l, ok
	}
	l, ok := v.locals[def.Parent]
	if _, known := v.ports[def.Parent]; !ok || !known { // or whether it is on standby would not be known either
		return vport.Local{}, false
	}
	return subLocal(l, def.Parent, name, def.VLAN), true
}

// EachLocal calls fn for every local interface and for the sub-ports on it, in no order.
func (v *View) EachLocal(fn func(port string, l vport.Local)) {
	for name, l := range v.locals {
		if v.ports[name].Parent == "" {
			fn(name, l)
		}
		for sub := range v.subs.children[name] {
			if l, here := v.Local(sub); here {
				fn(sub, l)
			}
		}
	}
}

// LocalCount is the number of local interfaces, defined or not.
func (v *View) LocalCount() int { return len(v.locals) }

// PortBehind names the port behind a local OpenFlow port, in a VLAN if that is not 0; "" when there is none.
func (v *View) PortBehind(n uint32, vlan uint16) string {
	return v.byWay[pipeline.WayTo(n, vlan, false)]
}

func (p Place) source() pipeline.Way { return pipeline.WayTo(p.OFPort, p.VLAN, false) }

// EachPort calls fn for every port of the followed networks, in no order.
func (v *View) EachPort(fn func(name string, p model.Port)) {
	for name, p := range v.ports {
		fn(name, p)
	}
}
