package dc

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

// Guest is a virtual machine on an interface. It gets its address by DHCP and talks to the others of its network.
type Guest struct {
	h      *Host
	port   string // which it is
	ifname string // of the interface
	number uint32 // OpenFlow port
	mac    model.MAC
	ip     netip.Addr // that DHCP gave; invalid before
	since  time.Time
	life   int       // counts what changes the way to it
	shaken time.Time // when somebody else changed it last
	gone   bool
	moving bool // it is one of the two ends of a migration
	paused bool // it is the end that does not run
	quiet  bool // it became another, and waits until its host knows: only DHCP counts
	xid    uint32
	asks   bool // discover is due
	arp    map[netip.Addr]model.MAC

	reached *Guest // last
	renewed func() // is called when its lease was renewed

	subs   map[string]*Guest // in VLANs of its interface, by port
	parent *Guest            // whose interface it is, of one of those
	vlan   uint16
}

// attach starts a guest that is a port.
func (h *Host) attach(port string) *Guest {
	g := &Guest{h: h, port: port, ifname: fmt.Sprintf("if%d", h.ofport), since: h.w.clock.Now(),
		arp: map[netip.Addr]model.MAC{}}
	if def := h.w.defs.ports[port]; def != nil {
		g.mac = def.MAC
	}
	if h.untold() { // and when it goes on, it may not even know that answers were lost
		g.shaken = g.since // the agent may take what it knows of for this one
	}
	g.number = h.addPort(g.ifname, port, "")
	h.guests[g.ifname], h.byNumber[g.number] = g, g
	g.ask()
	g.renewLater()
	g.syncSubGuests()
	return g
}

// detach stops it.
func (g *Guest) detach() {
	if g.parent != nil {
		return // it goes with the interface, or with its definition
	}
	for _, s := range g.subGuests() {
		s.end()
	}
	g.gone = true
	g.life++
	delete(g.h.guests, g.ifname)
	delete(g.h.byNumber, g.number)
	g.h.removePort(g.ifname)
}

// pause stops it where it is.
func (g *Guest) pause() {
	g.paused = true
	g.life++
	for _, s := range g.subGuests() {
		s.pause()
	}
}

// resume runs it here as it was elsewhere, and announces it, as hypervisors do.
func (g *Guest) resume(was *Guest) {
	if g.gone || !g.paused {
		return
	}
	g.paused, g.since = false, g.h.w.clock.Now()
	g.life++
	if was.port == g.port && was.mac == g.mac && !was.quiet && !g.quiet {
		g.ip = was.ip
	}
	reverse := packet.AppendEthernet(nil, &packet.Ethernet{Src: g.mac, Dst: packet.Broadcast, Type: etherTypeRARP})
	g.send(append(reverse, make([]byte, 46)...))
	if !g.ip.IsValid() {
		g.ask()
	}
	for _, s := range g.subGuests() {
		if before := was.subs[s.port]; before != nil {
			s.resume(before)
		} else {
			s.resume(s)
		}
	}
}

const etherTypeRARP = 0x8035 // RFC 903

// redefined starts it anew, as the port that its interface is now, as it is defined now.
func (g *Guest) redefined() {
	g.life++
	g.shaken = g.h.w.clock.Now()
	g.ip, g.quiet = netip.Addr{}, true
	clear(g.arp)
	if def := g.h.w.defs.ports[g.port]; def != nil {
		g.mac = def.MAC
	}
	if g.parent == nil {
		g.syncSubGuests()
	}
	g.ask()
}

// send puts a frame into the switch.
func (g *Guest) send(frame []byte) {
	if !g.gone && !g.paused && g.h.ofUp && g.carrier().number != 0 {
		g.h.sw.Receive(g.carrier().number, g.wire(frame), nil)
	}
}

// ask has it ask for an address soon, and again until there is one.
func (g *Guest) ask() {
	if !g.asks {
		g.asks = true
		g.h.w.after(g.h.w.between(time.Millisecond, time.Second), g.discover)
	}
}

func (g *Guest) discover() {
	if g.asks = false; g.gone || g.ip.IsValid() {
		return
	}
	g.xid = g.h.w.rand.Uint32()
	g.dhcp(packet.DHCPDiscover)
	g.asks = true
	g.h.w.after(g.h.w.between(2*time.Second, 4*time.Second), g.discover)
}

// renewLater has it ask for its address again from time to time, as leases end (RFC 2131 section 4.4.5).
func (g *Guest) renewLater() {
	g.h.w.after(g.h.w.between(30*time.Second, 2*time.Minute), func() {
		if g.gone {
			return
		}
		if g.ip.IsValid() && !g.paused {
			g.xid = g.h.w.rand.Uint32()
			g.dhcp(packet.DHCPRequest)
		}
		g.renewLater()
	})
}

func (g *Guest) dhcp(kind packet.DHCPMessageType, options ...packet.DHCPOption) {
	src, all := netip.AddrFrom4([4]byte{}), broadcast
	m := &packet.DHCPv4{Op: packet.BootRequest, HType: 1, HLen: 6, XID: g.xid, Flags: packet.DHCPFlagBroadcast,
		Options: append(packet.DHCPOptions{{Code: packet.OptMessageType, Data: []byte{byte(kind)}}}, options...)}
	if g.ip.IsValid() {
		src, m.CIAddr = g.ip, g.ip
	}
	copy(m.CHAddr[:], g.mac[:])
	body, _ := packet.AppendDHCPv4(nil, m, 576)
	g.send(udp(g.mac, packet.Broadcast, netip.AddrPortFrom(src, packet.DHCPClientPort),
		netip.AddrPortFrom(all, packet.DHCPServerPort), body))
}

// udp makes a frame.
func udp(srcMAC, dstMAC model.MAC, src, dst netip.AddrPort, payload []byte) []byte {
	seg := packet.AppendUDP(nil, &packet.UDP{SrcPort: src.Port(), DstPort: dst.Port(), Payload: payload}, src.Addr(),
		dst.Addr())
	b := packet.AppendEthernet(nil, &packet.Ethernet{Src: srcMAC, Dst: dstMAC, Type: packet.EtherTypeIPv4})
	b = packet.AppendIPv4(b, &packet.IPv4{Src: src.Addr(), Dst: dst.Addr(), Protocol: packet.ProtoUDP, TTL: 64}, len(seg))
	return append(b, seg...)
}

const (
	probePort = 7777
	knowMax   = 200 * time.Millisecond // from an answer of the agent until its flows are in the switch
)

// probe asks who has an address, and sends there when it is known.
func (g *Guest) probe(id uint64, ip netip.Addr) {
	if mac, ok := g.arp[ip]; ok {
		g.sendProbe(id, mac, ip)
		return
	}
	g.askARP(ip)
	g.h.w.after(g.patience(), func() {
		if mac, ok := g.arp[ip]; ok && !g.gone && !g.quiet {
			g.sendProbe(id, mac, ip)
		}
	})
}

func (g *Guest) sendProbe(id uint64, mac model.MAC, ip netip.Addr) {
	w := g.h.w
	w.stats.Probes++
	if p := w.defs.probes[id]; p != nil && mac[0]&1 == 0 && !g.paused {
		for _, to := range w.allGuests() {
			if to.mac == mac && to.ip == ip && !to.paused && !to.quiet && w.defs.neighbours(g, to) {
				w.defs.expect(id, g, to)
			}
		}
	}
	g.send(g.frame(id, mac, g.ip, ip))
}

// frame makes that of a probe.
func (g *Guest) frame(id uint64, mac model.MAC, src, dst netip.Addr) []byte {
	return udp(g.mac, mac, netip.AddrPortFrom(src, probePort), netip.AddrPortFrom(dst, probePort),
		binary.BigEndian.AppendUint64(nil, id))
}

// probeOf is the number of the probe in a frame, 0 when there is none.
func probeOf(frame []byte) uint64 {
	e, err := packet.ParseEthernet(frame)
	if err != nil || e.Type != packet.EtherTypeIPv4 {
		return 0
	}
	p, err := packet.ParseIPv4(e.Payload)
	if err != nil {
		return 0
	}
	u, err := packet.ParseUDP(&p)
	if err != nil || u.DstPort != probePort || len(u.Payload) < 8 {
		return 0
	}
	return binary.BigEndian.Uint64(u.Payload)
}

// forge sends a probe to a port that claims to come from somebody else: by its address, or also by a MAC of nobody.
func (g *Guest) forge(to *model.Port) {
	w := g.h.w
	id := w.defs.newProbe(g)
	w.defs.probes[id].forged = true
	mac := g.mac
	if w.chance(50) {
		mac[0] |= 0x40
	}
	src := netip.AddrFrom4([4]byte{10, 99, 0, 1})
	g.send(udp(mac, to.MAC, netip.AddrPortFrom(src, probePort), netip.AddrPortFrom(to.IP, probePort),
		binary.BigEndian.AppendUint64(nil, id)))
	w.stats.Forged++
}

// receive takes a frame that the switch delivers.
func (g *Guest) receive(frame []byte) {
	e, err := packet.ParseEthernet(frame)
	if err != nil {
		g.h.w.fail("%s gets a broken frame: %v", g.port, err)
		return
	}
	if g.paused || g.quiet && (e.Type != packet.EtherTypeIPv4 || e.Dst != packet.Broadcast) {
		return
	}
	if e.Dst != g.mac && e.Dst[0]&1 == 0 {
		if id := probeOf(frame); id != 0 && !g.quiet {
			g.h.w.defs.arrived(g, id, e)
		} else if !g.h.w.defs.isCopy(g, e) {
			g.h.w.defs.stray(g, e)
		}
		return
	}
	switch e.Type {
	case packet.EtherTypeARP:
		if a, err := packet.ParseARP(e.Payload); err == nil && a.Op == 1 && unknownID(a.TargetIP) != 0 && !g.quiet {
			g.h.w.defs.arrived(g, unknownID(a.TargetIP), e)
		} else if err == nil && a.Op == packet.ARPRequest {
			g.answerARP(a)
		} else if err == nil && a.Op == 2 && g.h.w.defs.checkARP(g, e, a) {
			g.arp[a.SenderIP] = a.SenderMAC
			g.h.w.stats.Answers++
		}
	case packet.EtherTypeIPv4:
		g.receiveIP(e)
	case packet.EtherTypeIPv6:
		g.receiveIPv6(e)
	}
}

func (g *Guest) receiveIP(e packet.Ethernet) {
	p, err := packet.ParseIPv4(e.Payload)
	if err != nil {
		g.h.w.fail("%s gets a broken packet: %v", g.port, err)
		return
	}
	u, err := packet.ParseUDP(&p)
	switch {
	case err != nil:
		g.h.w.fail("%s gets a broken datagram: %v", g.port, err)
	case u.DstPort == packet.DHCPClientPort:
		g.receiveDHCP(u.Payload)
	case u.DstPort == probePort && len(u.Payload) >= 8 && !g.quiet:
		g.h.w.defs.arrived(g, binary.BigEndian.Uint64(u.Payload), e)
	}
}

func (g *Guest) receiveDHCP(b []byte) {
	m, err := packet.ParseDHCPv4(b)
	if err != nil || m.XID != g.xid || model.MAC(m.CHAddr[:6]) != g.mac { // an answer to who it was before is not for it
		return
	}
	switch kind, _ := m.MessageType(); kind {
	case packet.DHCPOffer:
		server, _ := m.Options.Get(packet.OptServerID)
		g.dhcp(packet.DHCPRequest, packet.DHCPOption{Code: packet.OptRequestedIP, Data: m.YIAddr.AsSlice()},
			packet.DHCPOption{Code: packet.OptServerID, Data: server})
	case packet.DHCPAck:
		g.leased(m.YIAddr)
		if then := g.renewed; then != nil {
			g.renewed = nil
			then()
		}
	case packet.DHCPNak:
		g.ip = netip.Addr{}
		g.life++
		g.ask()
	}
}

func (g *Guest) leased(ip netip.Addr) {
	w := g.h.w
	if g.ip != ip {
		g.life++
		w.log("%s on %s has %v", g.port, g.h.name, ip)
	}
	g.ip = ip
	w.stats.Leases++
	w.defs.checkLease(g)
	if g.quiet {
		g.listenLater()
	}
}

// listenLater has it listen when its host has had the time to know it: counted anew when the way to it has changed
// meanwhile. Without an address it asks, and is called again.
func (g *Guest) listenLater() {
	life := g.life
	g.h.w.after(knowMax, func() {
		if life == g.life {
			g.quiet = false
		} else if g.ip.IsValid() && !g.gone {
			g.listenLater()
		}
	})
}

func (g *Guest) String() string { return fmt.Sprintf("%s on %s", g.port, g.h.name) }
