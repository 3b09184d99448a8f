package pipeline

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/packet"
)

// The part of the layout that checks whether a guest's frames are its own. It is the same for all ports: what a frame
// says of its sender is moved into registers, and the table own, which has a flow per address of each port, is asked
// whether the port has it. So a port costs as many flows as it has addresses, whatever is checked.
//
//	guard     MAC of the frame ──────────────────────► own: whose MAC?      no: mac
//	source    source of IPv4, IPv6 ──────────────────► own: whose address?  no: source    (DHCP server, RA: server)
//	neighbor  sender of ARP, target and link layer ──► own: both?           no: neighbor
//	verdict   reg3 = 0 ─► dhcp                         else: dropped, counted by port and reason
//
// The counters are flows that the switch makes when they are needed (learn), so that ports of honest guests have none.

// What frames of guests are looked at for.
const (
	etIPv6       = packet.EtherTypeIPv6
	etVLAN       = packet.EtherTypeVLAN
	etQinQ       = 0x88a8 // IEEE 802.1Q service tag
	dhcpServer   = packet.DHCPServerPort
	dhcpClient   = packet.DHCPClientPort
	dhcp6Server  = 547    // RFC 8415 section 7.2
	mldQuery     = 130    // RFC 2710; 131 and 132 are report and done
	mldReport    = 131    //
	mldDone      = 132    //
	mldv2Report  = 143    // RFC 3810
	vlanPresent  = 0x1000 // in vlan_vid (OpenFlow 1.3, 7.2.3.7)
	counterPrio  = 50
	macLowBits   = 32
	macHighBits  = 16
	familyIPv4   = 4
	familyIPv6   = 6
	prioKinds    = 100 // in guard, source and neighbor: kinds of packets
	prioSpecial  = 110 // special cases of them
	prioSpecial2 = 120 // and of those
	prioForbid   = 130 // what no guest may send
)

// The addresses that only bridges listen to (IEEE 802.1Q section 8.6.3).
var (
	bridgeGroup     = model.MAC{0x01, 0x80, 0xc2, 0, 0, 0}
	bridgeGroupMask = []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xf0}
)

type fieldsOf = func(oxm.Match) oxm.Match

// with adds fields to a match.
func (m Matcher) with(f fieldsOf) Matcher {
	m.m = f(m.own())
	return m
}

// passed asks for a frame that nothing is wrong with so far.
func passed() Matcher { return Match().Reg(RegVerdict, 0) }

func (m Matcher) ethType(t uint64) Matcher {
	return m.with(func(x oxm.Match) oxm.Match { return x.Uint(oxm.EthType, t) })
}

func (m Matcher) icmp6(kind uint64) Matcher {
	return m.with(func(x oxm.Match) oxm.Match {
		return x.Uint(oxm.EthType, etIPv6).Uint(oxm.IPProto, packet.ProtoICMPv6).Uint(oxm.ICMPv6Type, kind)
	})
}

// nd asks for a message of neighbour discovery that is well formed.
func (m Matcher) nd(kind uint64) Matcher {
	return m.icmp6(kind).with(func(x oxm.Match) oxm.Match { return x.Uint(oxm.ICMPv6Code, 0) })
}

func (m Matcher) mac(f oxm.Field, mac model.MAC) Matcher {
	return m.with(func(x oxm.Match) oxm.Match { return x.MAC(f, mac) })
}

// fromNowhere asks for the unspecified address as the source.
func (m Matcher) fromNowhere() Matcher {
	return m.with(func(x oxm.Match) oxm.Match { return x.Bytes(oxm.IPv6Src, netip.IPv6Unspecified().AsSlice()) })
}

// moveBits copies n bits from an offset of a field to the first ones of a register.
func (d Actions) moveBits(src oxm.Field, from int, reg, n int) Actions {
	return d.with(append(d.own(), action.Encode(&action.RegMove{NBits: uint16(n), SrcOffset: uint16(from),
		Src: action.FieldOf(src), Dst: action.FieldOf(oxm.Reg(reg))})...))
}

// moveTo copies the first n bits of a register to those of a field.
func (d Actions) moveTo(reg int, dst oxm.Field, n uint16) Actions {
	return d.with(append(d.own(), action.Encode(&action.RegMove{NBits: n, Src: action.FieldOf(oxm.Reg(reg)),
		Dst: action.FieldOf(dst)})...))
}

// askMAC puts a MAC before the table own.
func (d Actions) askMAC(f oxm.Field) Actions {
	return d.moveBits(f, 0, RegMACLow, macLowBits).moveBits(f, macLowBits, RegMACHigh, macHighBits)
}

// askIPv4 and askIPv6 put an address before it.
func (d Actions) askIPv4(f oxm.Field) Actions {
	return d.LoadReg(RegFamily, familyIPv4).moveBits(f, 0, RegIPv4, 32)
}

func (d Actions) askIPv6(f oxm.Field) Actions {
	d = d.LoadReg(RegFamily, familyIPv6)
	for i := range 4 {
		d = d.moveBits(f, 96-32*i, RegIPv6+i, 32)
	}
	return d
}

// orElse asks the table own, and drops for a reason what is not the port's.
func (d Actions) orElse(r Reason) Actions {
	return d.LoadReg(RegReason, uint32(r)).LoadReg(RegVerdict, uint32(r)).Resubmit(Own)
}

// drop is for a reason.
func drop(r Reason) Actions { return Do().LoadReg(RegVerdict, uint32(r)) }

// tableOwner is whose the flows are that every bridge has.
func tableOwner(t Table) Owner { return Owner{Module: ModuleSecurity, Name: "table/" + TableName(t)} }

// guardFlows are the flows of the check.
func guardFlows() []Flow {
	o := tableOwner(Guard)
	out := []Flow{
		o.Flow(Guard, prioForbid, Match().Tagged(), drop(ReasonVLAN), Verdict),
		o.Flow(Guard, prioSpecial, Match().with(func(x oxm.Match) oxm.Match {
			return x.BytesMasked(oxm.EthDst, bridgeGroup[:], bridgeGroupMask)
		}), drop(ReasonReserved), Verdict),
		o.Flow(Guard, PrioMiss, Match(), drop(ReasonMAC).askMAC(oxm.NXEthSrc).Resubmit(Own), Source),
	}
	out = append(append(out, sourceFlows()...), neighborFlows()...)
	verdict := tableOwner(Verdict)
	return append(out,
		verdict.Flow(Verdict, PrioNormal, passed(), Do(), DHCP),
		verdict.Flow(Verdict, PrioMiss, Match(), Do().count(), End),
		tableOwner(DHCP).Flow(DHCP, counterPrio, Match().Reg(RegServed, 1).UDPDst(dhcpServer),
			drop(ReasonDHCP).Resubmit(Verdict), End))
}

// sourceFlows check where packets of IP come from.
func sourceFlows() []Flow {
	o := tableOwner(Source)
	flow := func(prio uint16, m Matcher, do Actions, next Table) Flow { return o.Flow(Source, prio, m, do, next) }
	udp6 := passed().with(func(x oxm.Match) oxm.Match {
		return x.Uint(oxm.EthType, etIPv6).Uint(oxm.IPProto, packet.ProtoUDP).Uint(oxm.UDPSrc, dhcp6Server)
	})
	fromZero := passed().UDPSrcDst(dhcpClient, dhcpServer).with(func(x oxm.Match) oxm.Match {
		return x.IPv4(oxm.IPv4Src, netip.IPv4Unspecified())
	})
	out := []Flow{
		flow(prioForbid, passed().udpSrc(dhcpServer), drop(ReasonServer), Verdict),
		flow(prioForbid, udp6, drop(ReasonServer), Verdict),
		flow(prioForbid, passed().icmp6(packet.ICMPv6RouterAdvert), drop(ReasonServer), Verdict),
		flow(prioForbid, passed().icmp6(packet.ICMPv6Redirect), drop(ReasonServer), Verdict),
		flow(prioForbid, passed().icmp6(mldQuery), drop(ReasonServer), Verdict),
		flow(prioSpecial, fromZero, Do(), Verdict),
		// Where the agent answers, a client that comes with an old address is told so.
		flow(prioSpecial, passed().Reg(RegServed, 1).UDPSrcDst(dhcpClient, dhcpServer), Do(), Verdict),
		flow(prioKinds, passed().needIPv4(), Do().askIPv4(oxm.NXIPv4Src).orElse(ReasonSource), Verdict),
		flow(prioKinds, passed().ethType(etIPv6), Do().askIPv6(oxm.NXIPv6Src).orElse(ReasonSource), Neighbor),
		flow(prioKinds, passed().ethType(ethTypeARP), Do(), Neighbor),
		flow(PrioMiss, Match(), Do(), Verdict),
		flow(prioSpecial, passed().icmp6(packet.ICMPv6NeighborSolicit).fromNowhere(), Do(), Neighbor),
	}
	for _, kind := range []uint64{packet.ICMPv6RouterSolicit, mldReport, mldDone, mldv2Report} { // before it has one
		out = append(out, flow(prioSpecial, passed().icmp6(kind).fromNowhere(), Do(), Verdict))
	}
	return out
}

// neighborFlows check what ARP and neighbour discovery say. A probe for an address (RFC 5227, RFC 4862 section 5.4.2)
// comes from nowhere, and must be for one of the port's own: another's would make that one believe it has it twice.
func neighborFlows() []Flow {
	o := tableOwner(Neighbor)
	flow := func(prio uint16, m Matcher, do Actions) Flow { return o.Flow(Neighbor, prio, m, do, Verdict) }
	probe := passed().with(func(x oxm.Match) oxm.Match {
		return x.Uint(oxm.EthType, ethTypeARP).Uint(oxm.ARPOp, arpRequest).IPv4(oxm.ARPSPA, netip.IPv4Unspecified())
	})
	solicit, advert := passed().nd(packet.ICMPv6NeighborSolicit), passed().nd(packet.ICMPv6NeighborAdvert)
	none := model.MAC{} // no option
	target := Do().askIPv6(oxm.NXNDTarget)
	return []Flow{
		flow(prioSpecial, probe, Do().askMAC(oxm.NXARPSHA).askIPv4(oxm.NXARPTPA).orElse(ReasonNeighbor)),
		flow(prioKinds, passed().ethType(ethTypeARP),
			Do().askMAC(oxm.NXARPSHA).askIPv4(oxm.NXARPSPA).orElse(ReasonNeighbor)),
		flow(prioForbid, solicit.fromNowhere().mac(oxm.NDSLL, none), target.orElse(ReasonNeighbor)),
		flow(prioSpecial2, solicit.mac(oxm.NDSLL, none), Do()),
		flow(prioSpecial, solicit, Do().askMAC(oxm.NXNDSLL).askIPv6(oxm.NXIPv6Src).orElse(ReasonNeighbor)),
		flow(prioSpecial2, advert.mac(oxm.NDTLL, none), target.orElse(ReasonNeighbor)),
		flow(prioSpecial, advert, target.askMAC(oxm.NXNDTLL).orElse(ReasonNeighbor)),
		flow(prioKinds, passed().icmp6(packet.ICMPv6NeighborSolicit), drop(ReasonNeighbor)), // not well formed
		flow(prioKinds, passed().icmp6(packet.ICMPv6NeighborAdvert), drop(ReasonNeighbor)),
		flow(PrioMiss, Match(), Do()),
	}
}

func (m Matcher) udpSrc(port uint16) Matcher {
	m = m.needIPv4()
	m.m = m.own().Uint(oxm.IPProto, ipProtoUDP).Uint(oxm.UDPSrc, uint64(port))
	return m
}

// count has the switch make a flow that takes what comes next by this port, or sub-port, for this reason. The frame
// that makes it is not in its counter.
func (d Actions) count() Actions {
	verdict, vlan := oxm.Reg(RegVerdict), oxm.Reg(RegVLAN)
	match := func(f oxm.Field, bits uint16) action.LearnSpec {
		return action.LearnSpec{Header: action.LearnSrcField | action.LearnDstMatch | bits, Src: action.HeaderOf(f),
			Dst: action.HeaderOf(f)}
	}
	specs := []action.LearnSpec{match(oxm.NXInPort, 16), match(vlan, 32), match(verdict, 32)}
	return d.with(append(d.own(), action.Encode(&action.Learn{Priority: counterPrio, Cookie: Counter, Table: Verdict,
		Specs: action.LearnSpecs{List: specs}})...))
}
