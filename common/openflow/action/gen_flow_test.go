package action

import (
	"encoding/binary"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/wire"
)

// flow is what a flow does: actions of OpenFlow 1.0, instructions of 1.3 in any order.
func (g gen) flow(v openflow.Version) []byte {
	if v == openflow.Version10 {
		return g.list(v, 1+g.IntN(3))
	}
	var list []Action
	for n := range 7 {
		if g.IntN(3) > 0 {
			continue
		}
		list = append(list, g.instruction(v, n))
	}
	if len(list) == 0 || g.IntN(4) == 0 {
		list = append(list, &ApplyActions{Pad: g.pad4(), Actions: g.list(v, g.IntN(4))})
	}
	g.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return Encode(list...)
}

func (g gen) instruction(v openflow.Version, n int) Action {
	switch n {
	case 0:
		return &GotoTable{Table: g.u8(), Pad: g.pad3()}
	case 1:
		return &WriteMetadata{Metadata: g.u64(), Mask: g.u64(), Pad: g.pad4()}
	case 2:
		return &WriteActions{Pad: g.pad4(), Actions: g.list(v, g.IntN(3))}
	case 3:
		return &ApplyActions{Pad: g.pad4(), Actions: g.list(v, g.IntN(4))}
	case 4:
		return &ClearActions{Pad: g.pad4()}
	case 5:
		return &Meter{Meter: g.u32()}
	}
	if g.IntN(10) > 0 {
		return &Meter{Meter: 7}
	}
	return &UnknownInstruction{HeaderInstruction: HeaderInstruction{Type: InstructionType(g.u16())}, Data: g.bytes(4)}
}

// match is a match that actions may depend on.
func (g gen) match() oxm.Match {
	eth := func(t uint64) oxm.Match { return oxm.Match(nil).Uint(oxm.EthType, t) }
	ip := func(proto uint64) oxm.Match {
		return eth(pick[uint64](g, 0x800, 0x86dd)).Uint(oxm.IPProto, proto)
	}
	icmp6 := func(t uint64) oxm.Match {
		return eth(0x86dd).Uint(oxm.IPProto, 58).Uint(oxm.ICMPv6Type, t).Uint(oxm.ICMPv6Code, 0)
	}
	return pick(g, nil, eth(0x800), eth(0x86dd), eth(0x806), eth(0x8847), eth(0x8848), eth(0x894f), ip(6), ip(17), ip(132),
		ip(6), eth(0x800).Uint(oxm.IPProto, 1), icmp6(135), icmp6(136), icmp6(1), oxm.Match(nil).Uint(oxm.VLANVID, 0x1007),
		oxm.Match(nil).Uint(oxm.VLANVID, 0x1007).Uint(oxm.EthType, 0x800),
		oxm.Match(nil).UintMasked(oxm.CTState, 0x21, 0x21).Uint(oxm.EthType, 0x800),
		oxm.Match(nil).UintMasked(oxm.CTState, 0x30, 0x30).Uint(oxm.EthType, 0x800),
		oxm.Match(nil).Uint(oxm.PacketType, 0x10800), oxm.Match(nil).Uint(oxm.PacketType, 0x1894f),
		ip(17).UintMasked(oxm.IPFrag, 2, 2), oxm.Match(nil).Uint(oxm.PacketType, 0x18847))
}

// flowMod is a message that adds a flow: NXT_FLOW_MOD in OpenFlow 1.0.
func flowMod(v openflow.Version, match oxm.Match, table uint8, what []byte) []byte {
	be := binary.BigEndian
	b := []byte{byte(v), 14, 0, 0, 0, 0, 0, 0}
	if v == openflow.Version10 {
		b[1] = 4
		b = be.AppendUint32(be.AppendUint32(b, openflow.VendorNicira), 13)
		b = append(b, make([]byte, 8+2+2+2+2)...)
		b = be.AppendUint32(b, 0xffffffff)
		b = be.AppendUint16(append(b, 0xff, 0xff, 0, 0), uint16(len(match)))
		b = append(b, make([]byte, 6)...)
	} else {
		b = append(b, make([]byte, 16)...)
		b = append(b, table, 0)
		b = append(b, make([]byte, 2+2+2)...)
		b = be.AppendUint64(be.AppendUint32(b, 0xffffffff), 1<<64-1)
		b = be.AppendUint16(append(b, 0, 0, 0, 0, 0, 1), uint16(4+len(match)))
	}
	b = wire.Align(append(b, match...), 0, 8)
	b = append(b, what...)
	be.PutUint16(b[2:], uint16(len(b)))
	return b
}
