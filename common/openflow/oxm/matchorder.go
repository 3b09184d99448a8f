package oxm

// infosOf finds what the table says of fields that are in it.
func infosOf(fields ...Field) []*Info {
	out := make([]*Info, 0, len(fields))
	for _, f := range fields {
		out = append(out, infoByField[f])
	}
	return out
}

// order is the order in which ovs-ofctl and ovs-vswitchd write the fields of a match, in groups of which some depend on
// others. It is filled after the table of fields.
var order struct {
	meta, mpls, ipv4, ipv6, ipRest, tcp, udp, sctp, icmp, icmp6, nd, arp, tunnel, late []*Info
	ndSLL, ndTLL, ctPorts, end                                                         []*Info
	packetType, vid, pcp, ipProto                                                      *Info
}

func initOrder() {
	o := &order
	o.packetType, o.vid = infoByField[PacketType], infoByField[VLANVID]
	o.pcp, o.ipProto = infoByField[VLANPCP], infoByField[IPProto]
	o.meta = infosOf(DPHash, RecircID, ConjID, InPort, ActsetOutput, EthSrc, EthDst, EthType)
	o.mpls = infosOf(MPLSTC, MPLSBOS, MPLSTTL, MPLSLabel)
	o.ipv4, o.ipv6 = infosOf(IPv4Src, IPv4Dst), infosOf(IPv6Src, IPv6Dst)
	o.ipRest = infosOf(IPFrag, IPDSCP, IPECN, IPTTL, IPv6FlowLabel, IPProto)
	o.tcp, o.udp, o.sctp = infosOf(TCPSrc, TCPDst, TCPFlags), infosOf(UDPSrc, UDPDst), infosOf(SCTPSrc, SCTPDst)
	o.icmp, o.icmp6 = infosOf(ICMPv4Type, ICMPv4Code), infosOf(ICMPv6Type, ICMPv6Code)
	o.nd, o.ndSLL, o.ndTLL = infosOf(NDReserved, NDTarget, NDOptionsType), infosOf(NDSLL), infosOf(NDTLL)
	o.arp = infosOf(ARPOp, ARPSPA, ARPTPA, ARPSHA, ARPTHA)
	o.tunnel = infosOf(TunnelID, TunnelFlags, TunnelSrc, TunnelDst, TunnelIPv6Src, TunnelIPv6Dst, TunnelGBPID,
		TunnelGBPFlags)
	o.late = infosOf(ERSPANIdx, ERSPANVer, ERSPANDir, ERSPANHwID, GTPUFlags, GTPUMsgType, NSHFlags, NSHTTL, NSHMDType,
		NSHNP, NSHSPI, NSHSI, NSHC1, NSHC2, NSHC3, NSHC4)
	for n := range RegCount {
		o.late = append(o.late, infoByField[Reg(n)])
	}
	o.late = append(o.late, infosOf(PktMark, CTState, CTZone, CTMark, CTLabel, CTNwSrc, CTIPv6Src, CTNwDst, CTIPv6Dst,
		CTNwProto, CTTpSrc, CTTpDst, Metadata)...)
}

// AppendMatch appends the flow as a match of OpenFlow 1.3, in the order and with the headers of Open vSwitch. What is
// matched in the layers of a packet without what it needs there is left out, as by Open vSwitch; Covers finds it.
func (w *Flow) AppendMatch(m Match) Match {
	start := len(m)
	packet, mask := w.Uint(order.packetType)
	if mask != 0 && packet != 0 {
		m = w.add(m, order.packetType)
	}
	m = w.add(m, order.meta...)
	m = w.addVLAN(m)
	m = w.addNetwork(m)
	m = w.add(m, order.tunnel...)
	for _, t := range w.tun {
		m = m.Add(t)
	}
	m = w.add(m, order.late...)
	if mask != 0 && packet == 0 && !needsEthernet(m[start:]) {
		head := Match(nil).Uint(PacketType, 0)
		m = append(m[:start], append(head, m[start:]...)...)
	}
	return m
}

// needsEthernet says that a field of the match is only for Ethernet packets, so that packet_type need not be said.
func needsEthernet(m Match) bool {
	for t := range m.All() {
		if i := t.Field.Info(); i != nil && i.Prereq != NeedNothing {
			return true
		}
	}
	return false
}

func (w *Flow) addVLAN(m Match) Match {
	value, mask := w.Uint(order.vid)
	if mask == vlanVID {
		m = m.Uint(VLANVID, value)
	} else if mask != 0 {
		m = m.UintMasked(VLANVID, value, mask)
	}
	if pcp, mask := w.Uint(order.pcp); value != 0 && mask != 0 {
		m = m.Uint(VLANPCP, pcp)
	}
	return m
}

func (w *Flow) addNetwork(m Match) Match {
	switch eth := w.EthType(); eth {
	case ethMPLS, ethMPLSMany:
		return w.add(m, order.mpls...)
	case ethARP, ethRARP:
		return w.add(m, order.arp...)
	case ethIPv4:
		m = w.add(m, order.ipv4...)
	case ethIPv6:
		m = w.add(m, order.ipv6...)
	default:
		return m
	}
	m = w.add(m, order.ipRest...)
	if w.Wild(order.ipProto) {
		return m
	}
	switch w.uint(atNwProto, 1) {
	case protoTCP:
		return w.add(m, order.tcp...)
	case protoUDP:
		return w.add(m, order.udp...)
	case protoSCTP:
		return w.add(m, order.sctp...)
	}
	if w.Meets(NeedICMPv4) {
		return w.add(m, order.icmp...)
	}
	if w.Meets(NeedICMPv6) {
		m = w.add(m, order.icmp6...)
	}
	if w.Meets(NeedND) {
		m = w.add(m, order.nd...)
	}
	if w.Meets(NeedNDSolicit) {
		m = w.add(m, order.ndSLL...)
	}
	if w.Meets(NeedNDAdvert) {
		m = w.add(m, order.ndTLL...)
	}
	return m
}

// add appends those of the fields that are matched.
func (w *Flow) add(m Match, fields ...*Info) Match {
	for _, i := range fields {
		if w.Wild(i) {
			continue
		}
		if i.part.keep == 0 {
			value, mask := w.Bytes(i)
			if !i.Maskable || all(mask, 0xff) {
				m = m.Bytes(i.Field, value)
			} else {
				m = m.BytesMasked(i.Field, value, mask)
			}
			continue
		}
		value, mask := w.Uint(i)
		whole := uint64(1)<<(8*i.Field.Len()) - 1
		if !i.Maskable || i.Field == IPFrag && mask == fragBits || mask == whole {
			m = m.Uint(i.Field, value)
		} else {
			m = m.UintMasked(i.Field, value, mask)
		}
	}
	return m
}

// Covers says whether other matches all bits of the field that w matches. The tag of a VLAN and the packet type are not
// compared: they are said in several ways.
func (w *Flow) Covers(other *Flow, i *Info) bool {
	if i.Variable || i.Foreign || i.part.at == atVLAN || i.part.at == atPacketType {
		return true
	}
	for n := i.part.at; n < i.part.at+uint16(i.part.n); n++ {
		if w.mask[n]&^other.mask[n] != 0 {
			return false
		}
	}
	return true
}
