package pipeline

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/packet"
)

// The part of the layout that answers who has an address. The flow of an address is short, as there is one for every
// port of every network: it says which MAC that is, and the table reply makes the answer, the same for all.
//
//	arp       request for IPv4 ─ arp_tha = MAC ─► reply      solicitation for IPv6 ─ eth_dst = MAC ─► reply
//	reply     turned round ─► back                           becomes an advertisement ─► advertise
//	advertise                                                turned round ─► back
//	back      out of its port, with its tag if it is a sub-port
//
// Open vSwitch (2.11 and later) makes an advertisement (RFC 4861 section 4.4) of a solicitation where it stands: the
// option with the asker's link-layer address becomes the one with the target's. It can add none. So a solicitation
// without is not answered, but goes to whoever has the address, by unicast: that is how others look for duplicates (RFC
// 4862 section 5.4.2), and the one who has the address has to hear of it. Two tables are needed since which fields a
// flow may write depends on the type that it matches.
//
// It is done in the switch's slow path (writing the type of ICMPv6 is nothing that datapaths do), which is in
// ovs-vswitchd, so it works with every datapath.

// Flags of an advertisement (RFC 4861 section 4.4).
const (
	advertRouter    = 1 << 31
	advertSolicited = 1 << 30
	advertOverride  = 1 << 29
)

// Values of RegAnswer.
const (
	AnswerHost   = 0
	AnswerRouter = 1 // who has the address is a router
)

// ARPRequest asks for an ARP request for ip, to everybody.
func (m Matcher) ARPRequest(ip netip.Addr) Matcher {
	m = m.isARP()
	m.m = m.own().IPv4(oxm.ARPTPA, ip)
	return m
}

// isARP asks for an ARP request.
func (m Matcher) isARP() Matcher {
	m.m = m.own().Uint(oxm.EthType, ethTypeARP).Uint(oxm.ARPOp, arpRequest)
	return m
}

// Requests are frames by which a guest asks all others who has an address, by ARP and, of IPv6, by neighbour discovery.
func (m Matcher) Requests() [2]Matcher {
	return [2]Matcher{m.EthDst(Broadcast).isARP(), m.Multicast().nd(packet.ICMPv6NeighborSolicit)}
}

// Suppress drops a request, which is counted as one for an unknown address.
func (d Actions) Suppress() Actions {
	return d.LoadReg(RegVerdict, uint32(ReasonUnknown)).Resubmit(Verdict)
}

// Request asks for a frame by which a guest asks all others who has an address: an ARP request or, of IPv6, a
// neighbour solicitation. One that is sent to a single MAC asks whether that one is still there.
func (m Matcher) Request(a netip.Addr) Matcher {
	if a.Is4() {
		return m.EthDst(Broadcast).ARPRequest(a)
	}
	return m.Multicast().nd(packet.ICMPv6NeighborSolicit).with(func(x oxm.Match) oxm.Match {
		return x.Bytes(oxm.NDTarget, a.AsSlice())
	})
}

// Answer says which MAC the address has that a request asks for; the table Reply, where it has to go next, makes the
// answer. It stands where the answer will have the asker's: of that an ARP request says nothing (RFC 826).
func (d Actions) Answer(a netip.Addr, mac model.MAC) Actions {
	f := oxm.ARPTHA
	if a.Is6() {
		f = oxm.EthDst
	}
	return d.set(oxm.Match(nil).MAC(f, mac))
}

// reply turns an ARP request round, into the reply that Answer has begun; the table Back sends it.
func (d Actions) reply() Actions {
	a := nicira.Move(d.own(), oxm.NXEthSrc, oxm.NXEthDst)
	a = nicira.Move(a, oxm.NXARPTHA, oxm.NXEthSrc)
	a = nicira.Move(a, oxm.NXARPSHA, oxm.NXARPTHA)
	a = nicira.Move(a, oxm.NXEthSrc, oxm.NXARPSHA)
	a = nicira.Move(a, oxm.NXARPTPA, oxm.Reg(RegIPv4))
	a = nicira.Move(a, oxm.NXARPSPA, oxm.NXARPTPA)
	a = nicira.Move(a, oxm.Reg(RegIPv4), oxm.NXARPSPA)
	return d.with(a.SetField(oxm.Match(nil).Uint(oxm.ARPOp, arpReply)))
}

// becomeAdvert makes an advertisement of a solicitation that has an option, as far as that can be done of one.
func (d Actions) becomeAdvert(flags uint64) Actions {
	return d.set(oxm.Match(nil).Uint(oxm.NDReserved, flags|advertSolicited|advertOverride)).
		set(oxm.Match(nil).Uint(oxm.NDOptionsType, optionTargetLL)).
		set(oxm.Match(nil).Uint(oxm.ICMPv6Type, packet.ICMPv6NeighborAdvert))
}

const optionTargetLL = 2 // RFC 4861 section 4.6

// advertise is the rest of it.
func (d Actions) advertise() Actions {
	a := nicira.Move(d.own(), oxm.NXEthDst, oxm.NXNDTLL)
	a = nicira.Move(a, oxm.NXEthSrc, oxm.NXEthDst)
	a = nicira.Move(a, oxm.NXNDTLL, oxm.NXEthSrc)
	a = nicira.Move(a, oxm.NXIPv6Src, oxm.NXIPv6Dst)
	return d.with(nicira.Move(a, oxm.NXNDTarget, oxm.NXIPv6Src))
}

// answerFlows are those that make answers.
func answerFlows() []Flow {
	o := func(t Table) Owner { return Owner{Module: ModulePipeline, Name: "table/" + TableName(t)} }
	solicit, advert := Match().nd(packet.ICMPv6NeighborSolicit), Match().nd(packet.ICMPv6NeighborAdvert)
	return []Flow{
		o(Reply).Flow(Reply, PrioNormal, Match().isARP(), Do().reply(), Back),
		o(Reply).Flow(Reply, PrioNormal, solicit, Do().becomeAdvert(0), Advertise),
		o(Reply).Flow(Reply, prioSpecial, solicit.Reg(RegAnswer, AnswerRouter), Do().becomeAdvert(advertRouter), Advertise),
		o(Reply).Flow(Reply, prioSpecial2, solicit.mac(oxm.NDSLL, model.MAC{}), Do(), L2),
		o(Advertise).Flow(Advertise, PrioNormal, advert, Do().advertise(), Back),
	}
}
