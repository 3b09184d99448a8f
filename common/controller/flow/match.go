package flow

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/packet"
)

const vlanPresent = 0x1000 // in OXM_OF_VLAN_VID

// Match says which packets a flow is for: those that have all that its methods were given. The zero Match is for every
// packet. What a field needs of the others (an EtherType, a protocol) is added with it.
type Match struct{ m oxm.Match }

// own makes room that no other Match shares.
func (m Match) own() oxm.Match { return m.m[:len(m.m):len(m.m)] }

// OXM are the fields, in their wire form.
func (m Match) OXM() oxm.Match { return m.m }

// Field asks for any field, under its mask if it has one.
func (m Match) Field(t oxm.TLV) Match { return Match{m.own().Add(t)} }

// Uint asks for a field of up to eight bytes.
func (m Match) Uint(f oxm.Field, v uint64) Match { return Match{m.own().Uint(f, v)} }

func (m Match) with(f oxm.Field, v uint64) Match {
	if _, ok := m.m.Get(f); ok {
		return m
	}
	return m.Uint(f, v)
}

// InPort asks for the port that the packet came in by.
func (m Match) InPort(port uint32) Match { return m.Uint(oxm.InPort, uint64(port)) }

// EthSrc asks for the source address of Ethernet.
func (m Match) EthSrc(mac model.MAC) Match { return Match{m.own().MAC(oxm.EthSrc, mac)} }

// EthDst asks for the destination address of Ethernet.
func (m Match) EthDst(mac model.MAC) Match { return Match{m.own().MAC(oxm.EthDst, mac)} }

// Multicast asks for a group address as the destination, broadcast included.
func (m Match) Multicast() Match {
	bit := []byte{1, 0, 0, 0, 0, 0}
	return Match{m.own().BytesMasked(oxm.EthDst, bit, bit)}
}

// EthType asks for an EtherType.
func (m Match) EthType(t uint16) Match { return m.with(oxm.EthType, uint64(t)) }

// VLAN asks for a VLAN id.
func (m Match) VLAN(id uint16) Match { return m.Uint(oxm.VLANVID, vlanPresent|uint64(id)) }

// Untagged asks for a packet without a VLAN tag.
func (m Match) Untagged() Match { return m.Uint(oxm.VLANVID, 0) }

// IPv4Src asks for a source address, or for one of a network.
func (m Match) IPv4Src(p netip.Prefix) Match { return m.prefix(packet.EtherTypeIPv4, oxm.IPv4Src, p) }

// IPv4Dst asks for a destination address, or for one of a network.
func (m Match) IPv4Dst(p netip.Prefix) Match { return m.prefix(packet.EtherTypeIPv4, oxm.IPv4Dst, p) }

// IPv6Src asks for a source address, or for one of a network.
func (m Match) IPv6Src(p netip.Prefix) Match { return m.prefix(packet.EtherTypeIPv6, oxm.IPv6Src, p) }

// IPv6Dst asks for a destination address, or for one of a network.
func (m Match) IPv6Dst(p netip.Prefix) Match { return m.prefix(packet.EtherTypeIPv6, oxm.IPv6Dst, p) }

func (m Match) prefix(ethType uint16, f oxm.Field, p netip.Prefix) Match {
	m = m.EthType(ethType)
	return Match{m.own().Prefix(f, p)}
}

// ARP asks for an ARP packet; op is packet.ARPRequest or packet.ARPReply, 0 for any.
func (m Match) ARP(op uint16) Match {
	m = m.EthType(packet.EtherTypeARP)
	if op == 0 {
		return m
	}
	return m.Uint(oxm.ARPOp, uint64(op))
}

// ARPTarget asks for the address that an ARP packet is about.
func (m Match) ARPTarget(ip netip.Addr) Match {
	m = m.EthType(packet.EtherTypeARP)
	return Match{m.own().IPv4(oxm.ARPTPA, ip)}
}

// protocol asks for a protocol over IPv4, unless the match is for IPv6 already.
func (m Match) protocol(n uint64) Match {
	return m.EthType(packet.EtherTypeIPv4).with(oxm.IPProto, n)
}

// TCPSrc asks for TCP from a port. Over IPv4, unless EthType or an address before it said IPv6.
func (m Match) TCPSrc(port uint16) Match {
	return m.protocol(packet.ProtoTCP).Uint(oxm.TCPSrc, uint64(port))
}

// TCPDst asks for TCP to a port.
func (m Match) TCPDst(port uint16) Match {
	return m.protocol(packet.ProtoTCP).Uint(oxm.TCPDst, uint64(port))
}

// UDPSrc asks for UDP from a port.
func (m Match) UDPSrc(port uint16) Match {
	return m.protocol(packet.ProtoUDP).Uint(oxm.UDPSrc, uint64(port))
}

// UDPDst asks for UDP to a port.
func (m Match) UDPDst(port uint16) Match {
	return m.protocol(packet.ProtoUDP).Uint(oxm.UDPDst, uint64(port))
}

// ICMP asks for ICMP of a type, for example 8 (echo request).
func (m Match) ICMP(typ uint8) Match {
	return m.protocol(packet.ProtoICMP).Uint(oxm.ICMPv4Type, uint64(typ))
}

// ICMPv6 asks for ICMPv6 of a type, for example 135 (neighbour solicitation).
func (m Match) ICMPv6(typ uint8) Match {
	return m.EthType(packet.EtherTypeIPv6).with(oxm.IPProto, packet.ProtoICMPv6).Uint(oxm.ICMPv6Type, uint64(typ))
}

// Reg asks for a register's value.
func (m Match) Reg(n int, v uint32) Match { return m.Uint(oxm.Reg(n), uint64(v)) }

// Metadata asks for the bits of the metadata that are in mask.
func (m Match) Metadata(v, mask uint64) Match {
	return Match{m.own().UintMasked(oxm.Metadata, v, mask)}
}

// TunnelID asks for the tunnel key.
func (m Match) TunnelID(id uint64) Match { return m.Uint(oxm.TunnelID, id) }

// MatchOf is the match with the given fields.
func MatchOf(m oxm.Match) Match { return Match{m} }
