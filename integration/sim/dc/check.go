package dc

import (
	"net/netip"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

// definitions is what operators have said, and what follows from it for what guests may see. A port is of one network
// for ever: names are not used again, so that what an agent remembers that was cut off is old, but not of another.
type definitions struct {
	networks map[string]bool
	ports    map[string]*model.Port // of now
	ever     map[string]string      // every port there was, and its network
	was      map[binding]bool       // who ever had an address
	probes   map[uint64]*probe
	last     uint64
}

// binding is an address in a network.
type binding struct {
	network string
	ip      netip.Addr
	mac     model.MAC
}

// probe is a frame that is to arrive at most once, and only in its network.
type probe struct {
	from, network string
	at            time.Time
	arrived       []string
}

func (d *definitions) init() {
	d.networks, d.ports, d.ever = map[string]bool{}, map[string]*model.Port{}, map[string]string{}
	d.was, d.probes = map[binding]bool{}, map[uint64]*probe{}
}

func (d *definitions) define(p *model.Port) {
	d.ports[p.Name] = p
	d.ever[p.Name] = p.Network
	d.was[binding{p.Network, p.IP, p.MAC}] = true
}

// newProbe notes a probe that g is about to send.
func (d *definitions) newProbe(g *Guest) uint64 {
	d.last++
	d.probes[d.last] = &probe{from: g.port, network: d.ever[g.port], at: g.h.w.clock.Now()}
	return d.last
}

// arrived checks what came to g: always, whatever the faults.
func (d *definitions) arrived(g *Guest, id uint64, e packet.Ethernet) {
	w, p := g.h.w, d.probes[id]
	if p == nil {
		w.fail("%v gets a probe that nobody sent: %d", g, id)
		return
	}
	if n := d.ever[g.port]; n != p.network {
		w.fail("a frame of %s in network %s is delivered to %v in network %s", p.from, p.network, g, n)
	}
	if len(p.arrived) > 0 && e.Dst != packet.Broadcast || slices.Contains(p.arrived, g.port) {
		w.fail("a frame of %s is delivered twice: to %s, then to %v", p.from, p.arrived[0], g)
	}
	if g.port == p.from {
		w.fail("a frame of %s comes back to it", p.from)
	}
	p.arrived = append(p.arrived, g.port)
}

// stray is a frame for somebody else.
func (d *definitions) stray(g *Guest, e packet.Ethernet) {
	g.h.w.fail("%v (%v) gets a frame from %v that is for %v", g, g.mac, e.Src, e.Dst)
}

// checkLease checks that the address is the guest's own.
func (d *definitions) checkLease(g *Guest) {
	if def := d.ports[g.port]; def != nil && def.IP != g.ip {
		g.h.w.fail("%v gets %v by DHCP, and is defined to have %v", g, g.ip, def.IP)
	} else if def == nil && !d.was[binding{d.ever[g.port], g.ip, g.mac}] {
		g.h.w.fail("%v gets %v by DHCP, which was never its own", g, g.ip)
	}
}

// checkARP checks that an answer names somebody of the guest's network, of now or before.
func (d *definitions) checkARP(g *Guest, a packet.ARP) {
	if n := d.ever[g.port]; !d.was[binding{n, a.SenderIP, a.SenderMAC}] {
		g.h.w.fail("%v is told that %v is at %v, which was never so in network %s", g, a.SenderIP, a.SenderMAC, n)
	}
}
