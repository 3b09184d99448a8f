package action

import (
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

type kind = func(g gen, v openflow.Version) Action

// kinds10 and kinds13 make every action of a version.
var kinds10, kinds13 []kind

func init() {
	kinds10 = append(append(append(kinds10, standard10...), twins...), everywhere...)
	kinds13 = append(append(append(kinds13, standard13...), late...), everywhere...)
}

var standard10 = []kind{
	func(g gen, _ openflow.Version) Action { return &Output10{Port: g.port10(), MaxLen: g.u16()} },
	func(g gen, _ openflow.Version) Action { return &SetVLANVID10{VID: g.u16() & 0xfff, Pad: g.pad2()} },
	func(g gen, _ openflow.Version) Action { return &SetVLANPCP10{PCP: g.u8() & 7, Pad: g.pad3()} },
	func(g gen, _ openflow.Version) Action { return &StripVLAN10{Pad: g.pad4()} },
	func(g gen, _ openflow.Version) Action { return &SetDLSrc10{MAC: g.mac(), Pad: g.pad6()} },
	func(g gen, _ openflow.Version) Action { return &SetDLDst10{MAC: g.mac(), Pad: g.pad6()} },
	func(g gen, _ openflow.Version) Action { return &SetNwSrc10{IP: g.ip()} },
	func(g gen, _ openflow.Version) Action { return &SetNwDst10{IP: g.ip()} },
	func(g gen, _ openflow.Version) Action { return &SetNwTOS10{TOS: g.u8() &^ 3, Pad: g.pad3()} },
	func(g gen, _ openflow.Version) Action { return &SetTpSrc10{Port: g.u16(), Pad: g.pad2()} },
	func(g gen, _ openflow.Version) Action { return &SetTpDst10{Port: g.u16(), Pad: g.pad2()} },
	func(g gen, _ openflow.Version) Action {
		return &Enqueue10{Port: pick(g, g.port10()%portMax10, 0xfff8, 0xfffe, g.port10()), Pad: g.pad6(),
			Queue: g.u32()}
	},
}

var twins = []kind{
	func(g gen, _ openflow.Version) Action { return &NXSetQueue{Queue: g.u32(), Pad: g.pad2()} },
	func(g gen, _ openflow.Version) Action { return &NXGroup{Group: g.u32(), Pad: g.pad2()} },
	func(g gen, _ openflow.Version) Action { return &NXDecTTL{Pad: g.pad6()} },
	func(g gen, _ openflow.Version) Action {
		return &NXPushMPLS{EthType: pick[uint16](g, 0x8847, 0x8848), Pad: g.pad4()}
	},
	func(g gen, _ openflow.Version) Action { return &NXPopMPLS{EthType: g.u16(), Pad: g.pad4()} },
	func(g gen, _ openflow.Version) Action { return &NXSetMPLSTTL{TTL: g.u8(), Pad: g.pad5()} },
	func(g gen, _ openflow.Version) Action { return &NXDecMPLSTTL{Pad: g.pad6()} },
	func(g gen, _ openflow.Version) Action { return &NXSetMPLSLabel{Label: g.u32(), Pad: g.pad2()} },
	func(g gen, _ openflow.Version) Action { return &NXSetMPLSTC{TC: g.u8(), Pad: g.pad5()} },
}

var standard13 = []kind{
	func(g gen, _ openflow.Version) Action { return &Output{Port: g.port(), MaxLen: g.u16(), Pad: g.pad6()} },
	func(g gen, _ openflow.Version) Action { return &Group{Group: g.u32()} },
	func(g gen, _ openflow.Version) Action { return &SetQueue{Queue: g.u32()} },
	func(g gen, _ openflow.Version) Action { return &SetField{Entry: g.entry(false), Extra: g.zeros()} },
	func(g gen, _ openflow.Version) Action { return &SetField{Entry: g.entry(false), Extra: g.zeros()} },
	func(g gen, _ openflow.Version) Action {
		return &PushVLAN{EthType: pick[uint16](g, 0x8100, 0x88a8), Pad: g.pad2()}
	},
	func(g gen, _ openflow.Version) Action { return &PopVLAN{Pad: g.pad4()} },
	func(g gen, _ openflow.Version) Action {
		return &PushMPLS{EthType: pick[uint16](g, 0x8847, 0x8848), Pad: g.pad2()}
	},
	func(g gen, _ openflow.Version) Action { return &PopMPLS{EthType: g.u16(), Pad: g.pad2()} },
	func(g gen, _ openflow.Version) Action { return &SetMPLSTTL{TTL: g.u8(), Pad: g.pad3()} },
	func(g gen, _ openflow.Version) Action { return &DecMPLSTTL{Pad: g.pad4()} },
	func(g gen, _ openflow.Version) Action { return &SetNwTTL{TTL: g.u8(), Pad: g.pad3()} },
	func(g gen, _ openflow.Version) Action { return &DecNwTTL{Pad: g.pad4()} },
	func(g gen, _ openflow.Version) Action { return &SetVLANVID{VID: g.u16() & 0xfff, Pad: g.pad2()} },
	func(g gen, _ openflow.Version) Action { return &SetVLANPCP{PCP: g.u8() & 7, Pad: g.pad3()} },
	func(g gen, _ openflow.Version) Action { return &SetDLSrc{MAC: g.mac(), Pad: g.pad6()} },
	func(g gen, _ openflow.Version) Action { return &SetDLDst{MAC: g.mac(), Pad: g.pad6()} },
	func(g gen, _ openflow.Version) Action { return &SetNwSrc{IP: g.ip()} },
	func(g gen, _ openflow.Version) Action { return &SetNwDst{IP: g.ip()} },
	func(g gen, _ openflow.Version) Action { return &SetNwTOS{TOS: g.u8() &^ 3, Pad: g.pad3()} },
	func(g gen, _ openflow.Version) Action { return &SetNwECN{ECN: g.u8() & 3, Pad: g.pad3()} },
	func(g gen, _ openflow.Version) Action { return &SetTpSrc{Port: g.u16(), Pad: g.pad2()} },
	func(g gen, _ openflow.Version) Action { return &SetTpDst{Port: g.u16(), Pad: g.pad2()} },
	func(g gen, _ openflow.Version) Action { return &SetMPLSLabel{Label: g.u32()} },
	func(g gen, _ openflow.Version) Action { return &SetMPLSTC{TC: g.u8(), Pad: g.pad3()} },
}

// late are actions of Nicira and ONF that OpenFlow 1.0 has not.
var late = []kind{
	func(g gen, _ openflow.Version) Action {
		src, dst := g.header(false, false), g.header(false, true)
		srcOfs, n := g.bits(src, 128)
		dstOfs, m := g.bits(dst, 128)
		return &CopyField{Pad: g.pad2(), Pad2: g.pad2(), NBits: uint16(min(n, m)), SrcOffset: uint16(srcOfs),
			DstOffset: uint16(dstOfs), Src: FieldOf(g.masked(src)), Dst: FieldOf(dst), Extra: g.zeros()}
	},
	func(g gen, _ openflow.Version) Action {
		e := &Encap{HdrSize: g.u16(), PacketType: pick(g, PacketEthernet, PacketNSH, PacketNSH, PacketMPLS,
			PacketMPLSMulticast)}
		for range g.IntN(4) {
			p := pick(g, NSHMDType(g.u8()), NSHTLV(g.u16(), g.u8(), g.bytes(g.IntN(128))))
			if p.Type == EncapNSHMDType && g.rare() {
				p.Length = 4 + uint8(g.IntN(6))
				p.Data = g.pad(12)[:4+(int(p.Length)-1)/8*8]
			}
			e.Properties = append(e.Properties, p)
		}
		return e
	},
	func(g gen, _ openflow.Version) Action {
		return &Decap{Pad: g.pad2(), PacketType: pick(g, PacketUseNextProto, 0, g.u32())}
	},
	func(g gen, _ openflow.Version) Action { return &DecNSHTTL{Pad: g.pad6()} },
}

var everywhere = append(append(append([]kind{}, fieldKinds...), outputKinds...), tableKinds...)

var fieldKinds = []kind{
	func(g gen, _ openflow.Version) Action {
		src, dst := g.header(false, false), g.header(false, true)
		srcOfs, n := g.bits(src, 128)
		dstOfs, m := g.bits(dst, 128)
		return &RegMove{NBits: uint16(min(n, m)), SrcOffset: uint16(srcOfs), DstOffset: uint16(dstOfs),
			Src: FieldOf(src), Dst: FieldOf(g.masked(dst)), Extra: g.zeros()}
	},
	func(g gen, _ openflow.Version) Action {
		dst := g.header(true, true)
		ofs, n := g.bits(dst, 64)
		return &RegLoad{Bits: Bits(ofs, n), Dst: HeaderOf(g.masked(dst)), Value: g.u64() >> (64 - n)}
	},
	func(g gen, _ openflow.Version) Action { return &RegLoad2{Entry: g.entry(true), Extra: g.zeros()} },
	func(g gen, _ openflow.Version) Action { return &RegLoad2{Entry: g.entry(true), Extra: g.zeros()} },
	func(g gen, _ openflow.Version) Action {
		f := g.header(false, false)
		ofs, n := g.bits(f, 1024)
		return &StackPush{Offset: uint16(ofs), NBits: uint16(n), Field: FieldOf(f)}
	},
	func(g gen, _ openflow.Version) Action {
		f := g.header(false, true)
		ofs, n := g.bits(f, 1024)
		return &StackPop{Offset: uint16(ofs), NBits: uint16(n), Field: FieldOf(g.masked(f))}
	},
	func(g gen, _ openflow.Version) Action {
		f := pick(g, oxm.TunMetadata(g.IntN(64), 4), g.header(false, false))
		return &DeleteField{Field: FieldOf(f), Pad: g.pad(24 - 10 - f.HeaderLen())}
	},
	func(g gen, _ openflow.Version) Action {
		f := g.header(false, true)
		ofs, _ := g.bits(f, 1)
		return &CheckPktLarger{PktLen: g.u16(), Offset: uint16(ofs), Dst: FieldOf(f)}
	},
	func(g gen, _ openflow.Version) Action { return &NXWriteMetadata{Metadata: g.u64(), Mask: g.u64()} },
	func(g gen, _ openflow.Version) Action {
		ids := make([]uint16, g.IntN(6))
		for i := range ids {
			ids[i] = g.u16()
		}
		return &DecTTLCntIDs{IDs: ids, Pad: g.pad(2 * g.IntN(3))}
	},
	func(g gen, _ openflow.Version) Action { return &SetTunnel{TunnelID: g.u32(), Pad: g.pad2()} },
	func(g gen, _ openflow.Version) Action { return &SetTunnel64{TunnelID: g.u64(), Pad: g.pad6()} },
	func(g gen, _ openflow.Version) Action { return &PopQueue{Pad: g.pad6()} },
}

var outputKinds = []kind{
	func(g gen, _ openflow.Version) Action {
		return &NXController{MaxLen: g.u16(), ControllerID: pick(g, 0, g.u16()), Reason: uint8(g.IntN(12)),
			Pad: [1]byte{g.pad(1)[0]}}
	},
	func(g gen, _ openflow.Version) Action {
		c := &NXController2{}
		for range g.IntN(5) {
			p := pick(g, ControllerMaxLen(g.u16()), ControllerID(g.u16()), ControllerReason(uint8(g.IntN(12))),
				ControllerUserData(g.bytes(g.IntN(20))), ControllerPause(), ControllerMeterID(g.u32()))
			if g.rare() {
				p.Data, p.Pad = g.bytes(g.IntN(12)), g.bytes(8)
			}
			c.Properties = append(c.Properties, p)
		}
		return c
	},
	func(g gen, _ openflow.Version) Action {
		f := g.header(true, false)
		return &OutputReg{Bits: Bits(g.bits(f, 64)), Src: HeaderOf(g.masked(f)), MaxLen: g.u16()}
	},
	func(g gen, _ openflow.Version) Action {
		f := g.header(false, false)
		return &OutputReg2{Bits: Bits(g.bits(f, 64)), Src: FieldOf(g.masked(f)), MaxLen: g.u16()}
	},
	func(g gen, _ openflow.Version) Action {
		return &OutputTrunc{Port: g.u16(), MaxLen: pick(g, 14, g.u32(), 14+g.Uint32N(1000))}
	},
	func(g gen, _ openflow.Version) Action {
		return &Bundle{Algorithm: BundleAlgorithm(g.IntN(2)), Fields: HashFields(g.IntN(7)), Basis: g.u16(),
			MemberType: HeaderOf(oxm.NXInPort), Members: g.members(), Pad: g.pad(g.IntN(20))}
	},
	func(g gen, _ openflow.Version) Action {
		f := g.header(true, true)
		ofs, n := g.bits(f, 64)
		if i, _ := oxm.Known(f); i != nil && i.Bits >= 16 {
			ofs, n = 0, 16+g.IntN(min(i.Bits, 64)-15)
		}
		return &BundleLoad{Algorithm: BundleAlgorithm(g.IntN(3)), Fields: HashFields(g.IntN(8)), Basis: g.u16(),
			MemberType: NXMHeader(g.u32()), Bits: Bits(ofs, n), Dst: HeaderOf(f), Members: g.members(), Pad: g.pad4(),
			Tail: g.pad(g.IntN(20))}
	},
	func(g gen, _ openflow.Version) Action {
		f := g.header(true, true)
		ofs, n := g.bits(f, 64)
		links := g.u16()
		if n < 16 && !g.rare() {
			links &= 1<<n - 1
		}
		return &Multipath{Fields: HashFields(g.IntN(7)), Basis: g.u16(), Algorithm: MultipathAlgorithm(g.IntN(4)),
			MaxLink: links, Arg: g.u32(), Bits: Bits(ofs, n), Dst: HeaderOf(f), Pad: g.pad2(), Pad2: g.pad2()}
	},
	func(g gen, _ openflow.Version) Action {
		return &Sample{Probability: g.u16(), CollectorSetID: g.u32(), ObsDomainID: g.u32(), ObsPointID: g.u32()}
	},
	func(g gen, _ openflow.Version) Action {
		return &Sample2{Probability: g.u16(), CollectorSetID: g.u32(), ObsDomainID: g.u32(), ObsPointID: g.u32(),
			SamplingPort: g.u16(), Pad: g.pad6()}
	},
	func(g gen, _ openflow.Version) Action {
		return &Sample3{Probability: g.u16(), CollectorSetID: g.u32(), ObsDomainID: g.u32(), ObsPointID: g.u32(),
			SamplingPort: pick(g, g.u16(), g.port10(), 0xffff), Direction: SampleDirection(g.IntN(3))}
	},
	func(gen, openflow.Version) Action { return &DebugSlow{} },
	func(gen, openflow.Version) Action { return &DebugRecirc{} },
}

func (g gen) members() []uint16 {
	ports := make([]uint16, g.IntN(7))
	for i := range ports {
		if ports[i] = g.port10(); ports[i] == portController10 && !g.rare() {
			ports[i] = 0xffff
		}
	}
	return ports
}

var tableKinds = []kind{
	func(g gen, _ openflow.Version) Action {
		return &Resubmit{InPort: pick(g, g.port10(), 0xfff8, g.u16()), Pad: g.pad4()}
	},
	func(g gen, _ openflow.Version) Action {
		return &ResubmitTable{InPort: pick(g, g.port10(), 0xfff8), Table: pick(g, g.u8(), 255)}
	},
	func(g gen, _ openflow.Version) Action {
		return &ResubmitTableCT{InPort: pick(g, g.port10(), 0xfff8), Table: pick(g, g.u8(), 255)}
	},
	func(g gen, _ openflow.Version) Action { return &Exit{Pad: g.pad6()} },
	func(g gen, _ openflow.Version) Action {
		return &FinTimeout{IdleTimeout: pick(g, 0, g.u16()), HardTimeout: pick(g, 0, g.u16()), Pad: g.pad2()}
	},
	func(g gen, _ openflow.Version) Action {
		n := 2 + g.IntN(63)
		return &Conjunction{NClauses: uint8(n), Clause: uint8(g.IntN(n)), ID: g.u32()}
	},
	func(g gen, _ openflow.Version) Action { return &Note{Note: g.bytes(6 + 8*g.IntN(4))} },
	func(g gen, _ openflow.Version) Action {
		a := g.learn()
		return &Learn{IdleTimeout: a.IdleTimeout, HardTimeout: a.HardTimeout, Priority: a.Priority, Cookie: a.Cookie,
			Flags: a.Flags &^ LearnWriteResult, Table: a.Table, FinIdleTimeout: a.FinIdleTimeout,
			FinHardTimeout: a.FinHardTimeout, Specs: a.Specs, Extra: g.zeros()}
	},
	func(g gen, _ openflow.Version) Action {
		a := g.learn()
		a.Limit = pick(g, 0, g.u32())
		if a.Flags&LearnWriteResult != 0 {
			f := g.header(false, true)
			ofs, _ := g.bits(f, 1)
			a.Result, a.ResultOffset = FieldOf(f), uint16(ofs)
		}
		a.Extra = g.zeros()
		return a
	},
	func(g gen, v openflow.Version) Action { return g.ct(v) },
	func(g gen, v openflow.Version) Action { return g.ct(v) },
	func(g gen, _ openflow.Version) Action { return g.nat() },
	func(g gen, _ openflow.Version) Action { return &CTClear{Pad: g.pad6()} },
	func(g gen, v openflow.Version) Action { return &Clone{Pad: g.pad6(), Actions: g.list(v, g.IntN(3))} },
}

func (g gen) learn() *Learn2 {
	a := &Learn2{IdleTimeout: pick(g, 0, g.u16()), HardTimeout: pick(g, 0, g.u16()),
		Priority: pick(g, 0x8000, g.u16()), Cookie: pick(g, 0, g.u64()), Flags: LearnFlags(g.IntN(8)), Table: g.u8(),
		FinIdleTimeout: pick(g, 0, g.u16()), FinHardTimeout: pick(g, 0, g.u16())}
	for range g.IntN(5) {
		a.Specs.List = append(a.Specs.List, g.spec())
	}
	return a
}

func (g gen) spec() LearnSpec {
	src, dst := g.header(true, false), g.header(true, g.IntN(2) == 0)
	s := LearnSpec{Src: HeaderOf(src), Dst: HeaderOf(g.masked(dst))}
	if g.IntN(3) == 0 {
		s.Src = s.Dst
		src = dst
	}
	srcOfs, n := g.bits(src, 1023)
	dstOfs, m := g.bits(dst, 1023)
	s.Header = pick(g, LearnDstMatch, LearnDstMatch, LearnDstLoad, LearnDstOutput)
	if s.Header != LearnDstOutput && g.IntN(2) == 0 {
		s.Header |= LearnSrcValue
	} else if s.Header != LearnDstOutput {
		n = min(n, m)
	}
	if s.HasValue() {
		n = m
	}
	s.Header |= uint16(n)
	if g.rare() {
		s.Header ^= 1 << g.IntN(16)
	}
	if s.Header == 0 {
		s.Header = 1
	}
	s.SrcOffset, s.DstOffset = uint16(srcOfs), uint16(dstOfs)
	s.Value = g.bytes(s.valueLen())
	return s
}

func (g gen) nat() *NAT {
	a := &NAT{Pad: g.pad2(), Flags: pick(g, 0, NATSrc, NATDst, NATFlags(g.IntN(32))), Tail: g.pad(g.IntN(3)),
		IPv4Min: g.ip(), IPv4Max: g.ip(), IPv6Min: g.ip6(), IPv6Max: g.ip6(), ProtoMin: g.u16(), ProtoMax: g.u16(),
		Present: pick(g, 0, NATIPv4Min, NATIPv4Min|NATIPv4Max, NATIPv6Min, NATIPv6Min|NATIPv6Max, NATRange(g.IntN(64)))}
	if a.Present&(NATIPv4Min|NATIPv6Min) != 0 {
		a.Present |= pick(g, 0, NATProtoMin, NATProtoMin|NATProtoMax)
	}
	if g.IntN(2) == 0 {
		a.IPv4Max[0], a.IPv6Max[0], a.ProtoMax = 0xff, 0xff, max(a.ProtoMin, a.ProtoMax)
	}
	if g.IntN(4) == 0 {
		a.IPv4Max, a.IPv6Max, a.ProtoMax = a.IPv4Min, a.IPv6Min, a.ProtoMin
	}
	return a
}

func (g gen) ct(v openflow.Version) Action {
	a := &CT{Flags: CTFlags(g.IntN(4)), Zone: pick(g, 0, g.u16()), Table: pick(g, CTNoTable, g.u8()), Pad: g.pad3(),
		Alg: pick(g, 0, 0, CTAlgFTP, CTAlgTFTP, g.u16())}
	if g.IntN(3) == 0 {
		f := g.header(true, false)
		ofs, n := g.bits(f, 16)
		if i, _ := oxm.Known(f); i != nil && i.Bits >= 16 {
			n, ofs = 16, g.IntN(i.Bits-15)
		}
		a.ZoneSrc, a.Zone = HeaderOf(f), uint16(Bits(ofs, n))
	}
	for range g.IntN(3) {
		inner := pick[Action](g, g.nat(), &NAT{},
			&RegLoad{Bits: Bits(0, 8), Dst: HeaderOf(oxm.CTMark), Value: uint64(g.u8())},
			&RegLoad2{Entry: EntryOf(oxm.Match(nil).UintMasked(oxm.CTMark, 0xa0, 0xf0))},
			&RegMove{NBits: 32, Src: FieldOf(oxm.Reg(3)), Dst: FieldOf(oxm.CTLabel)}, &Note{Note: make([]byte, 6)})
		if g.rare() {
			inner = g.one(v)
		}
		a.Actions = append(a.Actions, Encode(inner)...)
	}
	return a
}
