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
	case protoICMP:
		return m.Uint(oxm.ICMPv4Type, uint64(b[0])).Uint(oxm.ICMPv4Code, uint64(b[1]))
	case protoTCP:
		return m.Uint(oxm.TCPSrc, src).Uint(oxm.TCPDst, dst)
	case protoUDP:
		return m.Uint(oxm.UDPSrc, src).Uint(oxm.UDPDst, dst)
	}
	return m
}

// Covers reports whether m is for every packet that narrow is for.
func (m Match) Covers(narrow Match) bool {
	for w := range m.m.All() {
		n, ok := narrow.m.Get(w.Field)
		if !ok || n.Mask != nil && w.Mask == nil || len(n.Value) != len(w.Value) || !under(n.Value, w) {
			return false
		}
	}
	return true
}

// under reports whether a value is one that a field asks for.
func under(value []byte, t oxm.TLV) bool {
	for i := range t.Value {
		mask := byte(0xff)
		if t.Mask != nil {
			mask = t.Mask[i]
		}
		if value[i]&mask != t.Value[i]&mask {
			return false
		}
	}
	return true
}
