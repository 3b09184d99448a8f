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
	e.now = p
	if !ok {
		return nil
	}
	if p.VNI.Lo > old.VNI.Lo || p.VNI.Hi < old.VNI.Hi || guestMTU(p) < guestMTU(old) {
		w.shrunk = append(w.shrunk, e)
	}
	return nil
}

// checkShrunk looks at what is left of the physical networks that shrink, once all networks are planned.
func (w *work) checkShrunk() error {
	for _, e := range w.shrunk {
		if err := w.checkUsers(e.ref, e.now.(*model.PhysNet)); err != nil {
			return err
		}
	}
	return nil
}

// checkUsers refuses a range or an MTU that existing networks do not fit into.
func (w *work) checkUsers(r ref, p *model.PhysNet) error {
	guard, err := w.c.s.Get(w.ctx, guardKey(p.Name))
	if err != nil {
		return err
	}
	w.checks[guardKey(p.Name)] = store.Absent
	if guard[0] != nil {
		w.checks[guardKey(p.Name)] = guard[0].Rev
	}
	users, err := w.c.s.List(w.ctx, indexIn(r))
	if err != nil {
		return err
	}
	refs := make([]ref, 0, len(users))
	for _, name := range slices.Sorted(maps.Keys(users)) {
		refs = append(refs, ref{model.KindNetwork, name})
	}
	if err := w.load(slices.Clone(refs)...); err != nil {
		return err
	}
	for _, u := range refs {
		n, ok := w.entries[u].now.(*model.Network)
		switch {
		case !ok || n.VNI == 0: // goes, or gets another number
		case !p.VNI.Contains(n.VNI):
			return refuse(r, fieldVNI, "range %s leaves out %d, which network %s uses: give it another VNI first, or "+
				"keep %d in the range", p.VNI, n.VNI, n.Name, n.VNI)
		case n.MTU > guestMTU(p):
			return refuse(r, fieldMTU, "network %s has MTU %d, with this one %d would be possible: lower it first",
				n.Name, n.MTU, guestMTU(p))
		}
	}
	return nil
}

// guestMTU is the largest MTU of networks on p.
func guestMTU(p *model.PhysNet) int { return cmp.Or(p.MTU, model.DefaultMTU) - model.VXLANOverhead }

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
			n.VNI, n.MTU = cmp.Or(n.VNI, old.VNI), cmp.Or(n.MTU, old.MTU)
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
	if err := n.Validate(); err != nil {
		return fmt.Errorf("with the MTU derived from physnet %s: %w", n.PhysNet, err)
	}
	e.now = n
	return nil
}

// fits gives n its MTU and refuses what p does not offer.
func fits(r ref, n *model.Network, p *model.PhysNet) error {
	top := guestMTU(p)
	n.MTU = cmp.Or(n.MTU, top)
	switch {
	case n.MTU > top:
		return invalid(r, fieldMTU, "%d is over %d, which is the MTU of physnet %s less %d bytes for VXLAN: use at most "+
			"%d, or raise the MTU of the physnet", n.MTU, top, p.Name, model.VXLANOverhead, top)
	case n.VNI != 0 && !p.VNI.Contains(n.VNI):
		return invalid(r, fieldVNI, "%d is not in the range %s of physnet %s: leave it out to have one allocated, or "+
			"extend the range", n.VNI, p.VNI, p.Name)
	}
	return nil
}
