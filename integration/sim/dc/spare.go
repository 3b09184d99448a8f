package dc

import (
	"fmt"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// useSpare has a host use its other uplink, by a definition that is more specific, or no more.
func (w *World) useSpare() string {
	h := w.anyHost()
	name := fmt.Sprintf("spare%d", h.index)
	if w.defs.spares[name] != nil {
		w.operator("delete uplink "+name, func(c *catalog.Changes) { c.Delete(model.KindPhysPort, name) })
		return "delete uplink " + name
	}
	p := &model.PhysPort{Name: name, PhysNet: office, Interface: spare, Host: fmt.Sprintf("hv%d*", h.index+1)}
	w.operator("create uplink "+name, func(c *catalog.Changes) { c.Create(p) })
	return "create uplink " + name
}

// putSpare notes a definition, nil for none: the hosts that it is for change their uplinks.
func (d *definitions) putSpare(name string, p *model.PhysPort) {
	if p != nil && p.Interface == spare {
		d.spares[name] = p
	} else {
		delete(d.spares, name)
	}
	d.rewired = true
}

// uplinkOf is the interface that a host is to use on a segment: that of the most specific definition.
func (d *definitions) uplinkOf(h *Host, segment string) string {
	if segment == street {
		return access
	}
	for _, p := range d.spares {
		if p.Fits(h.name, bridge) {
			return spare
		}
	}
	return trunk
}

// shifting reports whether the way from one host to another may change for a network, until all has settled.
func (d *definitions) shifting(network string) bool {
	n := d.networks[network]
	return d.shifts[network] || d.rewired && (n == nil || n.PhysNet == office)
}

// outside has a guest and the station outside talk, where there is one.
func (w *World) outside(g *Guest) {
	p := w.defs.ports[g.port]
	if p == nil || w.defs.networks[p.Network] == nil || !onUplinks(w.defs.networks[p.Network]) {
		return
	}
	n := w.defs.networks[p.Network]
	switch w.rand.IntN(3) {
	case 0:
		g.sendOutside(w.defs.newProbe(g), n)
	case 1:
		w.wire.call(n, p.MAC)
	default:
		w.wire.call(n, broadcastMAC)
	}
}

// sendOutside sends a probe to the station.
func (g *Guest) sendOutside(id uint64, n *model.Network) {
	g.h.w.stats.Probes++
	g.send(g.frame(id, g.h.w.wire.stations[n.PhysNet].mac, g.ip, elsewhere))
}
