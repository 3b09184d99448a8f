package dc

import (
	"net/netip"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
	"github.com/vlcp-go/vlcp/common/store"
)

// binding is an address that a port has or had.
type binding struct {
	port string
	ip   netip.Addr
	mac  model.MAC
}

// probe is a frame that is to arrive at most once at everybody, and only in its network.
type probe struct {
	from     *Guest
	networks []string // those that the sender's port was of lately
	at       time.Time
	again    int // so many more copies the underlay made
	arrived  []*Guest
	copied   []*Guest // by mirrors
	wired    int      // times that it went to an uplink
	outside  []uint16 // VLANs in which it came to a station outside
	forged   bool

	collected int // times that a copy went to the machine outside
}

// newProbe notes a probe that g is about to send.
func (d *definitions) newProbe(g *Guest) uint64 {
	d.last++
	d.probes[d.last] = &probe{from: g, networks: slices.Clone(d.lately[g.port]), at: d.w.clock.Now()}
	return d.last
}

// arrived checks what came to g: always, whatever the faults.
func (d *definitions) arrived(g *Guest, id uint64, e packet.Ethernet) {
	w, p := d.w, d.probes[id]
	if p == nil {
		w.fail("%v gets a probe that nobody sent: %d", g, id)
		return
	}
	if p.forged {
		w.fail("%v gets a frame of %v that says it is from somebody else", g, p.from)
	}
	if d.arrivedCopy(g, p, e) {
		return
	}
	if e.Dst != g.mac && e.Dst[0]&1 == 0 {
		d.stray(g, e)
		return
	}
	if !slices.ContainsFunc(p.networks, func(n string) bool { return slices.Contains(d.lately[g.port], n) }) {
		w.fail("a frame of %v in networks %v is delivered to %v in networks %v", p.from, p.networks, g, d.lately[g.port])
	}
	again := 0
	for _, o := range p.arrived {
		if o == g || e.Dst != packet.Broadcast {
			again++
		}
	}
	if again > p.again {
		w.fail("a frame of %v is delivered twice: to %v, then to %v", p.from, p.arrived[0], g)
	}
	if g == p.from {
		w.fail("a frame of %v comes back to it", p.from)
	}
	w.stats.Arrived++
	p.arrived = append(p.arrived, g)
}

// stray is a frame for somebody else.
func (d *definitions) stray(g *Guest, e packet.Ethernet) {
	for b := range d.was {
		if b.port == g.port && b.mac == e.Dst {
			return // for who it was a moment ago
		}
	}
	d.w.fail("%v (%v) gets a frame from %v that is for %v", g, g.mac, e.Src, e.Dst)
}

// checkLease checks that the address is the guest's own, or was while its host may not know better.
func (d *definitions) checkLease(g *Guest) {
	def := d.ports[g.port]
	switch {
	case !d.was[binding{g.port, g.ip, g.mac}]:
		d.w.fail("%v gets %v by DHCP, which was never its own", g, g.ip)
	case def != nil && def.IP != g.ip && g.h.well() && d.w.clock.Now().Sub(d.changed[g.port]) > freshMax:
		d.w.fail("%v gets %v by DHCP, and is defined to have %v since %v", g, g.ip, def.IP, d.changed[g.port])
	}
}

// checkARP checks that an answer names somebody of the guest's network, of now or lately, or the agent's DHCP server
// there, and reports whether it does.
func (d *definitions) checkARP(g *Guest, e packet.Ethernet, a packet.ARP) bool {
	for s, servers := range d.servers {
		if slices.Contains(d.lately[g.port], s) && slices.Contains(servers, a.SenderIP) {
			return true
		}
	}
	return d.checkAnswer(g, e, a.SenderIP, a.SenderMAC)
}

// checkAnswer checks that who has an address is, or was lately, a port of the guest's network, or one that is answered
// for there, and reports whether it is. The copy of an answer for another who has the same MAC is neither an answer nor
// wrong.
func (d *definitions) checkAnswer(g *Guest, e packet.Ethernet, ip netip.Addr, mac model.MAC) bool {
	for _, n := range d.lately[g.port] {
		if slices.Contains(d.proxies[n], model.ProxyAddress{IP: ip, MAC: mac}) {
			return true
		}
	}
	for b := range d.was {
		if b.ip == ip && b.mac == mac && slices.ContainsFunc(d.lately[b.port], func(n string) bool {
			return slices.Contains(d.lately[g.port], n)
		}) {
			return true
		}
	}
	if !d.isCopy(g, e) {
		d.w.fail("%v is told that %v is at %v, which was not so in networks %v", g, ip, mac, d.lately[g.port])
	}
	return false
}

// pair is two guests one of whom got a frame of the other as things are: it must go on to.
type pairing struct{ from, to *Guest }

// promise says what the way from one guest to another depends on; when it changes, nothing is promised any more.
type promise struct{ from, to, fromSwitch, toSwitch, underlay int }

func (w *World) promiseOf(a, b *Guest) promise {
	return promise{a.life, b.life, a.h.swLife, b.h.swLife, w.net.life}
}

// expect checks later that a unicast probe has arrived, when an earlier one has and nobody has changed anything between
// the two guests: whatever happens to agents and the store, what works goes on working.
func (d *definitions) expect(id uint64, a, b *Guest) {
	w := d.w
	def := d.ports[b.port]
	if w.net.disturbed() || w.db.given || d.shifting(def.Network) || b.ip != def.IP || a.ip != d.ip(a.port) {
		return // or one of the two has an address that is not its own any more
	}
	now, known := w.promiseOf(a, b), b.announced() && a.h.knows(b)
	w.after(flightMax, func() {
		p := d.probes[id]
		if p == nil || w.promiseOf(a, b) != now || w.net.disturbed() || w.db.given || d.shifting(def.Network) ||
			d.unheard(def.Network, b) {
			return
		}
		switch kept, was := d.works[pairing{a, b}]; {
		case slices.Contains(p.arrived, b):
			if known && d.copies(b, p, packet.Ethernet{Dst: b.mac}) == 0 { // or it may be one
				d.works[pairing{a, b}] = now
			}
			a.reached = b
		case was && kept == now:
			w.fail("%v does not reach %v any more, though nobody changed that: its frame came to %v", a, b, p.arrived)
		}
	})
}

// announced notes what an agent has committed.
func (d *definitions) announced(t *store.Txn, rev int64) {
	for _, p := range t.Puts {
		if model.Kind(p.Key.Kind) == model.KindBinding {
			d.bound[p.Key.ID] = rev
			d.w.moved(p.Key.ID, t.Releases)
		}
	}
}

// knows reports whether the host's agent has taken what the store has of where a guest is. An agent that is late may
// have flows that happen to lead to where the guest is now, and takes them away when it comes to read that it had left.
// So it is with a guest that came back before its host had announced that it left: that is on its way.
func (h *Host) knows(g *Guest) bool {
	return h.agent != nil && h.agent.Applied() >= h.w.defs.bound[g.port]
}
