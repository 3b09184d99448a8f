package catalog

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/vlcp-go/vlcp/common/model"
)

// A mirror is in the network of the port that it copies from, whose hosts make the copies. Beside the port that gets
// them is its companion, by which the host of that one knows what to do with copies that come in a tunnel.
//
//	network blue:  mirror m1 {from: web1, to: probe, to_network: ops, vni: 16711680}
//	network ops:   mirrorend m1 {the same}
//
// Copies have a VNI of the mirror's own, of the same numbers as those of networks, so that they never are a network's
// frames; one that was given up rests as those of networks do.
//
// A port is copied from or copied to, not both: copies of copies could go round in a circle.

const (
	fieldToNetwork = "to_network"

	copiesOf = "mirrored:" // index of a port: what its frames are copied to → mirror
	copiesTo = "copies:"   // index of a port: whose frames are copied to it → mirror
)

// mirrorEnd is what a companion is read into. It is no definition.
type mirrorEnd model.Mirror

func mirrorClaims(m *model.Mirror) []claim {
	r := ref{model.KindMirror, m.Name}
	of := named(copiesOf+m.From, m.Target(), r.String())
	of.field = fieldTo
	if m.To == "" {
		of.field = fieldRemote
	}
	out := []claim{named(string(r.kind), r.name, m.Network), of,
		named(indexIn(ref{model.KindPort, m.From}), r.String(), r.String())}
	if m.To != "" {
		out = append(out, named(copiesTo+m.To, m.From, r.String()),
			named(indexIn(ref{model.KindPort, m.To}), r.String(), r.String()))
	}
	if m.VNI != 0 {
		out = append(out, numbered(indexVNI, int64(m.VNI), r, fieldVNI))
	}
	return out
}

func (w *work) planMirror(e *entry, m *model.Mirror) error {
	old, exists := e.old.(*model.Mirror)
	if exists {
		if err := fixed(e.ref, fieldFrom, old.From, m.From); err != nil {
			return err
		}
		if err := fixed(e.ref, fieldTo, old.Target(), m.Target()); err != nil {
			return err
		}
		m.VNI = cmp.Or(m.VNI, old.VNI)
	}
	if err := m.Validate(); err != nil {
		return err
	}
	m.Canonical()
	from, err := w.mirrorPort(e, fieldFrom, m.From)
	if err != nil {
		return err
	}
	if err := w.inNetwork(e, fieldNetwork, &m.Network, from); err != nil {
		return err
	}
	if m.To != "" {
		to, err := w.mirrorPort(e, fieldTo, m.To)
		if err != nil {
			return err
		}
		if err := w.inNetwork(e, fieldToNetwork, &m.ToNetwork, to); err != nil {
			return err
		}
		if err := w.checkMirrorPorts(e.ref, from.now.(*model.Port), to.now.(*model.Port)); err != nil {
			return err
		}
	}
	if !exists {
		if err := w.checkRoles(e.ref, m); err != nil {
			return err
		}
	}
	e.network, e.now = m.Network, m
	return nil
}

// mirrorPort is a port of a mirror. One that gets a mirror is written, so that of two changes that make it one that is
// copied from and one that is copied to, one fails.
func (w *work) mirrorPort(e *entry, field, port string) (*entry, error) {
	p, err := w.refer(e.ref, field, ref{model.KindPort, port}, false)
	if err == nil && e.old == nil {
		p.touch = true
	}
	return p, err
}

// inNetwork fills in the network of a port, which a file need not say.
func (w *work) inNetwork(e *entry, field string, network *string, port *entry) error {
	if now := networkOf(port.now); *network == "" {
		*network = now
	} else if *network != now {
		return invalid(e.ref, field, "port %s is in network %s, not in %s: leave it out", port.name, now, *network)
	}
	return nil
}

func (w *work) checkMirrorPorts(r ref, from, to *model.Port) error {
	on := cmp.Or(from.Parent, from.Name)
	if on != cmp.Or(to.Parent, to.Name) {
		return nil
	}
	return refuse(r, fieldTo, "%s and %s are on the same interface, that of %s, whose guest would get its own frames: "+
		"name another port", from.Name, to.Name, on)
}

// checkRoles refuses a new mirror that copies from where others copy to, or the other way round.
func (w *work) checkRoles(r ref, m *model.Mirror) error {
	for _, x := range []struct{ index, port, field, role string }{
		{copiesTo + m.From, m.From, fieldFrom, "gets the copies of"}, {copiesOf + m.To, m.To, fieldTo, "is copied from by"},
	} {
		if x.port == "" {
			continue
		}
		others, err := w.mirrorsIn(x.index, r)
		if err != nil {
			return err
		}
		if len(others) > 0 {
			return refuse(r, x.field, "%s %s mirror %s, and copies are not copied again: name another port, or delete that "+
				"mirror", x.port, x.role, others[0])
		}
	}
	others, err := w.mirrorsIn(copiesOf+m.From, r)
	if err == nil && len(others) >= model.MirrorsMax {
		return refuse(r, fieldFrom, "%s is copied from by %d mirrors, more are not allowed: delete one that is not needed",
			m.From, len(others))
	}
	return err
}

// mirrorsIn lists the mirrors that an index will have besides r, sorted.
func (w *work) mirrorsIn(index string, r ref) ([]string, error) {
	stored, err := w.c.s.List(w.ctx, index)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, owner := range stored {
		if name, ok := strings.CutPrefix(owner, string(model.KindMirror)+"/"); ok {
			found[name] = true
		}
	}
	for _, e := range w.entries {
		if e.kind != model.KindMirror || e.verb == "" {
			continue
		}
		delete(found, e.name)
		if m, ok := e.now.(*model.Mirror); ok && e.ref != r && slices.ContainsFunc(mirrorClaims(m), func(c claim) bool {
			return c.Index == index
		}) {
			found[e.name] = true
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// allocateMirrors gives VNIs to mirrors that have none.
func (w *work) allocateMirrors(used map[string]map[int64]bool) error {
	var list []*entry
	for _, o := range w.ops {
		if m, ok := w.entries[o.ref].now.(*model.Mirror); ok && m.VNI == 0 {
			list = append(list, w.entries[o.ref])
		}
	}
	if len(list) == 0 {
		return nil
	}
	got, err := w.freeOnWire(indexVNI, span{model.MirrorVNIMin, model.VNIMax}, used, len(list))
	if err != nil {
		return err
	}
	for i, e := range list {
		if i >= len(got) {
			return refuse(e.ref, fieldVNI, "all from %d to %d are in use: delete mirrors that are not needed",
				model.MirrorVNIMin, model.VNIMax)
		}
		e.now.(*model.Mirror).VNI = uint32(got[i])
		e.allocated(fieldVNI)
	}
	return nil
}
