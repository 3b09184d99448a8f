package dc

import (
	"bytes"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// Neighbour discovery of IPv6 (RFC 4861). Guests ask who has an address of a port, and look for duplicates of their own
// (RFC 4862 section 5.4). They do not answer themselves, so that an answer is one that a switch made, but where
// flows are on demand.

const (
	ndOption   = 1 + packet.ICMPv6NeighborAdvert - packet.ICMPv6NeighborSolicit // target link-layer address
	ndAdvertAt = 4                                                              // flags
	ndTargetAt = 8
	ndOptionAt = 24
	ndLen      = 32
)

// solicit asks all who has an address, or looks for others that have it, from nowhere.
func (g *Guest) solicit(ip netip.Addr, duplicates bool) {
	src := g.mac.LinkLocal()
	if duplicates {
		src = netip.IPv6Unspecified()
	}
	target := ip.As16()
	group := netip.AddrFrom16([16]byte{0xff, 2, 11: 1, 12: 0xff, 13: target[13], 14: target[14], 15: target[15]})
	body := append(make([]byte, 4), target[:]...)
	if !duplicates {
		body = append(append(body, 1, 1), g.mac[:]...)
	}
	seg := packet.AppendICMPv6(nil, packet.ICMPv6NeighborSolicit, 0, body, src, group)
	to := model.MAC{0x33, 0x33, 0xff, target[13], target[14], target[15]}
	b := packet.AppendEthernet(nil, &packet.Ethernet{Src: g.mac, Dst: to, Type: packet.EtherTypeIPv6})
	b = packet.AppendIPv6(b, &packet.IPv6{Src: src, Dst: group, NextHeader: packet.ProtoICMPv6, HopLimit: 255}, len(seg))
	g.send(append(b, seg...))
}

// receiveIPv6 takes an advertisement: whole, for this guest, and true.
func (g *Guest) receiveIPv6(e packet.Ethernet) {
	w := g.h.w
	p, err := packet.ParseIPv6(e.Payload)
	if err != nil || p.NextHeader != packet.ProtoICMPv6 || len(p.Payload) < ndOptionAt {
		w.fail("%s gets a broken packet of IPv6: %v", g.port, err)
		return
	}
	m := p.Payload
	if m[0] != packet.ICMPv6NeighborAdvert {
		g.answerSolicit(e, &p)
		return
	}
	target, _ := netip.AddrFromSlice(m[ndTargetAt:ndOptionAt])
	right := packet.AppendICMPv6(nil, m[0], m[1], m[ndAdvertAt:], p.Src, p.Dst)
	if !bytes.Equal(right, m) || p.HopLimit != 255 || p.Src != target || len(m) != ndLen || m[ndOptionAt] != ndOption ||
		!bytes.Equal(m[ndOptionAt+2:], e.Src[:]) || e.Dst != g.mac {
		w.fail("%v gets an advertisement that is wrong: %x", g, m)
	}
	if !w.defs.checkAnswer(g, e, target, e.Src) {
		return
	}
	w.stats.Answers++
	g.arp[target] = e.Src
	if e.Src == g.mac {
		w.fail("%v is told that it has %v itself: to a guest, that is a duplicate", g, target)
	}
}

// askIPv6 has a guest ask for an address of IPv6 of a port, and look for a duplicate of one of its own.
func (w *World) askIPv6(g *Guest, p *model.Port) {
	for _, ip := range p.MoreIPs {
		if ip.Is6() {
			g.solicit(ip, false)
		}
	}
	if own := w.defs.ports[g.port]; own != nil {
		for _, ip := range own.MoreIPs {
			if ip.Is6() {
				g.solicit(ip, true)
			}
		}
	}
}

// askARP asks all who has an address of IPv4.
func (g *Guest) askARP(ip netip.Addr) {
	frame := packet.AppendEthernet(nil, &packet.Ethernet{Src: g.mac, Dst: packet.Broadcast, Type: packet.EtherTypeARP})
	g.send(packet.AppendARP(frame, &packet.ARP{Op: 1, SenderMAC: g.mac, SenderIP: g.ip, TargetIP: ip}))
}

// unknown is an address that nobody has, with the number of a probe in it; unknownID is that number, 0 in any other.
func unknown(id uint64) netip.Addr {
	return netip.AddrFrom4([4]byte{11, byte(id >> 16), byte(id >> 8), byte(id)})
}

func unknownID(ip netip.Addr) uint64 {
	b := ip.As4()
	if b[0] != 11 {
		return 0
	}
	return uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])
}

// askUnknown asks for those that are answered for in a guest's network, and for an address that nobody has: of that all
// hear, unless the network drops it.
func (w *World) askUnknown(a *Guest, def *model.Port, others []*Guest) (want []expected) {
	n := w.defs.networks[def.Network]
	if n == nil || def.Down() {
		return nil
	}
	for _, p := range w.proxiesOf(n) {
		if p.IP.Is4() && onUplinks(n) { // who has it is outside, though nobody hears of it
			e := expected{from: a, id: w.defs.newProbe(a), outside: []uint16{n.VLAN}}
			want = append(want, e)
			a.send(a.frame(e.id, p.MAC, a.ip, p.IP))
		}
		if p.IP.Is4() {
			a.askARP(p.IP)
		} else {
			a.solicit(p.IP, false)
		}
	}
	if onUplinks(n) { // the stations outside hear of it, too
		return want
	}
	e := expected{from: a, id: w.defs.newProbe(a), to: others}
	if n.SuppressARP && def.Secured() && len(def.Addresses()) > 0 {
		e.to = nil
	}
	a.askARP(unknown(e.id))
	return append(want, e)
}

// proxiesOf are the addresses that are answered for in a network.
func (w *World) proxiesOf(n *model.Network) []model.ProxyAddress {
	if s := w.defs.subnets[n.Name+"-v4"]; s != nil {
		return s.ProxyAddresses
	}
	return nil
}

// proxyMAC is in all that are answered with for proxy addresses.
const proxyMAC = 0xff

func isProxy(mac model.MAC) bool { return mac[0] == 2 && mac[4] == proxyMAC }

// proxies are some for a subnet: the gateway or another one, and one of IPv6.
func (w *World) proxies(s *model.Subnet) []model.ProxyAddress {
	mac := model.MAC{2, 0, 0, 0, proxyMAC, byte(w.rand.IntN(3))}
	return []model.ProxyAddress{{IP: s.At(int64(1 + 5*w.rand.IntN(2))), MAC: mac},
		{IP: netip.AddrFrom16([16]byte{0xfd, 15: byte(3 + w.rand.IntN(3))}), MAC: mac}}
}

// updateAnswers changes who is answered for in a network, and whether requests for unknown addresses are dropped.
func (w *World) updateAnswers() string {
	name, ok := choose(w, w.defs.networks)
	s := w.defs.subnets[name+"-v4"]
	if !ok || s == nil {
		return ""
	}
	quiet := inTunnels(w.defs.networks[name].PhysNet) && w.chance(50)
	var list []model.ProxyAddress
	if w.chance(70) {
		list = w.proxies(s)
	}
	w.operator("answer for others in "+name, func(c *catalog.Changes) {
		c.Update(model.KindNetwork, name, func(o catalog.Object) error {
			o.(*model.Network).SuppressARP = quiet
			return nil
		})
		c.Update(model.KindSubnet, s.Name, func(o catalog.Object) error {
			o.(*model.Subnet).ProxyAddresses = list
			return nil
		})
	})
	return "answer for others in " + name
}

// inTunnels reports whether networks of a physical network are.
func inTunnels(physnet string) bool {
	return physnet != office && physnet != street && physnet != inside
}

// checkSolicited checks that every guest was told of the addresses of IPv6 of all others that it asked for, now that
// all know of each other.
func (w *World) checkSolicited(all []*Guest) {
	for _, a := range all {
		w.checkProxies(a)
		for _, b := range all {
			def := w.defs.ports[b.port]
			if !w.defs.neighbours(a, b) || !a.ip.IsValid() {
				continue
			}
			if i := slices.IndexFunc(def.MoreIPs, netip.Addr.Is6); i >= 0 && a.arp[def.MoreIPs[i]] != def.MAC {
				w.fail("%v asked for %v of %v, and was told %v", a, def.MoreIPs[i], b, a.arp[def.MoreIPs[i]])
			}
		}
	}
}

// checkProxies checks that a guest was told of those that are answered for.
func (w *World) checkProxies(a *Guest) {
	def := w.defs.ports[a.port]
	if def == nil || def.Down() || !a.ip.IsValid() || w.defs.networks[def.Network] == nil {
		return
	}
	for _, p := range w.proxiesOf(w.defs.networks[def.Network]) {
		if a.arp[p.IP] != p.MAC {
			w.fail("%v asked for %v, and was told %v", a, p, a.arp[p.IP])
		}
	}
}
