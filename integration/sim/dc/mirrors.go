package dc

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// Mirrors copy what a guest sends, and what is delivered to it, to another guest, of whichever network, or to a machine
// that is no host of ours. A guest that gets copies may see those frames and no others that are not for it, and when
// all is calm it gets each exactly once for every mirror that says so. It does not answer them, as they are not for it.

const mirrorsMax = 6

// collector is the machine outside.
var collector = netip.AddrFrom4([4]byte{192, 0, 2, 250})

// watched is a port that another gets copies of.
type watched struct {
	from, direction string
}

func (d *definitions) rememberMirror(m *model.Mirror) {
	w := watched{m.From, m.Direction}
	if !slices.Contains(d.watched[m.To], w) {
		d.watched[m.To] = append(d.watched[m.To], w)
	}
}

// putMirror takes a mirror over. One that the store has forgotten, and given the number of to another, is given up.
func (d *definitions) putMirror(m *model.Mirror) {
	for _, name := range slices.Sorted(maps.Keys(d.mirrors)) {
		o := d.mirrors[name]
		if name == m.Name || o.VNI != m.VNI {
			continue
		}
		if !d.w.db.lost {
			d.w.fail("mirrors %s and %s are the same on the wire: %+v, %+v", name, m.Name, *o, *m)
		}
		delete(d.mirrors, name)
	}
	d.mirrors[m.Name] = m
	d.rememberMirror(m)
}

// createMirror defines one.
func (w *World) createMirror() string {
	from, ok := choose(w, w.defs.ports)
	to, there := choose(w, w.defs.ports)
	if !ok || !there || from == to || len(w.defs.mirrors) >= mirrorsMax {
		return ""
	}
	m := &model.Mirror{Name: fmt.Sprintf("mirror%d", w.step), From: from, To: to, Direction: w.anyDirection()}
	if w.chance(15) {
		m.To, m.Remote = "", collector
	}
	w.operator("create mirror "+m.Name, func(c *catalog.Changes) { c.Create(m) })
	return fmt.Sprintf("create mirror %s of %s to %s: %s", m.Name, from, m.Target(), m.Direction)
}

func (w *World) anyDirection() string {
	return model.MirrorDirections[w.rand.IntN(len(model.MirrorDirections))]
}

// updateMirror has a mirror copy something else, or takes it away.
func (w *World) updateMirror() string {
	name, ok := choose(w, w.defs.mirrors)
	if !ok {
		return ""
	}
	if w.chance(40) {
		w.operator("delete mirror "+name, func(c *catalog.Changes) { c.Delete(model.KindMirror, name) })
		return "delete mirror " + name
	}
	direction := w.anyDirection()
	w.operator("update mirror "+name, func(c *catalog.Changes) {
		c.Update(model.KindMirror, name, func(o catalog.Object) error {
			o.(*model.Mirror).Direction = direction
			return nil
		})
	})
	return "mirror " + name + " copies " + direction
}

// deleteMirrors deletes those from and to ports.
func (w *World) deleteMirrors(c *catalog.Changes, ports ...string) {
	for _, name := range slices.Sorted(maps.Keys(w.defs.mirrors)) {
		if m := w.defs.mirrors[name]; slices.Contains(ports, m.From) || slices.Contains(ports, m.To) {
			c.Delete(model.KindMirror, name)
		}
	}
}

// copies is how often a guest may get a frame as a copy at most, while hosts may not know better, 0 for not at all.
func (d *definitions) copies(g *Guest, p *probe, e packet.Ethernet) (most int) {
	for _, x := range d.watched[g.port] {
		if x.direction != model.MirrorIn && p.from.port == x.from {
			most++
		}
		reaches := slices.ContainsFunc(p.networks, func(n string) bool { return slices.Contains(d.lately[x.from], n) })
		if x.direction != model.MirrorOut && reaches && (e.Dst[0]&1 != 0 || d.hadMAC(x.from, e.Dst)) {
			most += len(d.w.hosts)
		}
	}
	return most * (1 + p.again)
}

// isCopy reports whether a frame that is no probe, and for another MAC, may be a copy.
func (d *definitions) isCopy(g *Guest, e packet.Ethernet) bool {
	return slices.ContainsFunc(d.watched[g.port], func(x watched) bool {
		return x.direction != model.MirrorIn && d.hadMAC(x.from, e.Src) || x.direction != model.MirrorOut &&
			d.hadMAC(x.from, e.Dst)
	})
}

func (d *definitions) hadMAC(port string, mac model.MAC) bool {
	for b := range d.was {
		if b.port == port && b.mac == mac {
			return true
		}
	}
	return false
}

// arrivedCopy notes a probe that came to g as a copy, and reports whether it was one.
func (d *definitions) arrivedCopy(g *Guest, p *probe, e packet.Ethernet) bool {
	own := slices.ContainsFunc(p.networks, func(n string) bool { return slices.Contains(d.lately[g.port], n) })
	if own && g != p.from && (e.Dst == g.mac || e.Dst[0]&1 != 0) && !slices.Contains(p.arrived, g) {
		return false // for itself
	}
	had := 0
	for _, o := range p.copied {
		if o == g {
			had++
		}
	}
	if had >= d.copies(g, p, e) {
		return false
	}
	p.copied = append(p.copied, g)
	d.w.stats.Copies++
	return true
}

// collect notes a copy that goes to the machine outside: of a probe, or of a question for an address that nobody has.
func (d *definitions) collect(frame []byte) {
	id := probeOf(frame)
	if e, err := packet.ParseEthernet(frame); err == nil && e.Type == packet.EtherTypeARP {
		if a, err := packet.ParseARP(e.Payload); err == nil && a.Op == 1 {
			id = unknownID(a.TargetIP)
		}
	}
	if p := d.probes[id]; p != nil {
		p.collected++
	}
}

// copiesOf is who gets a frame as a copy, as often as mirrors say, and how often the machine outside does. Who may get
// a frame for itself, too, does not know which of them is which.
func (w *World) copiesOf(e expected, all []*Guest) (to []*Guest, collected int) {
	for _, name := range slices.Sorted(maps.Keys(w.defs.mirrors)) {
		m := w.defs.mirrors[name]
		n := 0
		if m.Out() && e.from.port == m.From && !w.defs.isDown(m.From) {
			n++
		}
		if m.In() && slices.ContainsFunc(e.to, func(g *Guest) bool { return g.port == m.From }) {
			n++
		}
		if m.Remote.IsValid() {
			collected += n
			continue
		}
		for _, g := range all {
			if g.port == m.To && !w.defs.isDown(m.To) {
				to = append(to, slices.Repeat([]*Guest{g}, n)...)
			}
		}
	}
	return to, collected
}

func (d *definitions) isDown(port string) bool { p := d.ports[port]; return p == nil || p.Down() }

// lostCopies reports whether a problem is one of a mirror that is right: it has nobody to copy to, or copies from a
// network whose frames are as large as what is between the hosts takes.
func (w *World) lostCopies(code, mirror string) bool {
	m := w.defs.mirrors[mirror]
	switch {
	case m == nil:
		return false
	case code == "mirror_mtu":
		from := w.defs.ports[m.From]
		return from != nil && !inTunnels(w.defs.networks[from.Network].PhysNet)
	}
	return code == "mirror_no_target" && (w.defs.isDown(m.To) || w.idle(m.To))
}

// putBackMirrors makes the store have the mirrors that operators mean, as far as it has their ports and nobody else has
// their numbers.
func (w *World) putBackMirrors(meant map[string]*model.Mirror) {
	for _, name := range slices.Sorted(maps.Keys(meant)) {
		ch := new(catalog.Changes)
		ch.Apply(clone(meant[name]))
		if _, err := w.onServer().Commit(context.Background(), ch); err != nil {
			w.log("mirror %s is given up: %v", name, err)
			delete(w.defs.mirrors, name)
			continue
		}
		w.defs.putMirror(meant[name])
	}
}
