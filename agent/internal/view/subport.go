package view

import (
	"hash/fnv"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// A sub-port has no interface. It is where its parent's is, with everything that follows from that: it is displaced and
// on standby with it, and its guest speaks when the parent's does.
//
//	network of the parent: subport documents ─► which networks are needed ─► follower
//	network of a sub-port: its definition ─► children of the parent ─ place() with the parent ─► Places
type subPorts struct {
	needs    map[string]model.SubPort   // by sub-port: what the networks of parents say
	parents  map[string]map[string]bool // parent → sub-ports, as those networks say
	children map[string]map[string]bool // parent → sub-ports, as those are defined
	limited  map[string]bool            // sub-ports here that have limits
	slots    map[string]uint32          // of those, the number for their meters
}

func newSubPorts() subPorts {
	return subPorts{needs: map[string]model.SubPort{}, parents: map[string]map[string]bool{},
		children: map[string]map[string]bool{}, limited: map[string]bool{}, slots: map[string]uint32{}}
}

// setPort takes a definition in, nil when it is gone, and places what it is about.
func (v *View) setPort(name string, p *model.Port) {
	was := v.ports[name]
	old := was.Parent
	if p == nil {
		delete(v.ports, name)
	} else {
		v.ports[name] = *p
	}
	v.setTarget(name, &was, p)
	now := v.ports[name].Parent
	if old != now && old != "" {
		v.touched[name] = true // it was here with that parent, though perhaps down and without a place
		drop(v.subs.children, old, name)
	}
	if old != now && now != "" {
		enter(v.subs.children, now, name)
	}
	if old != "" || now != "" || len(v.subs.children[name]) > 0 {
		v.findLimited(append(v.SubPorts(name), name))
	}
	v.placeAll(name)
	for _, parent := range []string{old, now} {
		if parent != "" {
			v.place(parent) // it may have become one, or be none any more
		}
	}
}

// setNeed takes in what the network of a parent says of a sub-port, nil when that is gone. The network of the sub-port
// may not be followed yet, nor for as long as the store is away: the parent has to know that the tag is not its own.
func (v *View) setNeed(name string, s *model.SubPort) {
	old := v.subs.needs[name].Parent
	if delete(v.subs.needs, name); old != "" {
		drop(v.subs.parents, old, name)
	}
	if s != nil {
		v.subs.needs[name] = *s
		enter(v.subs.parents, s.Parent, name)
		v.place(s.Parent)
	}
	if old != "" {
		v.place(old)
	}
}

// hasSubPorts reports whether a port has sub-ports, in networks that are followed or not.
func (v *View) hasSubPorts(port string) bool {
	return len(v.subs.children[port]) > 0 || len(v.subs.parents[port]) > 0
}

func enter(of map[string]map[string]bool, parent, name string) {
	if of[parent] == nil {
		of[parent] = map[string]bool{}
	}
	of[parent][name] = true
}

func drop(of map[string]map[string]bool, parent, name string) {
	if delete(of[parent], name); len(of[parent]) == 0 {
		delete(of, parent)
	}
}

// placeAll places a port and its sub-ports.
func (v *View) placeAll(name string) {
	v.place(name)
	for _, sub := range v.SubPorts(name) {
		v.place(sub)
	}
}

// Attached reports whether an interface here asks for a port.
func (v *View) Attached(port string) bool {
	_, here := v.locals[port]
	return here
}

// SubPorts lists the sub-ports of a port that are defined in followed networks, sorted.
func (v *View) SubPorts(parent string) []string {
	if len(v.subs.children[parent]) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(v.subs.children[parent]))
}

// NeededNetworks are those of the sub-ports of interfaces that are here, and those that ports here are copied to.
func (v *View) NeededNetworks(yield func(network string) bool) {
	for parent := range v.locals { // there are few beside all trunks of their networks
		for name := range v.subs.parents[parent] {
			if !yield(v.subs.needs[name].Network) {
				return
			}
		}
	}
	for network := range v.mirrorNetworks {
		if !yield(network) {
			return
		}
	}
}

// NeedsScope reports whether a scope is that of one of them.
func (v *View) NeedsScope(s store.Scope) bool {
	for network := range v.NeededNetworks {
		if store.NetworkScope(network) == s {
			return true
		}
	}
	return false
}

// Here reports whether a port has an interface here, or its parent has: also while it is known from the network of its
// parent only.
func (v *View) Here(port string) bool {
	if _, here := v.Local(port); here {
		return true
	}
	s, known := v.subs.needs[port]
	_, here := v.locals[s.Parent]
	return known && here
}

// holder is the port whose interface and binding say where a port is: itself, or its parent.
func (v *View) holder(port string) string {
	if parent := v.ports[port].Parent; parent != "" {
		return parent
	}
	return port
}

// subLocal is the interface of a parent as that of its sub-port.
func subLocal(l vport.Local, parent, name string, vlan uint16) vport.Local {
	l.VLAN = vlan
	if token := ClaimOf(l, parent); token != "" {
		l.Claim = vport.Claim(name, token)
	} else {
		l.Claim = ""
	}
	return l
}

// Strays calls fn for every local interface that asks for a sub-port, which it cannot have, in the order of names.
func (v *View) Strays(fn func(port, parent string, l vport.Local)) {
	for _, name := range slices.Sorted(maps.Keys(v.locals)) {
		if parent := v.ports[name].Parent; parent != "" {
			fn(name, parent, v.locals[name])
		}
	}
}

// findLimited looks which of these ports are sub-ports here that have limits, and gives numbers anew if that is news:
// thousands may be elsewhere, and nobody's number depends on those.
func (v *View) findLimited(ports []string) {
	news := false
	for _, name := range ports {
		def := v.ports[name]
		_, here := v.Local(name)
		is := here && def.Parent != "" && def.Limits() != (model.Limits{})
		if is == v.subs.limited[name] {
			continue
		}
		news = true
		if v.subs.limited[name] = is; !is {
			delete(v.subs.limited, name)
		}
	}
	if news {
		v.assignSlots()
	}
}

// assignSlots gives the sub-ports here that have limits the numbers of their meters. It is a function of their names,
// so that an agent that starts gives the same: each gets that of its hash or the next free one, in the order of their
// names. Of more than there are numbers the last ones get none.
func (v *View) assignSlots() {
	before := v.subs.slots
	v.subs.slots = map[string]uint32{}
	taken := map[uint32]bool{}
	for _, name := range slices.Sorted(maps.Keys(v.subs.limited)) {
		if len(taken) == pipeline.SlotsMax {
			break
		}
		h := fnv.New32a()
		h.Write([]byte(name)) //nolint:errcheck // hash.Hash never fails
		slot := h.Sum32() % pipeline.SlotsMax
		for taken[slot] {
			slot = (slot + 1) % pipeline.SlotsMax
		}
		taken[slot] = true
		v.subs.slots[name] = pipeline.SlotFirst + slot
	}
	for _, name := range slices.Sorted(maps.Keys(v.subs.limited)) {
		if v.subs.slots[name] != before[name] {
			v.place(name)
		}
	}
}

// LimitNumber is the number that meters of a port's limits have, 0 when there is none for it.
func (v *View) LimitNumber(port string) uint32 {
	if v.ports[port].Parent != "" {
		return v.subs.slots[port]
	}
	l := v.locals[port]
	return l.OFPort
}
