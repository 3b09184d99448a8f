package probe

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

const floodBurst = 5 // frames, each millisecond

// Floods are what a guest may flood with, and "all" is each in turn.
var Floods = []string{"arp", "scan", "dhcp", "icmp", "unknown"}

// flood sends 5,000 frames a second of a kind, and returns how many.
func (g *guest) flood(kind string, seconds int) (sent int) {
	kinds := []string{kind}
	if kind == "all" {
		kinds = Floods
	}
	n := uint32(0)
	for end := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(end); time.Sleep(interval) {
		for range floodBurst {
			if g.s.send(g.nuisance(kinds[int(n)%len(kinds)], n)) == nil {
				sent++
			}
			n++
		}
	}
	return sent
}

// nuisance is frame n of a flood.
func (g *guest) nuisance(kind string, n uint32) []byte {
	all := ends{g.c.MAC, packet.Broadcast, g.c.IP, netip.AddrFrom4([4]byte{255, 255, 255, 255})}
	switch kind {
	case "arp": // for an address that nobody has
		return g.arp(netip.AddrFrom4([4]byte{10, 10, 0, 200}))
	case "scan": // for ever others
		return g.arp(netip.AddrFrom4([4]byte{10, 10, byte(n>>8) | 1, byte(n)}))
	case "dhcp":
		return g.discover(n + 1)
	case "icmp":
		return echo(all, n)
	}
	all.dstMAC = model.MAC{0x0a, 0xff} // unicast to ever other MACs, which nobody has
	binary.BigEndian.PutUint32(all.dstMAC[2:], n)
	all.dst = g.c.IP.Next()
	return echo(all, n)
}

func (g *guest) arp(target netip.Addr) []byte {
	b := packet.AppendEthernet(nil, &packet.Ethernet{Dst: packet.Broadcast, Src: g.c.MAC, Type: packet.EtherTypeARP})
	return packet.AppendARP(b, &packet.ARP{Op: packet.ARPRequest, SenderMAC: g.c.MAC, SenderIP: g.c.IP, TargetIP: target})
}

// echo is an echo request (RFC 792). Its checksum is left out: nobody is to answer.
func echo(e ends, n uint32) []byte {
	body := binary.BigEndian.AppendUint32([]byte{8, 0, 0, 0}, n)
	b := packet.AppendEthernet(nil, &packet.Ethernet{Dst: e.dstMAC, Src: e.srcMAC, Type: packet.EtherTypeIPv4})
	return slices.Concat(packet.AppendIPv4(b, &packet.IPv4{TTL: ttl, Protocol: packet.ProtoICMP, Src: e.src, Dst: e.dst},
		len(body)), body)
}
