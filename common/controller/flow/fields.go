package flow

import (
	"encoding/binary"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/packet"
)

// FieldsOf is the narrowest Match of what OpenFlow 1.0 looks at: for the frame that came in by a port and for those
// that have all its fields.
func FieldsOf(inPort uint32, frame []byte) Match {
	m := oxm.Match(nil).Uint(oxm.InPort, uint64(inPort))
	e, err := packet.ParseEthernet(frame)
	m = m.MAC(oxm.EthSrc, e.Src).MAC(oxm.EthDst, e.Dst)
	if err != nil {
		return Match{m}
	}
	vlan := uint64(0)
	if e.Tags[0].TPID != 0 {
		vlan = vlanPresent | uint64(e.Tags[0].ID())
		m = m.Uint(oxm.VLANPCP, uint64(e.Tags[0].Priority()))
	}
	m = m.Uint(oxm.VLANVID, vlan).Uint(oxm.EthType, uint64(e.Type))
	switch e.Type {
	case packet.EtherTypeARP:
		if a, err := packet.ParseARP(e.Payload); err == nil {
			m = m.Uint(oxm.ARPOp, uint64(a.Op)).IPv4(oxm.ARPSPA, a.SenderIP).IPv4(oxm.ARPTPA, a.TargetIP).
				MAC(oxm.ARPSHA, a.SenderMAC).MAC(oxm.ARPTHA, a.TargetMAC)
		}
	case packet.EtherTypeIPv4:
		if ip, err := packet.ParseIPv4(e.Payload); err == nil {
			m = m.IPv4(oxm.IPv4Src, ip.Src).IPv4(oxm.IPv4Dst, ip.Dst).Uint(oxm.IPProto, uint64(ip.Protocol))
			if ip.FragmentOffset == 0 {
				m = transport(m, ip.Protocol, ip.Payload)
			}
		}
	}
	return Match{m}
}

// transport adds what is behind the header of IPv4.
func transport(m oxm.Match, protocol uint8, b []byte) oxm.Match {
	if len(b) < 4 {
		return m
	}
	src, dst := uint64(binary.BigEndian.Uint16(b)), uint64(binary.BigEndian.Uint16(b[2:]))
	switch protocol {
	case packet.ProtoICMP:
		return m.Uint(oxm.ICMPv4Type, uint64(b[0])).Uint(oxm.ICMPv4Code, uint64(b[1]))
	case packet.ProtoTCP:
		return m.Uint(oxm.TCPSrc, src).Uint(oxm.TCPDst, dst)
	case packet.ProtoUDP:
		return m.Uint(oxm.UDPSrc, src).Uint(oxm.UDPDst, dst)
	}
	return m
}

// Covers reports whether m is for every packet that narrow is for.
func (m Match) Covers(narrow Match) bool {
	var wide, of oxm.Flow
	for t := range m.m.All() {
		if wide.Set(t) != nil {
			return false // nobody knows what it is for
		}
	}
	for t := range narrow.m.All() {
		_ = of.Set(t) // without it, of is for more
	}
	return wide.Wider(&of)
}
