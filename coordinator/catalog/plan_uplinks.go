package catalog

import (
	"slices"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// uplink is a way to a physical network, and that network.
type uplink struct {
	port *model.PhysPort
	net  *model.PhysNet
	ours bool // one of them is of this change
	made bool // the way is
}

// checkUplinks refuses two physical networks that would meet on an interface: frames of one would be taken for the
// other's. That no other one comes in between is ensured by the revision of a document that every such change writes.
func (w *work) checkUplinks() error {
	if !w.wired {
		return nil
	}
	guard, err := w.c.s.Get(w.ctx, uplinksKey)
	if err != nil {
		return err
	}
	w.checks[uplinksKey] = store.Absent
	if guard[0] != nil {
		w.checks[uplinksKey] = guard[0].Rev
	}
	all, err := w.uplinks()
	if err != nil {
		return err
	}
	for i, a := range all {
		for _, b := range all[:i] {
			if err := collide(a, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// collide refuses what two ways to physical networks have in common that they must not.
func collide(a, b uplink) error {
	if a.net.Name == b.net.Name {
		return twins(a, b)
	}
	what := a.net.Collides(b.net)
	if what == "" || a.port.Interface != b.port.Interface || !a.ours && !b.ours ||
		!a.port.Meets(b.port) {
		return nil
	}
	if !a.ours {
		a, b = b, a
	}
	return refuse(ref{model.KindPhysPort, a.port.Name}, fieldPhysNet, "%s and %s (by physport %s) would share %s on "+
		"interface %s: give them VLANs of their own, or other interfaces or hosts", a.net.Name, b.net.Name, b.port.Name, what,
		a.port.Interface)
}

// twins refuses a second way to a physical network for the same hosts and bridges: nobody has said which one counts.
func twins(a, b uplink) error {
	if !a.made {
		a, b = b, a
	}
	if !a.made || a.port.Host != b.port.Host || a.port.Bridge != b.port.Bridge {
		return nil
	}
	return refuse(ref{model.KindPhysPort, a.port.Name}, fieldHost, "%s, on bridge %s, is also that of physport %s, which "+
		"leads to %s, too: make one pattern more specific, or update that physport", a.port.Host, a.port.Bridge, b.port.Name,
		a.net.Name)
}

// uplinks lists those that there will be, by name.
func (w *work) uplinks() ([]uplink, error) {
	docs, err := w.c.s.Read(w.ctx, store.ScopePhysNets)
	if err != nil {
		return nil, err
	}
	var refs []ref
	for _, d := range docs {
		if k := model.Kind(d.Key.Kind); k == model.KindPhysPort || k == model.KindPhysNet {
			refs = append(refs, ref{k, d.Key.ID})
		}
	}
	if err := w.load(refs...); err != nil {
		return nil, err
	}
	var out []uplink
	for _, e := range w.entries {
		p, ok := e.now.(*model.PhysPort)
		if !ok {
			continue
		}
		if to := w.entries[ref{model.KindPhysNet, p.PhysNet}]; to != nil && to.now != nil {
			out = append(out, uplink{p, to.now.(*model.PhysNet), e.verb != "" || to.verb != "", e.verb != ""})
		}
	}
	slices.SortFunc(out, func(a, b uplink) int { return compare(a.port.Name, b.port.Name) })
	return out, nil
}
