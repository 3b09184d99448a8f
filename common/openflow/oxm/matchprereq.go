package oxm

// Ethernet types and IP protocols that fields depend on.
const (
	ethIPv4     = 0x0800
	ethARP      = 0x0806
	ethRARP     = 0x8035
	ethIPv6     = 0x86dd
	ethMPLS     = 0x8847
	ethMPLSMany = 0x8848
	ethNSH      = 0x894f
	ethNone     = 0x05ff

	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
	protoSCTP   = 132

	ndSolicit = 135
	ndAdvert  = 136

	nsEthertype = 1 // namespace of a packet type that is an Ethernet type
)

// Bits of ct_state.
const (
	ctInvalid = 0x10
	ctTracked = 0x20
	ctValid   = 0xcf // bits that only a valid connection has
)

// EthType is the Ethernet type that the flow is about: that of packet_type where packets have no Ethernet header.
func (w *Flow) EthType() uint16 {
	switch packet := w.uint(atPacketType, 4); {
	case packet == 0:
		return uint16(w.uint(atEthType, 2))
	case packet>>16 == nsEthertype:
		return uint16(packet)
	}
	return ethNone
}

// Meets says whether the flow matches what p asks for.
func (w *Flow) Meets(p Prereq) bool {
	switch eth := w.EthType(); p {
	case NeedNothing:
		return true
	case NeedEthernet:
		return w.uint(atPacketType, 4) == 0
	case NeedARP:
		return eth == ethARP || eth == ethRARP
	case NeedIPv4:
		return eth == ethIPv4
	case NeedIPv6:
		return eth == ethIPv6
	case NeedIP:
		return eth == ethIPv4 || eth == ethIPv6
	case NeedVLAN:
		return w.uint(atPacketType, 4) == 0 && w.uint(atVLAN, 2)&vlanCFI != 0
	case NeedMPLS:
		return eth == ethMPLS || eth == ethMPLSMany
	case NeedNSH:
		return eth == ethNSH
	case NeedCT:
		state, mask := w.uint(atCTState, 4), bytesUint(w.mask[atCTState:atCTState+4])
		return state&ctValid != 0 || state&ctTracked != 0 && mask&^state&ctInvalid != 0
	}
	return w.meetsTransport(p)
}

func (w *Flow) meetsTransport(p Prereq) bool {
	eth, proto := w.EthType(), w.uint(atNwProto, 1)
	first := (eth == ethIPv4 || eth == ethIPv6) && w.uint(atFrag, 1)&lateBit == 0
	nd := eth == ethIPv6 && proto == protoICMPv6 && w.uint(atTpDst, 2) == 0
	switch icmpType := w.uint(atTpSrc, 2); p {
	case NeedTCP:
		return first && proto == protoTCP
	case NeedUDP:
		return first && proto == protoUDP
	case NeedSCTP:
		return first && proto == protoSCTP
	case NeedICMPv4:
		return eth == ethIPv4 && proto == protoICMP
	case NeedICMPv6:
		return eth == ethIPv6 && proto == protoICMPv6
	case NeedND:
		return nd && (icmpType == ndSolicit || icmpType == ndAdvert)
	case NeedNDSolicit:
		return nd && icmpType == ndSolicit
	case NeedNDAdvert:
		return nd && icmpType == ndAdvert
	}
	return false
}
