package of10

import (
	"fmt"
	"net/netip"
)

// Match says which packets a flow is for (5.2.3). A field whose bit is in Wildcards does not count; start with
// MatchAll, whose methods set a field and take its bit out.
type Match struct {
	Wildcards Wildcards `wire:"format=hex"`
	InPort    uint16
	DLSrc     [6]byte `wire:"format=mac"`
	DLDst     [6]byte `wire:"format=mac"`
	VLAN      uint16
	VLANPCP   uint8
	_         [1]byte
	DLType    uint16 `wire:"format=hex"`
	NwTOS     uint8
	NwProto   uint8
	_         [2]byte
	NwSrc     [4]byte `wire:"format=ip"`
	NwDst     [4]byte `wire:"format=ip"`
	TpSrc     uint16
	TpDst     uint16
}

// Wildcards are the fields of a Match that do not count. Of NwSrc and NwDst it has the number of low bits that do not
// count, six bits each, where 32 and more are all.
type Wildcards uint32

// The wildcards.
const (
	WildInPort  Wildcards = 1 << 0
	WildVLAN    Wildcards = 1 << 1
	WildDLSrc   Wildcards = 1 << 2
	WildDLDst   Wildcards = 1 << 3
	WildDLType  Wildcards = 1 << 4
	WildNwProto Wildcards = 1 << 5
	WildTpSrc   Wildcards = 1 << 6
	WildTpDst   Wildcards = 1 << 7
	WildNwSrc   Wildcards = 32 << nwSrcShift
	WildNwDst   Wildcards = 32 << nwDstShift
	WildVLANPCP Wildcards = 1 << 20
	WildNwTOS   Wildcards = 1 << 21
	WildAll     Wildcards = 1<<22 - 1
)

const (
	nwSrcShift = 8
	nwDstShift = 14
	nwMask     = 0x3f
	ipv4Bits   = 32
)

// MatchAll is the match of every packet.
func MatchAll() Match { return Match{Wildcards: WildAll} }

// SetInPort matches the port that a packet came in by.
func (m *Match) SetInPort(port uint16) { m.InPort, m.Wildcards = port, m.Wildcards&^WildInPort }

// SetDLSrc matches the source address of Ethernet.
func (m *Match) SetDLSrc(mac [6]byte) { m.DLSrc, m.Wildcards = mac, m.Wildcards&^WildDLSrc }

// SetDLDst matches the destination address of Ethernet.
func (m *Match) SetDLDst(mac [6]byte) { m.DLDst, m.Wildcards = mac, m.Wildcards&^WildDLDst }

// SetVLAN matches the VLAN, VLANNone packets without a tag.
func (m *Match) SetVLAN(vid uint16) { m.VLAN, m.Wildcards = vid, m.Wildcards&^WildVLAN }

// SetVLANPCP matches the priority in the tag.
func (m *Match) SetVLANPCP(pcp uint8) { m.VLANPCP, m.Wildcards = pcp, m.Wildcards&^WildVLANPCP }

// SetDLType matches the type of Ethernet. What follows needs it, as it says how to read the packet.
func (m *Match) SetDLType(t uint16) { m.DLType, m.Wildcards = t, m.Wildcards&^WildDLType }

// SetNwTOS matches the upper six bits of the TOS of IPv4.
func (m *Match) SetNwTOS(tos uint8) { m.NwTOS, m.Wildcards = tos, m.Wildcards&^WildNwTOS }

// SetNwProto matches the protocol of IPv4 or the operation of ARP.
func (m *Match) SetNwProto(p uint8) { m.NwProto, m.Wildcards = p, m.Wildcards&^WildNwProto }

// SetTpSrc matches the source port of TCP or UDP, or the type of ICMP.
func (m *Match) SetTpSrc(port uint16) { m.TpSrc, m.Wildcards = port, m.Wildcards&^WildTpSrc }

// SetTpDst matches the destination port of TCP or UDP, or the code of ICMP.
func (m *Match) SetTpDst(port uint16) { m.TpDst, m.Wildcards = port, m.Wildcards&^WildTpDst }

// SetNwSrc matches the source network of IPv4 or ARP.
func (m *Match) SetNwSrc(p netip.Prefix) error { return m.network(p, &m.NwSrc, nwSrcShift) }

// SetNwDst matches the destination network of IPv4 or ARP.
func (m *Match) SetNwDst(p netip.Prefix) error { return m.network(p, &m.NwDst, nwDstShift) }

func (m *Match) network(p netip.Prefix, to *[4]byte, shift int) error {
	if !p.Addr().Is4() || !p.IsValid() {
		return fmt.Errorf("match network %s: not of IPv4", p)
	}
	*to = p.Masked().Addr().As4()
	m.Wildcards = m.Wildcards&^(nwMask<<shift) | Wildcards(ipv4Bits-p.Bits())<<shift
	return nil
}

// NwSrcPrefix is the source network that counts, of zero bits if none does.
func (m *Match) NwSrcPrefix() netip.Prefix { return m.prefix(m.NwSrc, nwSrcShift) }

// NwDstPrefix is the destination network that counts, of zero bits if none does.
func (m *Match) NwDstPrefix() netip.Prefix { return m.prefix(m.NwDst, nwDstShift) }

func (m *Match) prefix(a [4]byte, shift int) netip.Prefix {
	wild := min(int(m.Wildcards>>shift)&nwMask, ipv4Bits)
	return netip.PrefixFrom(netip.AddrFrom4(a), ipv4Bits-wild).Masked()
}
