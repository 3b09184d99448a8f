package view

import (
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/sorted"
	"github.com/vlcp-go/vlcp/common/store"
)

// What follows is for a store that lost what we have: there, what the view has is compared by value, since revisions of
// two histories say nothing about each other.

// Has reports whether the view holds a document of this key.
func (v *View) Has(k store.Key) bool {
	_, ok := v.docs.rev(k)
	return ok
}

// Keys lists the documents of a scope, sorted.
func (v *View) Keys(s store.Scope) []store.Key {
	return sorted.Collect(v.docs.in(s), store.Key.Compare)
}

// Elsewhere reports whether the object that a document is of counts as that of another scope.
func (v *View) Elsewhere(k store.Key) bool {
	home, _, ok := v.docs.counting(k.Kind, k.ID)
	return ok && home != k.Scope
}

// Same reports whether the view has what a document says. Of kinds that mean nothing here it always does.
func (v *View) Same(d store.Doc) bool {
	id := d.Key.ID
	switch model.Kind(d.Key.Kind) {
	case model.KindPhysNet:
		return same(d, func(x model.PhysNet) bool { p, ok := v.PhysNets.Peek(id); return ok && p == x })
	case model.KindPhysPort:
		return same(d, func(x model.PhysPort) bool { p, ok := v.physPorts[id]; return ok && p == x })
	case model.KindNetwork:
		return same(d, func(x model.Network) bool { n, ok := v.Networks.Peek(id); return ok && n == x })
	case model.KindSubnet:
		return same(d, func(x model.Subnet) bool { s, ok := v.Subnets.Peek(id); return ok && deepEqual(s, x) })
	case model.KindHost:
		return same(d, func(x model.Host) bool { h, ok := v.Hosts.Peek(id); return ok && h == x })
	case model.KindPort:
		return same(d, func(x model.Port) bool { p, ok := v.ports[id]; return ok && deepEqual(p, x) })
	case model.KindSubPort:
		return same(d, func(x model.SubPort) bool { s, ok := v.subs.needs[id]; return ok && s == x })
	case model.KindMirror:
		return same(d, func(x model.Mirror) bool { m, ok := v.Mirrors.Peek(id); return ok && m == x })
	case model.KindMirrorEnd:
		return same(d, func(x model.Mirror) bool { m, ok := v.MirrorEnds.Peek(id); return ok && m == x })
	case model.KindBinding:
		return same(d, func(x model.Binding) bool {
			b, ok := v.bindings[id]
			return ok && b.Host == x.Host && b.Token == x.Token
		})
	}
	return true
}

func same[T any](d store.Doc, is func(T) bool) bool {
	x, err := decode[T](d)
	return err == nil && is(x)
}

// Take takes a document in whatever its revision is.
func (v *View) Take(d store.Doc) error {
	if v.Has(d.Key) {
		v.docs.set(d.Key, 0, false)
	}
	return v.Put(d)
}

// Hosted reports whether a followed port is bound to a host.
func (v *View) Hosted(host string) bool {
	for _, b := range v.bindings {
		if b.Host == host {
			return true
		}
	}
	return false
}
