package agent

import (
	"slices"

	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// A sub-port is announced by the host that has its parent, and by no other: the commit of its binding checks that the
// parent's binding is the one that this host has made. So a host that has not heard yet that the parent has left cannot
// take the sub-port back, whatever it hears first.
//
//	attach of the parent ─► binding of the parent ─► bindings of its sub-ports, checked against that
//	                                                 withdrawn when the parent is displaced, or gone

// parentOf is the parent of a port here, "" when it is none's sub-port.
func (b *binder) parentOf(port string) string {
	def, _ := b.a.view.Port(port)
	return def.Parent
}

// waitForParents takes out of names the sub-ports whose parents are looked at first. A parent that has one itself is a
// mistake in the store, and might wait for its own sub-port.
func (b *binder) waitForParents(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool {
		parent := b.parentOf(n)
		if parent == "" || b.parentOf(parent) != "" || !b.look[parent] && !slices.Contains(names, parent) {
			return false
		}
		b.look[n] = true
		return true
	})
}

// planSub is plan for a sub-port whose parent is here, and stays.
func (b *binder) planSub(port string, def model.Port, local vport.Local) (plan, bool) {
	on, ok := b.a.view.Binding(def.Parent)
	parent, known := b.a.view.Port(def.Parent)
	if _, lost := b.again[def.Parent]; !ok || !known || lost || on.Host != b.a.hostID {
		return plan{}, false // it is looked at again when the parent is announced
	}
	p := plan{port: port, network: def.Network, bind: true, token: on.Token, uuid: local.UUID, on: store.Check{
		Key: store.Key{Scope: store.NetworkScope(parent.Network), Kind: string(model.KindBinding), ID: def.Parent},
		Rev: on.Rev}}
	if bound, ok := b.a.view.Binding(port); ok {
		p.from, p.rev = bound.Host, bound.Rev
		if r, lost := b.again[port]; lost {
			p.from, p.rev = r.from, r.rev
		} else if bound.Host == b.a.hostID && bound.Token == on.Token {
			b.mine[port] = announced{def.Network, bound.Rev, local}
			return plan{}, false
		}
	}
	return p, true
}

// lacksNetworks reports whether networks of sub-ports here are not followed yet, which the next round will do.
func (f *follower) lacksNetworks() bool {
	for network := range f.a.view.NeededNetworks {
		if _, ok := f.cursor.Scopes[store.NetworkScope(network)]; !ok {
			f.wake.Notify()
			return true
		}
	}
	return false
}

// strayProblems says which interfaces ask for a sub-port.
func (a *Agent) strayProblems(add addProblem) {
	a.view.Strays(func(port, parent string, l vport.Local) {
		add("subport_attached", port, "interface %s asks for it, but it is a sub-port: its guest has it on the interface of "+
			"%s, in a VLAN: attach %s, or remove external_ids:iface-id from %s", l.Name, parent, parent, l.Name)
	})
}
