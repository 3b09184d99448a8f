package security_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

// attack is a frame that must not get anywhere, and why it is dropped.
type attack struct {
	what string
	port uint32
	why  pipeline.Reason
	make func() []byte
}

func mine(dst model.MAC) []byte { return from(ipOf(mallory), macOf(mallory), dst) }

func port(ip netip.Addr, n uint16) netip.AddrPort { return netip.AddrPortFrom(ip, n) }

func arpOf(op uint16, sha model.MAC, spa, tpa netip.Addr) packet.ARP {
	return packet.ARP{Op: op, SenderMAC: sha, SenderIP: spa, TargetMAC: macOf(victim), TargetIP: tpa}
}

var me, foe = macOf(mallory), macOf(victim)

var attacks = []attack{
	{"another guest's MAC", mallory, pipeline.ReasonMAC, func() []byte {
		return from(ipOf(mallory), foe, macOf(router))
	}},
	{"a MAC of nobody", mallory, pipeline.ReasonMAC, func() []byte { return from(ipOf(mallory), vmac, foe) }},
	{"a group MAC as source", mallory, pipeline.ReasonMAC, func() []byte { return from(ipOf(mallory), bcast, foe) }},
	{"no MAC", mallory, pipeline.ReasonMAC, func() []byte { return from(ipOf(mallory), model.MAC{}, foe) }},
	{"another's MAC, not IP", mallory, pipeline.ReasonMAC, func() []byte { return eth(foe, bcast, 0x88b5, nil) }},
	{"a tag", mallory, pipeline.ReasonVLAN, func() []byte { return tagged(mine(foe), 7) }},
	{"a priority tag, ARP behind it", mallory, pipeline.ReasonVLAN, func() []byte {
		return tagged(arpFrame(me, bcast, arpOf(2, me, ipOf(victim), ipOf(router))), 0)
	}},
	{"two tags", mallory, pipeline.ReasonVLAN, func() []byte { return tagged(mine(foe), 7, 0) }},
	{"spanning tree", mallory, pipeline.ReasonReserved, func() []byte {
		return mine(model.MAC{1, 0x80, 0xc2, 0, 0, 0})
	}},
	{"LLDP", mallory, pipeline.ReasonReserved, func() []byte {
		return eth(me, model.MAC{1, 0x80, 0xc2, 0, 0, 0xe}, 0x88cc, nil)
	}},
	{"a pause frame", mallory, pipeline.ReasonReserved, func() []byte {
		return eth(me, model.MAC{1, 0x80, 0xc2, 0, 0, 1}, 0x8808, nil)
	}},
	{"another guest's IPv4", mallory, pipeline.ReasonSource, func() []byte { return from(ipOf(router), me, foe) }},
	{"an address of another network", mallory, pipeline.ReasonSource, func() []byte {
		return from(addr("192.0.2.9"), me, foe)
	}},
	{"the broadcast address as source", mallory, pipeline.ReasonSource, func() []byte { return from(all, me, foe) }},
	{"nowhere as source", mallory, pipeline.ReasonSource, func() []byte { return from(zero, me, foe) }},
	{"a fragment from another's address", mallory, pipeline.ReasonSource, func() []byte {
		return udp4(me, foe, port(ipOf(router), 9), port(ipOf(victim), 9), func(p *packet.IPv4) { p.FragmentOffset = 3 })
	}},
	{"IPv4 behind SNAP", mallory, pipeline.ReasonSource, func() []byte { return snap(from(ipOf(router), me, foe)) }},
	{"IPv4 that is cut short", mallory, pipeline.ReasonSource, func() []byte {
		return from(ipOf(mallory), me, foe)[:30]
	}},
	{"ARP reply for another", mallory, pipeline.ReasonNeighbor, func() []byte {
		return arpFrame(me, foe, arpOf(2, me, ipOf(router), ipOf(victim)))
	}},
	{"gratuitous ARP for another", mallory, pipeline.ReasonNeighbor, func() []byte {
		return arpFrame(me, bcast, arpOf(1, me, ipOf(router), ipOf(router)))
	}},
	{"ARP for the DHCP server", mallory, pipeline.ReasonNeighbor, func() []byte {
		return arpFrame(me, bcast, arpOf(2, me, server, server))
	}},
	{"ARP that gives another's MAC", mallory, pipeline.ReasonNeighbor, func() []byte {
		return arpFrame(me, foe, arpOf(2, macOf(router), ipOf(mallory), ipOf(victim)))
	}},
	{"ARP request in another's name", mallory, pipeline.ReasonNeighbor, func() []byte {
		return arpFrame(me, bcast, arpOf(1, macOf(victim), ipOf(victim), ipOf(router)))
	}},
	{"a probe for another's address", mallory, pipeline.ReasonNeighbor, func() []byte {
		return arpFrame(me, foe, arpOf(1, me, zero, ipOf(victim)))
	}},
	{"ARP reply from nowhere", mallory, pipeline.ReasonNeighbor, func() []byte {
		return arpFrame(me, foe, arpOf(2, me, zero, ipOf(victim)))
	}},
	{"ARP of another hardware", mallory, pipeline.ReasonNeighbor, func() []byte {
		f := arpFrame(me, foe, arpOf(2, me, ipOf(router), ipOf(victim)))
		f[15] = 6
		return f
	}},
	{"ARP behind SNAP", mallory, pipeline.ReasonNeighbor, func() []byte {
		return snap(arpFrame(me, foe, arpOf(2, me, ipOf(router), ipOf(victim))))
	}},
	{"DHCP offer", mallory, pipeline.ReasonServer, func() []byte {
		return udp4(me, bcast, port(ipOf(mallory), 67), port(all, 68), nil)
	}},
	{"DHCP offer to one guest, in the server's name", mallory, pipeline.ReasonServer, func() []byte {
		return udp4(me, foe, port(server, 67), port(ipOf(victim), 68), nil)
	}},
	{"DHCP offer in fragments", mallory, pipeline.ReasonServer, func() []byte {
		return udp4(me, bcast, port(ipOf(mallory), 67), port(all, 68), func(p *packet.IPv4) { p.MoreFragments = true })
	}},
	{"DHCP request to another server", mallory, pipeline.ReasonDHCP, func() []byte {
		return udp4(me, foe, port(ipOf(mallory), 6800), port(ipOf(victim), 67), nil)
	}},
	{"DHCP request by broadcast of another port", mallory, pipeline.ReasonDHCP, func() []byte {
		return udp4(me, bcast, port(ipOf(mallory), 6800), port(all, 67), nil)
	}},
	{"DHCPv6 advertisement", mallory, pipeline.ReasonServer, func() []byte { return udp6(547, 546) }},
	{"router advertisement", mallory, pipeline.ReasonServer, func() []byte {
		return icmp6(me, llOf(mallory), packet.ICMPv6RouterAdvert, 0, make([]byte, 12))
	}},
	{"router advertisement behind options", mallory, pipeline.ReasonServer, func() []byte {
		return behind([]byte{packet.ProtoICMPv6, 0, 1, 4, 0, 0, 0, 0}, 0, packet.ICMPv6RouterAdvert, make([]byte, 12))
	}},
	{"router advertisement in fragments", mallory, pipeline.ReasonServer, func() []byte {
		return behind([]byte{packet.ProtoICMPv6, 0, 0, 1, 0, 0, 0, 9}, 44, packet.ICMPv6RouterAdvert, make([]byte, 12))
	}},
	{"redirect", mallory, pipeline.ReasonServer, func() []byte {
		return icmp6(me, llOf(mallory), packet.ICMPv6Redirect, 0, make([]byte, 36))
	}},
	{"multicast listener query", mallory, pipeline.ReasonServer, func() []byte {
		return icmp6(me, llOf(mallory), 130, 0, make([]byte, 24))
	}},
	{"another guest's IPv6", mallory, pipeline.ReasonSource, func() []byte {
		return icmp6(me, llOf(victim), 128, 0, make([]byte, 8))
	}},
	{"a global IPv6 address", mallory, pipeline.ReasonSource, func() []byte {
		return icmp6(me, addr("2001:db8::1"), 128, 0, make([]byte, 8))
	}},
	{"echo from nowhere", mallory, pipeline.ReasonSource, func() []byte {
		return icmp6(me, none6, 128, 0, make([]byte, 8))
	}},
	{"solicitation in another's name", mallory, pipeline.ReasonSource, func() []byte {
		return nd(packet.ICMPv6NeighborSolicit, llOf(victim), llOf(router), me)
	}},
	{"solicitation with another's link layer", mallory, pipeline.ReasonNeighbor, func() []byte {
		return nd(packet.ICMPv6NeighborSolicit, llOf(mallory), llOf(router), foe)
	}},
	{"solicitation with two", mallory, pipeline.ReasonNeighbor, func() []byte {
		return icmp6(me, none6, packet.ICMPv6NeighborSolicit, 0, ndBody(135, llOf(mallory), me, foe))
	}},
	{"duplicate detection of another's address", mallory, pipeline.ReasonNeighbor, func() []byte {
		return nd(packet.ICMPv6NeighborSolicit, none6, llOf(victim))
	}},
	{"advertisement of another's address", mallory, pipeline.ReasonNeighbor, func() []byte {
		return nd(packet.ICMPv6NeighborAdvert, llOf(mallory), llOf(victim), me)
	}},
	{"the same without link layer", mallory, pipeline.ReasonNeighbor, func() []byte {
		return nd(packet.ICMPv6NeighborAdvert, llOf(mallory), llOf(victim))
	}},
	{"advertisement with another's link layer", mallory, pipeline.ReasonNeighbor, func() []byte {
		return nd(packet.ICMPv6NeighborAdvert, llOf(mallory), llOf(mallory), foe)
	}},
	{"advertisement with a code", mallory, pipeline.ReasonNeighbor, func() []byte {
		return icmp6(me, llOf(mallory), packet.ICMPv6NeighborAdvert, 1, ndBody(136, llOf(victim), me))
	}},
	{"router: its MAC with the address of another MAC", router, pipeline.ReasonSource, func() []byte {
		return from(addr("10.0.0.101"), macOf(router), foe)
	}},
	{"router: ARP for an address it routes", router, pipeline.ReasonNeighbor, func() []byte {
		return arpFrame(macOf(router), bcast, arpOf(2, macOf(router), addr("10.9.1.1"), addr("10.9.1.1")))
	}},
	{"router: another guest's address", router, pipeline.ReasonSource, func() []byte {
		return from(ipOf(victim), macOf(router), foe)
	}},
	{"free: an address of the subnet", free, pipeline.ReasonSource, func() []byte {
		return from(ipOf(router), macOf(free), foe)
	}},
	{"free: ARP for one", free, pipeline.ReasonNeighbor, func() []byte {
		return arpFrame(macOf(free), foe, arpOf(2, macOf(free), ipOf(router), ipOf(victim)))
	}},
	{"free: DHCP offer", free, pipeline.ReasonServer, func() []byte {
		return udp4(macOf(free), bcast, port(addr("192.0.2.1"), 67), port(all, 68), nil)
	}},
}

// fair is a frame that must pass: to whom, or to the agent.
type fair struct {
	what  string
	port  uint32
	to    []uint32
	agent bool
	make  func() []byte
}

var rest = []uint32{victim, router, free, open}

var fairs = []fair{
	{"a datagram", mallory, []uint32{victim}, false, func() []byte { return mine(foe) }},
	{"a broadcast", mallory, rest, false, func() []byte { return mine(bcast) }},
	{"a last fragment", mallory, []uint32{victim}, false, func() []byte {
		return udp4(me, foe, port(ipOf(mallory), 67), port(ipOf(victim), 9), func(p *packet.IPv4) { p.FragmentOffset = 3 })
	}},
	{"something else than IP", mallory, rest, false, func() []byte { return eth(me, bcast, 0x88b5, nil) }},
	{"ARP request, answered by the switch", mallory, []uint32{mallory}, false, func() []byte {
		return arpFrame(me, bcast, arpOf(1, me, ipOf(mallory), ipOf(victim)))
	}},
	{"ARP reply", mallory, []uint32{victim}, false, func() []byte {
		return arpFrame(me, foe, arpOf(2, me, ipOf(mallory), ipOf(victim)))
	}},
	{"gratuitous ARP", mallory, rest, false, func() []byte {
		return arpFrame(me, bcast, arpOf(1, me, ipOf(mallory), ipOf(mallory)))
	}},
	{"a probe for its address", mallory, rest, false, func() []byte {
		return arpFrame(me, bcast, arpOf(1, me, zero, ipOf(mallory)))
	}},
	{"DHCP discover", mallory, nil, true, func() []byte {
		return udp4(me, bcast, port(zero, 68), port(all, 67), nil)
	}},
	{"DHCP renewal", mallory, nil, true, func() []byte {
		return udp4(me, macOf(9), port(ipOf(mallory), 68), port(server, 67), nil)
	}},
	{"DHCP request with an old address", mallory, nil, true, func() []byte {
		return udp4(me, bcast, port(addr("10.0.0.77"), 68), port(all, 67), nil)
	}},
	{"link-local echo", mallory, rest, false, func() []byte {
		return icmp6(me, llOf(mallory), 128, 0, make([]byte, 8))
	}},
	{"router solicitation from nowhere", mallory, rest, false, func() []byte {
		return icmp6(me, none6, packet.ICMPv6RouterSolicit, 0, make([]byte, 4))
	}},
	{"listener report from nowhere", mallory, rest, false, func() []byte {
		return icmp6(me, none6, 143, 0, make([]byte, 24))
	}},
	{"duplicate detection", mallory, rest, false, func() []byte {
		return nd(packet.ICMPv6NeighborSolicit, none6, llOf(mallory))
	}},
	{"solicitation", mallory, rest, false, func() []byte {
		return nd(packet.ICMPv6NeighborSolicit, llOf(mallory), llOf(victim), me)
	}},
	{"solicitation without link layer", mallory, rest, false, func() []byte {
		return nd(packet.ICMPv6NeighborSolicit, llOf(mallory), llOf(victim))
	}},
	{"solicitation for a known address, answered by the switch", mallory, []uint32{mallory}, false, func() []byte {
		return nd(packet.ICMPv6NeighborSolicit, llOf(mallory), victim6, me)
	}},
	{"the same without link layer goes to who has it", mallory, []uint32{victim}, false, func() []byte {
		return nd(packet.ICMPv6NeighborSolicit, llOf(mallory), victim6)
	}},
	{"victim: duplicate detection of its known address", victim, []uint32{mallory, router, free, open}, false,
		func() []byte { return icmp6(foe, none6, packet.ICMPv6NeighborSolicit, 0, ndBody(135, victim6)) }},
	{"victim: it asks for its own", victim, []uint32{mallory, router, free, open}, false,
		func() []byte {
			return icmp6(foe, llOf(victim), packet.ICMPv6NeighborSolicit, 0, ndBody(135, victim6, foe))
		}},
	{"open: duplicate detection of the address of another, who hears it", open, []uint32{victim}, false,
		func() []byte { return icmp6(macOf(open), none6, packet.ICMPv6NeighborSolicit, 0, ndBody(135, victim6)) }},
	{"advertisement", mallory, rest, false, func() []byte {
		return nd(packet.ICMPv6NeighborAdvert, llOf(mallory), llOf(mallory), me)
	}},
	{"advertisement without link layer", mallory, rest, false, func() []byte {
		return nd(packet.ICMPv6NeighborAdvert, llOf(mallory), llOf(mallory))
	}},
	{"router: an allowed address", router, []uint32{victim}, false, func() []byte {
		return from(addr("10.0.0.100"), macOf(router), foe)
	}},
	{"router: it is announced", router, []uint32{mallory, victim, free, open}, false, func() []byte {
		return arpFrame(macOf(router), bcast, arpOf(1, macOf(router), addr("10.0.0.100"), addr("10.0.0.100")))
	}},
	{"router: an allowed pair", router, []uint32{victim}, false, func() []byte {
		return from(addr("10.0.0.101"), vmac, foe)
	}},
	{"router: it is announced", router, []uint32{mallory, victim, free, open}, false, func() []byte {
		return arpFrame(vmac, bcast, arpOf(1, vmac, addr("10.0.0.101"), addr("10.0.0.101")))
	}},
	{"router: to the MAC of the pair", mallory, []uint32{router}, false, func() []byte { return mine(vmac) }},
	{"router: what it routes", router, []uint32{victim}, false, func() []byte {
		return from(addr("10.9.3.4"), macOf(router), foe)
	}},
	{"router: an allowed IPv6", router, []uint32{mallory, victim, free, open}, false, func() []byte {
		return icmp6(macOf(router), addr("2001:db8::1"), 128, 0, make([]byte, 8))
	}},
	{"free: its own address", free, []uint32{victim}, false, func() []byte {
		return from(addr("192.0.2.1"), macOf(free), foe)
	}},
	{"free: a DHCP request", free, []uint32{mallory, victim, router, open}, false, func() []byte {
		return udp4(macOf(free), bcast, port(zero, 68), port(all, 67), nil)
	}},
	{"open: anything", open, []uint32{victim}, false, func() []byte { return from(ipOf(router), vmac, foe) }},
	{"open: a DHCP offer", open, []uint32{victim}, false, func() []byte {
		return udp4(macOf(open), foe, port(ipOf(open), 67), port(all, 68), nil)
	}},
}

// TestAttacks sends every attack and every fair frame through the model and through Open vSwitch.
func TestAttacks(t *testing.T) {
	require.Greater(t, len(attacks), 30)
	for name, make := range beds {
		t.Run(name, func(t *testing.T) {
			b := make(t)
			for _, f := range fairs {
				out, agent := b.send(t, f.port, f.make())
				require.Equal(t, f.to, out, f.what)
				require.Equal(t, f.agent, agent, f.what)
			}
			require.Empty(t, b.drops(t))
			want := map[uint32]map[string]int{}
			for _, a := range attacks {
				out, agent := b.send(t, a.port, a.make())
				require.Empty(t, out, a.what)
				require.False(t, agent, a.what)
				if want[a.port] == nil {
					want[a.port] = map[string]int{}
				}
				want[a.port][a.why.String()]++
				require.Equal(t, want, b.drops(t), a.what)
			}
		})
	}
}

// A port costs the check a flow per address: its MAC, its IPv4 and its link-local IPv6; victim has an address more.
func TestAPortCostsThreeFlows(t *testing.T) {
	byOwner := map[string]int{}
	for _, f := range flowsOf() {
		if f.Table() == pipeline.Own {
			byOwner[f.Owner]++
		}
	}
	require.Equal(t, map[string]int{"table/own": 1, "port/p1": 3, "port/p2": 4, "port/p3": 8, "port/p4": 2}, byOwner)
}
