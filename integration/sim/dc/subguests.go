package dc

import (
	"encoding/binary"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/packet"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// A guest that has sub-ports is several in one machine: one on the interface, and one in each VLAN of it, which is a
// Guest, too. Those are there as soon as they are defined, and come, go and move with the interface.

// vlansPerGuest is how many VLANs guests use: so few that operators ask for the same.
const vlansPerGuest = 4

// createSubPort defines one.
func (w *World) createSubPort() string {
	parents := map[string]bool{}
	for name, p := range w.defs.ports {
		if p.Parent == "" {
			parents[name] = true
		}
	}
	parent, ok := choose(w, parents)
	network, there := choose(w, w.defs.networks)
	if !ok || !there || len(w.defs.ports) >= (portsPerHost+2)*len(w.hosts) {
		return ""
	}
	p := &model.Port{Name: fmt.Sprintf("sub%d", w.step), Network: network, Parent: parent,
		VLAN: uint16(1 + w.rand.IntN(vlansPerGuest))}
	w.secure(p)
	if limit := model.Rate(1e9); w.chance(30) { // so high that nothing is lost
		p.LimitIn, p.LimitOut = &limit, &limit
	}
	w.operator("create sub-port "+p.Name, func(c *catalog.Changes) { c.Create(p) })
	return fmt.Sprintf("create sub-port %s of %s in %s, VLAN %d", p.Name, parent, network, p.VLAN)
}

// retag gives a sub-port another tag.
func (w *World) retag() string {
	name, ok := choose(w, w.defs.ports)
	if !ok || w.defs.ports[name].Parent == "" {
		return ""
	}
	vlan := uint16(1 + w.rand.IntN(vlansPerGuest))
	w.operator("retag "+name, func(c *catalog.Changes) {
		c.Update(model.KindPort, name, func(o catalog.Object) error {
			o.(*model.Port).VLAN = vlan
			return nil
		})
	})
	return fmt.Sprintf("retag %s to VLAN %d", name, vlan)
}

// seat is where a guest in a VLAN is on the wire.
type seat struct {
	parent string
	vlan   uint16
}

// takeSeat notes that a sub-port has a seat. A host that has not heard of it takes its guest for the sub-port that had
// the seat before: what was so of that one may be so of this one, until all have settled.
func (d *definitions) takeSeat(p *model.Port) {
	s := seat{p.Parent, p.VLAN}
	before := d.seats[s]
	d.seats[s] = p.Name
	if before == "" || before == p.Name {
		return
	}
	d.open[p.Name] = d.open[p.Name] || d.open[before]
	for _, n := range d.lately[before] {
		if !slices.Contains(d.lately[p.Name], n) {
			d.lately[p.Name] = append(d.lately[p.Name], n)
		}
	}
	for _, x := range d.watched[before] {
		if !slices.Contains(d.watched[p.Name], x) {
			d.watched[p.Name] = append(d.watched[p.Name], x)
		}
	}
	for b := range maps.Clone(d.was) {
		if b.port == before {
			d.was[binding{p.Name, b.ip, b.mac}] = true
		}
	}
}

// subPortsOf lists the sub-ports of a port.
func (w *World) subPortsOf(parent string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(w.defs.ports)) {
		if w.defs.ports[name].Parent == parent {
			out = append(out, name)
		}
	}
	return out
}

// withSubPorts adds to ports those of their sub-ports that are not among them.
func (w *World) withSubPorts(ports []string) []string {
	out := slices.Clone(ports)
	for _, p := range ports {
		for _, s := range w.subPortsOf(p) {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// all lists the guests of a host, by interface and VLAN.
func (h *Host) all() []*Guest {
	var out []*Guest
	for _, n := range slices.Sorted(maps.Keys(h.guests)) {
		out = append(out, h.guests[n])
		out = append(out, h.guests[n].subGuests()...)
	}
	return out
}

// subGuests are those in the VLANs of a guest's interface, by name.
func (g *Guest) subGuests() []*Guest {
	out := make([]*Guest, 0, len(g.subs))
	for _, name := range slices.Sorted(maps.Keys(g.subs)) {
		out = append(out, g.subs[name])
	}
	return out
}

// syncSubGuests makes the guests in VLANs those that are defined.
func (w *World) syncSubGuests() {
	for _, h := range w.hosts {
		for _, n := range slices.Sorted(maps.Keys(h.guests)) {
			h.guests[n].syncSubGuests()
		}
	}
}

func (g *Guest) syncSubGuests() {
	w := g.h.w
	for _, s := range g.subGuests() {
		if def := w.defs.ports[s.port]; def == nil || def.Parent != g.port {
			s.end()
		} else if def.VLAN != s.vlan {
			s.vlan = def.VLAN
			s.life++
		}
	}
	for _, name := range w.subPortsOf(g.port) {
		if g.subs[name] != nil {
			continue
		}
		def := w.defs.ports[name]
		s := &Guest{h: g.h, port: name, parent: g, vlan: def.VLAN, mac: def.MAC, since: w.clock.Now(),
			shaken: w.clock.Now(), paused: g.paused, quiet: g.quiet, arp: map[netip.Addr]model.MAC{}}
		if g.subs == nil {
			g.subs = map[string]*Guest{}
		}
		g.subs[name] = s
		s.ask()
		s.renewLater()
	}
}

// end is for a guest in a VLAN that there is no more.
func (g *Guest) end() {
	g.gone = true
	g.life++
	delete(g.parent.subs, g.port)
}

// carrier is the guest whose interface it is.
func (g *Guest) carrier() *Guest {
	if g.parent != nil {
		return g.parent
	}
	return g
}

// behind is the guest that gets a frame which left the switch for an interface, and the frame as it sees it; nil when
// nobody there listens to its tag.
func (g *Guest) behind(frame []byte) (*Guest, []byte) {
	if binary.BigEndian.Uint16(frame[12:]) != packet.EtherTypeVLAN {
		return g, frame
	}
	for _, s := range g.subs {
		if s.vlan == binary.BigEndian.Uint16(frame[14:])&0xfff {
			return s, append(slices.Clone(frame[:12]), frame[16:]...)
		}
	}
	return nil, nil
}

// wire is a frame as it comes in by the interface.
func (g *Guest) wire(frame []byte) []byte {
	if g.parent == nil {
		return frame
	}
	tag := binary.BigEndian.AppendUint16([]byte{packet.EtherTypeVLAN >> 8, packet.EtherTypeVLAN & 0xff}, g.vlan)
	return slices.Concat(frame[:12], tag, frame[12:])
}

// takes reports whether a switch has a flow for frames of a guest.
func (h *Host) takes(g *Guest) bool {
	for _, f := range h.sw.Flows() {
		n, ok := f.Match.GetUint(oxm.InPort)
		if !ok || f.Table != 0 || n != uint64(g.carrier().number) {
			continue
		}
		vlan, tagged := f.Match.Get(oxm.VLANVID)
		id, _ := f.Match.GetUint(oxm.VLANVID)
		if g.parent == nil && !tagged || g.parent != nil && tagged && vlan.Mask == nil && id&0xfff == uint64(g.vlan) {
			return true
		}
	}
	return false
}
