package dc

import (
	"bytes"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

// Neighbour discovery of IPv6 (RFC 4861). Guests ask who has an address of a port, and look for duplicates of their own
// (RFC 4862 section 5.4). They do not answer themselves, so that an answer is one that a switch made.

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
		return // it is asked
	}
	target, _ := netip.AddrFromSlice(m[ndTargetAt:ndOptionAt])
	right := packet.AppendICMPv6(nil, m[0], m[1], m[ndAdvertAt:], p.Src, p.Dst)
	if !bytes.Equal(right, m) || p.HopLimit != 255 || p.Src != target || len(m) != ndLen || m[ndOptionAt] != ndOption ||
		!bytes.Equal(m[ndOptionAt+2:], e.Src[:]) || e.Dst != g.mac {
		w.fail("%v gets an advertisement that is wrong: %x", g, m)
	}
	w.stats.Answers++
	g.arp[target] = e.Src
	if e.Src == g.mac {
		w.fail("%v is told that it has %v itself: to a guest, that is a duplicate", g, target)
	}
	w.defs.checkAnswer(g, target, e.Src)
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

// checkSolicited checks that every guest was told of the addresses of IPv6 of all others that it asked for, now that
// all know of each other.
func (w *World) checkSolicited(all []*Guest) {
	for _, a := range all {
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
