package dc

import (
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/common/model"
)

// expected is a frame and whom it has to come to: exactly these, once each.
type expected struct {
	from    *Guest
	id      uint64
	to      []*Guest
	outside []uint16 // in these VLANs to the station outside
}

// checkReach has every guest send to every other, to all, and as whoever it may be: those of its network get it, once,
// and nobody else. So does the station outside, and what it sends comes to whom it is for.
func (w *World) checkReach() error {
	if err := w.greet(); err != nil {
		return err
	}
	all := w.allGuests()
	var want []expected
	for _, a := range all {
		if a.ip.IsValid() {
			clear(a.arp)
			want = append(want, w.sendToAll(a, all)...)
		}
	}
	want = append(want, w.callAll(all)...)
	w.wire.strict = true
	err := w.run(reachTime)
	if w.wire.strict = false; err != nil {
		return err
	}
	for _, e := range want {
		p := w.defs.probes[e.id]
		copies, collected := w.copiesOf(e, all)
		if !sameGuests(slices.Concat(p.arrived, p.copied), slices.Concat(e.to, copies)) ||
			!slices.Equal(p.outside, e.outside) || p.collected != collected {
			w.fail("%v does not reach exactly %v, copies %v, VLANs %v and %d times the collector outside: its frame came to "+
				"%v, %v, %v and %d", e.from, e.to, copies, e.outside, collected, p.arrived, p.copied, p.outside, p.collected)
			return w.err
		}
	}
	w.checkSolicited(all)
	w.checkWanted()
	w.defs.settled()
	w.log("%d frames of %d guests came to whom they are for", len(want), len(all))
	return nil
}

// sendToAll has a guest send to each of the others, and to all.
func (w *World) sendToAll(a *Guest, all []*Guest) (want []expected) {
	toAll := expected{from: a, id: w.defs.newProbe(a)}
	def := w.defs.ports[a.port]
	if def == nil {
		def = &model.Port{} // its guest has an address of before
	}
	src := a.otherSource(def)
	for _, b := range all {
		if !w.defs.neighbours(a, b) {
			continue
		}
		toAll.to = append(toAll.to, b)
		w.askIPv6(a, w.defs.ports[b.port])
		if b.ip.IsValid() {
			e := expected{from: a, id: w.defs.newProbe(a), to: []*Guest{b}}
			want = append(want, e)
			a.probe(e.id, b.ip)
		}
		if src.IsValid() {
			e := expected{from: a, id: w.defs.newProbe(a), to: []*Guest{b}}
			want = append(want, e)
			a.send(a.frame(e.id, b.mac, src, elsewhere))
		}
	}
	if n := w.defs.networks[def.Network]; n != nil && onUplinks(n) && !def.Down() {
		toAll.outside = []uint16{n.VLAN}
		e := expected{from: a, id: w.defs.newProbe(a), outside: []uint16{n.VLAN}}
		want = append(want, e)
		a.sendOutside(e.id, n)
	}
	a.sendProbe(toAll.id, broadcastMAC, broadcast)
	return append(append(want, toAll), w.askUnknown(a, def, toAll.to)...)
}

// otherSource is an address besides its own that a guest may send from, invalid when there is none.
func (g *Guest) otherSource(p *model.Port) netip.Addr {
	switch {
	case p.Name == "":
	case !p.Secured():
		return elsewhere
	case len(p.AllowedAddresses) > 0:
		return p.AllowedAddresses[0].Prefix.Addr()
	}
	return netip.Addr{}
}

// callAll has the stations outside send to every guest of their networks, and to all of each.
func (w *World) callAll(all []*Guest) (want []expected) {
	toAll := map[string]*expected{}
	for _, g := range all {
		def := w.defs.ports[g.port]
		if def == nil || def.Down() || w.defs.networks[def.Network] == nil || !onUplinks(w.defs.networks[def.Network]) {
			continue
		}
		n := w.defs.networks[def.Network]
		station := w.wire.stations[n.PhysNet]
		want = append(want, expected{from: station, id: w.wire.call(n, g.mac), to: []*Guest{g}})
		if toAll[n.Name] == nil {
			toAll[n.Name] = &expected{from: station, id: w.wire.call(n, broadcastMAC)}
		}
		toAll[n.Name].to = append(toAll[n.Name].to, g)
	}
	for _, g := range all { // in an order that is the same every time
		if def := w.defs.ports[g.port]; def != nil && toAll[def.Network] != nil {
			want = append(want, *toAll[def.Network])
			delete(toAll, def.Network)
		}
	}
	return want
}

func sameGuests(a, b []*Guest) bool {
	if len(a) != len(b) {
		return false
	}
	left := slices.Clone(b)
	for _, g := range a {
		i := slices.Index(left, g)
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return true
}
