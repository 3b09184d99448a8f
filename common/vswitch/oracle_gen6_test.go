package vswitch

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	pkt "github.com/vlcp-go/vlcp/common/packet"
)

func (g *gen) ip6() netip.Addr { return netip.AddrFrom16([16]byte{0xfe, 0x80, 15: byte(g.IntN(3))}) }

func (g *gen) matchIPv6(m oxm.Match, k kind) oxm.Match {
	if g.coin() {
		m = m.Bytes(oxm.IPv6Src, g.ip6().AsSlice())
	}
	if g.IntN(4) == 0 {
		m = m.Uint(oxm.IPFrag, uint64(g.IntN(2)))
	}
	switch k {
	case udp6:
		m = m.Uint(oxm.IPProto, 17)
		if g.coin() {
			m = m.Uint(oxm.UDPSrc, uint64(g.l4()))
		}
	case solicit:
		m = m.Uint(oxm.IPProto, 58).Uint(oxm.ICMPv6Type, 135).Uint(oxm.ICMPv6Code, 0)
		if g.coin() {
			m = m.MAC(oxm.NDSLL, g.linkLayer())
		}
	case advert:
		m = m.Uint(oxm.IPProto, 58).Uint(oxm.ICMPv6Type, 136).Uint(oxm.ICMPv6Code, 0)
		if g.coin() {
			m = m.MAC(oxm.NDTLL, g.linkLayer())
		}
	}
	if (k == solicit || k == advert) && g.coin() {
		m = m.Bytes(oxm.NDTarget, g.ip6().AsSlice())
	}
	return m
}

// linkLayer is the value of an option of neighbour discovery; none is one of zeros.
func (g *gen) linkLayer() [6]byte {
	if g.coin() {
		return [6]byte{}
	}
	return g.mac()
}

// special6 moves addresses into a register, so that where a packet goes depends on what the switch has read, or turns a
// message of neighbour discovery round.
func (g *gen) special6(a of13.Actions, k kind) of13.Actions {
	switch {
	case k == solicit && g.coin():
		return a.SetField(oxm.Match(nil).MAC(oxm.NDSLL, g.mac())).SetField(oxm.Match(nil).Uint(oxm.NDOptionsType, 2)).
			SetField(oxm.Match(nil).Uint(oxm.NDReserved, 6<<28)).SetField(oxm.Match(nil).Uint(oxm.ICMPv6Type, 136))
	case k == advert && g.coin():
		a = nicira.Move(nicira.Move(a, oxm.NXEthDst, oxm.NXNDTLL), oxm.NXIPv6Src, oxm.NXIPv6Dst)
		return nicira.Move(a, oxm.NXNDTarget, oxm.NXIPv6Src)
	case k == solicit || k == advert:
		return nicira.Move(a, oxm.NXNDTarget, oxm.XXReg(0))
	case k == udp6 && g.coin(): // not any IPv6: of ICMPv6 without a whole head Open vSwitch corrects the checksum
		return nicira.Move(a, oxm.NXIPv6Src, oxm.NXIPv6Dst)
	}
	return nicira.Move(a, oxm.NXIPv6Src, oxm.XXReg(0))
}

// appendIPv6 appends an IPv6 packet, whose last four bytes are not in it.
func (g *gen) appendIPv6(b []byte) []byte {
	src, dst := g.ip6(), g.ip6()
	next, seg := uint8(pkt.ProtoICMPv6), []byte(nil)
	switch g.IntN(4) {
	case 0:
		next = pkt.ProtoUDP
		seg = pkt.AppendUDP6(nil, &pkt.UDP{SrcPort: g.l4(), DstPort: g.l4(), Payload: make([]byte, 20)}, src, dst)
	case 1:
		seg = pkt.AppendICMPv6(nil, uint8(128+g.IntN(10)), 0, make([]byte, 4), src, dst)
	default:
		seg = pkt.AppendICMPv6(nil, uint8(135+g.IntN(2)), uint8(g.IntN(6)/5), g.neighbour(), src, dst)
	}
	switch g.IntN(6) {
	case 0: // options, or a routing header that may have segments left
		head := []byte{next, 0, 1, byte(4 * g.IntN(2)), 0, 0, 0, 0}
		next, seg = []uint8{headHopByHop, headRouting, headOptions}[g.IntN(3)], append(head, seg...)
	case 1: // fragment: the first, a later one, or one that is whole
		next, seg = headFragment, append([]byte{next, 0, 0, byte([]int{0, 1, 8}[g.IntN(3)]), 0, 0, 0, 1}, seg...)
	case 2: // cut short
		seg = seg[:g.IntN(len(seg))]
	}
	b = pkt.AppendIPv6(b, &pkt.IPv6{Src: src, Dst: dst, NextHeader: next, HopLimit: 255}, len(seg))
	return append(append(b, seg...), make([]byte, 10)...)
}

// neighbour is a message of neighbour discovery without its head, with none, one or two options.
func (g *gen) neighbour() []byte {
	b := append(make([]byte, 4), g.ip6().AsSlice()...)
	for range g.IntN(3) {
		mac := g.mac()
		b = append(append(b, byte(1+g.IntN(3)), byte(g.IntN(8)/7+1)), mac[:]...)
	}
	return b
}
