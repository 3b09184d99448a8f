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
	packetType, vid, pcp, ipProto, tci                                                 *Info
	nxm                                                                                map[*Info]*Info
}

func initOrder() {
	o := &order
	o.packetType, o.vid = infoByField[PacketType], infoByField[VLANVID]
	o.pcp, o.ipProto = infoByField[VLANPCP], infoByField[IPProto]
	o.tci = infoByField[NXVLANTCI]
	o.nxm = map[*Info]*Info{infoByField[InPort]: infoByField[NXInPort], infoByField[IPDSCP]: infoByField[NXIPTOS]}
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
func (w *Flow) AppendMatch(m Match) Match { return (&appender{w, m, false}).match() }

// AppendNXM appends the flow as a match of Nicira, as AppendMatch does: with the headers of NXM where there are such.
func (w *Flow) AppendNXM(m Match) Match { return (&appender{w, m, true}).match() }

// appender appends a flow to m.
type appender struct {
	*Flow
	m   Match
	nxm bool
}

func (a *appender) match() Match {
	start := len(a.m)
	packet, mask := a.Uint(order.packetType)
	if mask != 0 && packet != 0 {
		a.add(order.packetType)
	}
	a.add(order.meta...)
	a.addVLAN()
	a.addNetwork()
	a.add(order.tunnel...)
	for _, t := range a.tun {
		a.m = a.m.Add(t)
	}
	a.add(order.late...)
	if mask != 0 && packet == 0 && !needsEthernet(a.m[start:]) {
		head := Match(nil).Uint(PacketType, 0)
		a.m = append(a.m[:start], append(head, a.m[start:]...)...)
	}
	return a.m
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

func (a *appender) addVLAN() {
	if a.nxm {
		a.add(order.tci)
		return
	}
	value, mask := a.Uint(order.vid)
	if mask == vlanVID {
		a.m = a.m.Uint(VLANVID, value)
	} else if mask != 0 {
		a.m = a.m.UintMasked(VLANVID, value, mask)
	}
	if pcp, mask := a.Uint(order.pcp); value != 0 && mask != 0 {
		a.m = a.m.Uint(VLANPCP, pcp)
	}
}

func (a *appender) addNetwork() {
	switch eth := a.EthType(); eth {
	case ethMPLS, ethMPLSMany:
		a.add(order.mpls...)
		return
	case ethARP, ethRARP:
		a.add(order.arp...)
		return
	case ethIPv4:
		a.add(order.ipv4...)
	case ethIPv6:
		a.add(order.ipv6...)
	default:
		return
	}
	a.add(order.ipRest...)
	if !a.Wild(order.ipProto) {
		a.addTransport()
	}
}

func (a *appender) addTransport() {
	switch a.uint(atNwProto, 1) {
	case protoTCP:
		a.add(order.tcp...)
		return
	case protoUDP:
		a.add(order.udp...)
		return
	case protoSCTP:
		a.add(order.sctp...)
		return
	}
	if a.Meets(NeedICMPv4) {
		a.add(order.icmp...)
	}
	if a.Meets(NeedICMPv6) {
		a.add(order.icmp6...)
	}
	if a.Meets(NeedND) {
		a.add(order.nd...)
	}
	if a.Meets(NeedNDSolicit) {
		a.add(order.ndSLL...)
	}
	if a.Meets(NeedNDAdvert) {
		a.add(order.ndTLL...)
	}
}

// add appends those of the fields that are matched.
func (a *appender) add(fields ...*Info) {
	for _, i := range fields {
		f := i.Field
		if a.nxm {
			if twin := order.nxm[i]; twin != nil {
				i = twin
			}
			f, _ = i.NXM()
		}
		if !a.Wild(i) {
			a.field(i, f)
		}
	}
}

// field appends a field under the header f.
func (a *appender) field(i *Info, f Field) {
	if i.part.keep == 0 {
		value, mask := a.Bytes(i)
		if !i.Maskable || all(mask, 0xff) {
			a.m = a.m.Bytes(f, value)
		} else {
			a.m = a.m.BytesMasked(f, value, mask)
		}
		return
	}
	value, mask := a.Uint(i)
	whole := uint64(1)<<(8*i.Field.Len()) - 1
	if !i.Maskable || i.Field == IPFrag && mask == fragBits || mask == whole {
		a.m = a.m.Uint(f, value)
	} else {
		a.m = a.m.UintMasked(f, value, mask)
	}
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
