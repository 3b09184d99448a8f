package catalog

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

func (w *work) planPhysNet(e *entry, p *model.PhysNet) error {
	if err := p.Validate(); err != nil {
		return err
	}
	old, ok := e.old.(*model.PhysNet)
	if e.now = p; !ok {
		return nil // nothing leads to it yet, or it is planned after this
	}
	w.wired = w.wired || narrower(old.VLAN, p.VLAN)
	if err := fixed(e.ref, fieldType, old.Type, p.Type); err != nil {
		return err
	}
	if narrower(p.VNI, old.VNI) || narrower(p.VLAN, old.VLAN) || p.GuestMTU() < old.GuestMTU() {
		w.shrunk = append(w.shrunk, e)
	}
	return nil
}

func narrower(now, old model.Range) bool { return now.Lo > old.Lo || now.Hi < old.Hi }

// checkShrunk looks at what is left of the physical networks that shrink, once all networks are planned.
func (w *work) checkShrunk() error {
	for _, e := range w.shrunk {
		if err := w.checkUsers(e.ref, e.now.(*model.PhysNet)); err != nil {
			return err
		}
	}
	return nil
}

// usersOf lists the stored networks of a physical network. That no other one comes in between is ensured by the
// revision of its guard.
func (w *work) usersOf(r ref) ([]ref, error) {
	guard, err := w.c.s.Get(w.ctx, guardKey(r.name))
	if err != nil {
		return nil, err
	}
	w.checks[guardKey(r.name)] = store.Absent
	if guard[0] != nil {
		w.checks[guardKey(r.name)] = guard[0].Rev
	}
	users, err := w.c.s.List(w.ctx, indexIn(r))
	if err != nil {
		return nil, err
	}
	refs := make([]ref, 0, len(users))
	for _, name := range slices.Sorted(maps.Keys(users)) {
		if model.CheckName(model.KindNetwork, name) == nil { // else it is an uplink
			refs = append(refs, ref{model.KindNetwork, name})
		}
	}
	return refs, w.load(slices.Clone(refs)...)
}

// checkAlone refuses a second network on a flat physical network.
func (w *work) checkAlone(r, physnet ref) error {
	if _, err := w.usersOf(physnet); err != nil {
		return err
	}
	for _, o := range w.entries {
		if n, ok := o.now.(*model.Network); ok && o.ref != r && n.PhysNet == physnet.name {
			return refuse(r, fieldPhysNet, "%s is of type %s, which carries one network, and has %s: use type %s, or another "+
				"physical network", physnet.name, model.TypeFlat, n.Name, model.TypeVLAN)
		}
	}
	return nil
}

// checkUsers refuses a range or an MTU that existing networks do not fit into.
func (w *work) checkUsers(r ref, p *model.PhysNet) error {
	refs, err := w.usersOf(r)
	if err != nil {
		return err
	}
	for _, u := range refs {
		n, ok := w.entries[u].now.(*model.Network)
		switch {
		case !ok: // goes
		case n.VLAN != 0 && !p.VLAN.Contains(uint32(n.VLAN)):
			return refuse(r, fieldVLAN, "range %s leaves out %d, which network %s uses: give it another VLAN first, or "+
				"keep %d in the range", p.VLAN, n.VLAN, n.Name, n.VLAN)
		case n.VNI != 0 && !p.VNI.Contains(n.VNI):
			return refuse(r, fieldVNI, "range %s leaves out %d, which network %s uses: give it another VNI first, or "+
				"keep %d in the range", p.VNI, n.VNI, n.Name, n.VNI)
		case n.MTU > p.GuestMTU():
			return refuse(r, fieldMTU, "network %s has MTU %d, with this one %d would be possible: lower it first",
				n.Name, n.MTU, p.GuestMTU())
		}
	}
	return nil
}

func (w *work) planNetwork(e *entry, n *model.Network) error {
	old, exists := e.old.(*model.Network)
	if exists {
		if err := fixed(e.ref, fieldPhysNet, old.PhysNet, n.PhysNet); err != nil {
			return err
		}
		if n.Tag = cmp.Or(n.Tag, old.Tag); n.Tag != old.Tag {
			return fixed(e.ref, fieldTag, strconv.Itoa(int(old.Tag)), strconv.FormatUint(uint64(n.Tag), 10))
		}
		if e.verb == Apply {
			n.VNI, n.VLAN, n.MTU = cmp.Or(n.VNI, old.VNI), cmp.Or(n.VLAN, old.VLAN), cmp.Or(n.MTU, old.MTU)
		}
	}
	if err := n.Validate(); err != nil {
		return err
	}
	if n.Tag > tagMax {
		return invalid(e.ref, fieldTag, "%d is not between %d and %d: leave it out", n.Tag, tagMin, tagMax)
	}
	p, err := w.refer(e.ref, fieldPhysNet, ref{model.KindPhysNet, n.PhysNet}, !exists || *n != *old)
	if err != nil {
		return err
	}
	if err := fits(e.ref, n, p.now.(*model.PhysNet)); err != nil {
		return err
	}
	if p.now.(*model.PhysNet).Type == model.TypeFlat && !exists {
		if err := w.checkAlone(e.ref, p.ref); err != nil {
			return err
		}
	}
	if err := n.Validate(); err != nil {
		return fmt.Errorf("with the MTU derived from physnet %s: %w", n.PhysNet, err)
	}
	e.now = n
	return nil
}

// fits gives n its MTU and refuses what p does not offer.
func fits(r ref, n *model.Network, p *model.PhysNet) error {
	top := p.GuestMTU()
	n.MTU = cmp.Or(n.MTU, top)
	switch {
	case n.MTU > top:
		return invalid(r, fieldMTU, "%d is over %d, which is the MTU of physnet %s less %d bytes for encapsulation: use at "+
			"most %d, or raise the MTU of the physnet", n.MTU, top, p.Name, p.Overhead(), top)
	case n.SuppressARP && p.Type == model.TypeLocal:
		return invalid(r, fieldSuppress, "physnet %s is of type %s, where requests do not leave the host, so that nothing "+
			"is saved: leave it out", p.Name, p.Type)
	case n.SuppressARP && !p.Tunnelled():
		return invalid(r, fieldSuppress, "physnet %s is of type %s, where machines may be that are no ports and have to be "+
			"asked: it is for types %s and %s", p.Name, p.Type, model.TypeVXLAN, model.TypeGeneve)
	case n.VNI != 0 && !p.Tunnelled():
		return invalid(r, fieldVNI, "physnet %s is of type %s, whose networks have none: leave it out", p.Name, p.Type)
	case n.VLAN != 0 && p.Type != model.TypeVLAN:
		return invalid(r, fieldVLAN, "physnet %s is of type %s, whose networks have none: leave it out", p.Name, p.Type)
	case n.VLAN != 0 && !p.VLAN.Contains(uint32(n.VLAN)):
		return invalid(r, fieldVLAN, "%d is not in the range %s of physnet %s: leave it out to have one allocated, or "+
			"extend the range", n.VLAN, p.VLAN, p.Name)
	case n.VNI != 0 && !p.VNI.Contains(n.VNI):
		return invalid(r, fieldVNI, "%d is not in the range %s of physnet %s: leave it out to have one allocated, or "+
			"extend the range", n.VNI, p.VNI, p.Name)
	case n.Learning && !p.Uplinks():
		return invalid(r, fieldLearning, "physnet %s is of type %s, where every machine is a port and there is nobody to "+
			"learn: leave it out, or use a physnet of type %s or %s", p.Name, p.Type, model.TypeVLAN, model.TypeFlat)
	}
	return nil
}

func (w *work) planPhysPort(e *entry, p *model.PhysPort) error {
	if err := p.Validate(); err != nil {
		return err
	}
	p.Interface = cmp.Or(p.Interface, p.Name)
	p.Host, p.Bridge = cmp.Or(p.Host, "*"), cmp.Or(p.Bridge, "*")
	to, err := w.refer(e.ref, fieldPhysNet, ref{model.KindPhysNet, p.PhysNet}, true)
	if err != nil {
		return err
	}
	if on := to.now.(*model.PhysNet); !on.Uplinks() {
		return invalid(e.ref, fieldPhysNet, "%s is of type %s, which has no uplinks: they are for types %s and %s", on.Name,
			on.Type, model.TypeVLAN, model.TypeFlat)
	}
	w.wired = true
	e.now = p
	return nil
}
