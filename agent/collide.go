package agent

import (
	"encoding/json"
	"slices"

	"github.com/vlcp-go/vlcp/common/incremental"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// collides reports whether what is new has been given what we know to be another's: the store does not know that one
// any more, and has given it out again. Whatever is in a network that collides is refused with it.
func (f *follower) collides(d store.Doc) bool {
	switch kind := model.Kind(d.Key.Kind); {
	case kind == model.KindNetwork:
		return f.networkCollides(d)
	case kind == model.KindMirror, kind == model.KindMirrorEnd:
		var m model.Mirror
		return json.Unmarshal(d.Value, &m) == nil && f.mirrorWith(m.VNI, m.Name) || f.barred(d.Key.Scope)
	case f.barred(d.Key.Scope):
		return true
	case kind == model.KindPort:
		return f.portCollides(d)
	}
	return false
}

// barred reports whether the network of a scope was refused as a whole.
func (f *follower) barred(s store.Scope) bool {
	k := store.Key{Scope: s, Kind: string(model.KindNetwork), ID: store.NetworkOf(s)}
	_, refused := f.hold.refused[s][k]
	return refused && !f.a.view.Has(k)
}

// networkCollides reports whether another network has a number of this one. No two have in one store, so the other one
// is kept: their frames would get from one into the other, in the switch with the same tag, on the wire with the same
// VNI, or VLAN of a physical network.
func (f *follower) networkCollides(d store.Doc) (yes bool) {
	var n model.Network
	if json.Unmarshal(d.Value, &n) != nil {
		return false
	}
	v := f.a.view
	p, _ := v.PhysNets.Peek(n.PhysNet)
	wired := p.Type == model.TypeVLAN || p.Type == model.TypeFlat
	yes = n.VNI != 0 && f.mirrorWith(n.VNI, "")
	v.Networks.Each(func(name string, o model.Network) {
		yes = yes || name != n.Name && (o.Tag == n.Tag || n.VNI != 0 && o.VNI == n.VNI ||
			wired && o.PhysNet == n.PhysNet && o.VLAN == n.VLAN)
	})
	return yes
}

// mirrorWith reports whether another mirror than this one has a VNI. One that has that of a network's copies into it.
func (f *follower) mirrorWith(vni uint32, but string) (yes bool) {
	for _, t := range []*incremental.Table[string, model.Mirror]{f.a.view.Mirrors, f.a.view.MirrorEnds} {
		t.Each(func(name string, m model.Mirror) { yes = yes || m.VNI == vni && name != but })
	}
	f.a.view.Networks.Each(func(_ string, n model.Network) { yes = yes || but != "" && n.VNI == vni })
	return yes
}

// portCollides reports whether another port of its network has an address of this one, or another sub-port of its
// parent, in whichever network, its VLAN. No two have in one store, so the other one is kept, whether the store does
// not have it or has it with others.
func (f *follower) portCollides(d store.Doc) (yes bool) {
	var p model.Port
	if json.Unmarshal(d.Value, &p) != nil {
		return false
	}
	own := p.Addresses()
	f.a.view.EachPort(func(name string, o model.Port) {
		address := o.Network == p.Network && (o.MAC == p.MAC || slices.ContainsFunc(own, o.HasIP))
		vlan := p.Parent != "" && o.Parent == p.Parent && o.VLAN == p.VLAN
		yes = yes || name != p.Name && (address || vlan)
	})
	return yes
}

// drop forgets a scope that nobody here needs any more, with what was refused of it.
func (f *follower) drop(s store.Scope) {
	f.a.view.Drop(s)
	f.a.keeper.drop(s)
	f.moved = true
	if h := f.hold; h != nil && len(h.refused[s]) > 0 {
		delete(h.refused, s)
		f.reconsider()
	}
}
