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
	ifname string
	number uint32 // OpenFlow port
	mac    model.MAC
	ip     netip.Addr // that DHCP gave; invalid before
	since  time.Time  // it is what it is
	gone   bool
	quiet  bool // it became another port, and waits until its host knows: only DHCP counts
	xid    uint32
	arp    map[netip.Addr]model.MAC
}

// attach starts a guest that is a port.
func (h *Host) attach(port string) *Guest {
	g := &Guest{h: h, port: port, ifname: fmt.Sprintf("if%d", h.ofport), since: h.w.clock.Now(),
		arp: map[netip.Addr]model.MAC{}}
	if def := h.w.defs.ports[port]; def != nil {
		g.mac = def.MAC
	}
	g.number = h.addPort(g.ifname, port, false)
	h.guests[g.number] = g
	h.w.after(h.w.between(time.Millisecond, time.Second), g.discover)
	return g
}

// detach stops it.
func (g *Guest) detach() {
	g.gone = true
	delete(g.h.guests, g.number)
	g.h.removePort(g.ifname)
}

// send puts a frame into the switch.
func (g *Guest) send(frame []byte) {
	if !g.gone && g.h.ofUp {
		g.h.sw.Receive(g.number, frame, nil)
	}
}

// discover asks for an address until there is one.
func (g *Guest) discover() {
	if g.gone || g.ip.IsValid() {
		return
	}
	g.xid = g.h.w.rand.Uint32()
	g.dhcp(packet.DHCPDiscover)
	g.h.w.after(g.h.w.between(2*time.Second, 4*time.Second), g.discover)
}

func (g *Guest) dhcp(kind packet.DHCPMessageType, options ...packet.DHCPOption) {
	zero, all := netip.AddrFrom4([4]byte{}), netip.AddrFrom4([4]byte{255, 255, 255, 255})
	m := &packet.DHCPv4{Op: packet.BootRequest, HType: 1, HLen: 6, XID: g.xid, Flags: packet.DHCPFlagBroadcast,
		Options: append(packet.DHCPOptions{{Code: packet.OptMessageType, Data: []byte{byte(kind)}}}, options...)}
	copy(m.CHAddr[:], g.mac[:])
	body, _ := packet.AppendDHCPv4(nil, m, 576)
	g.send(udp(g.mac, packet.Broadcast, netip.AddrPortFrom(zero, packet.DHCPClientPort),
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
	g.h.w.stats.Probes++
	if mac, ok := g.arp[ip]; ok {
		g.sendProbe(id, mac, ip)
		return
	}
	frame := packet.AppendEthernet(nil, &packet.Ethernet{Src: g.mac, Dst: packet.Broadcast, Type: packet.EtherTypeARP})
	g.send(packet.AppendARP(frame, &packet.ARP{Op: 1, SenderMAC: g.mac, SenderIP: g.ip, TargetIP: ip}))
	g.h.w.after(20*time.Millisecond, func() {
		if mac, ok := g.arp[ip]; ok && !g.gone {
			g.sendProbe(id, mac, ip)
		}
	})
}

func (g *Guest) sendProbe(id uint64, mac model.MAC, ip netip.Addr) {
	g.send(udp(g.mac, mac, netip.AddrPortFrom(g.ip, probePort), netip.AddrPortFrom(ip, probePort),
		binary.BigEndian.AppendUint64(nil, id)))
}

// receive takes a frame that the switch delivers.
func (g *Guest) receive(frame []byte) {
	e, err := packet.ParseEthernet(frame)
	if err != nil {
		g.h.w.fail("%s gets a broken frame: %v", g.port, err)
		return
	}
	if g.quiet && (e.Type != packet.EtherTypeIPv4 || e.Dst != packet.Broadcast) {
		return
	}
	if e.Dst != g.mac && e.Dst[0]&1 == 0 {
		g.h.w.defs.stray(g, e)
		return
	}
	switch e.Type {
	case packet.EtherTypeARP:
		if a, err := packet.ParseARP(e.Payload); err == nil && a.Op == 2 {
			g.arp[a.SenderIP] = a.SenderMAC
			g.h.w.stats.Answers++
			g.h.w.defs.checkARP(g, a)
		}
	case packet.EtherTypeIPv4:
		g.receiveIP(e)
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
	if err != nil || m.XID != g.xid {
		return
	}
	switch kind, _ := m.MessageType(); kind {
	case packet.DHCPOffer:
		server, _ := m.Options.Get(packet.OptServerID)
		g.dhcp(packet.DHCPRequest, packet.DHCPOption{Code: packet.OptRequestedIP, Data: m.YIAddr.AsSlice()},
			packet.DHCPOption{Code: packet.OptServerID, Data: server})
	case packet.DHCPAck:
		g.ip = m.YIAddr
		g.h.w.stats.Leases++
		g.h.w.log("%s on %s has %v", g.port, g.h.name, g.ip)
		g.h.w.defs.checkLease(g)
		if g.quiet {
			g.h.w.after(knowMax, func() { g.quiet = false })
		}
	}
}

func (g *Guest) String() string { return fmt.Sprintf("%s on %s", g.port, g.h.name) }
