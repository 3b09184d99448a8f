package ofp

import (
	"encoding/binary"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// metadata is where a packet came from.
func (g gen) metadata() oxm.Match {
	m := oxm.Match(nil).Uint(oxm.InPort, uint64(g.IntN(9)))
	if g.IntN(2) == 0 {
		m = m.Uint(oxm.Reg(g.IntN(16)), uint64(g.Uint32()))
	}
	switch g.IntN(5) {
	case 0:
		m = m.Uint(oxm.CTState, 0x21).Uint(oxm.CTZone, 7)
	case 1:
		m = m.Uint(oxm.CTNwSrc, 0x0a000001).Uint(oxm.CTNwProto, 6)
	case 2:
		m = m.Uint(oxm.TunnelID, uint64(g.IntN(99))).Uint(oxm.Metadata, g.Uint64())
	case 3:
		m = append(m, 0x12, 0x34, 0x56, 2, 0, 0) // a field that nobody knows
	}
	return m
}

func (g gen) packetInProperties(v openflow.Version, userData bool) []nicira.PacketInProperty {
	packet := g.packet()
	var l []nicira.PacketInProperty
	add := func(t nicira.PacketInType, b []byte) { l = append(l, nicira.PacketInProperty{Type: t, Value: b}) }
	if add(nicira.PacketInPacket, packet); g.IntN(3) == 0 {
		add(nicira.PacketInFullLen, binary.BigEndian.AppendUint32(nil, uint32(len(packet)+g.IntN(50))))
	}
	if g.IntN(4) == 0 {
		add(nicira.PacketInBufferID, g.bytes(4))
	}
	if add(nicira.PacketInTable, g.bytes(1)); g.IntN(2) == 0 {
		add(nicira.PacketInCookie, append(make([]byte, 4), g.bytes(8)...))
	}
	add(nicira.PacketInReasonProp, []byte{byte(g.IntN(10))})
	add(nicira.PacketInMetadata, g.metadata())
	if userData && g.IntN(2) == 0 {
		add(nicira.PacketInUserData, g.bytes(g.IntN(20)))
	}
	if g.IntN(2) == 0 {
		add(nicira.PacketInContinuation, append(make([]byte, 4), g.continuation(v)...))
	}
	switch g.IntN(12) {
	case 0:
		add(nicira.PacketInType(9+g.IntN(9)), g.bytes(3))
	case 1:
		add(0xffff, g.bytes(8))
	}
	return l
}

func (g gen) continuation(v openflow.Version) (b []byte) {
	add := func(t nicira.ContinuationType, value []byte) {
		if g.IntN(2) == 0 {
			return
		}
		b = binary.BigEndian.AppendUint16(b, uint16(t))
		b = padded(append(binary.BigEndian.AppendUint16(b, uint16(4+len(value))), value...))
	}
	add(nicira.ContinuationBridge, g.bytes(16))
	for range g.IntN(3) {
		add(nicira.ContinuationStack, g.bytes(g.IntN(17)))
	}
	add(nicira.ContinuationMirrors, g.bytes(4))
	add(nicira.ContinuationConntracked, nil)
	for range g.IntN(3) {
		add(nicira.ContinuationTable, g.bytes(1))
		add(nicira.ContinuationCookie, append(make([]byte, 4), g.bytes(8)...))
		add(nicira.ContinuationActions, append(make([]byte, 4), g.list(v)...))
	}
	add(nicira.ContinuationActionSet, append(make([]byte, 4), g.list(v)...))
	add(nicira.ContinuationODPPort, g.bytes(4))
	add(nicira.ContinuationType(0x8010), g.bytes(4))
	return b
}

func (g gen) adjustNiciraGroup(m *nicira.GroupMod) {
	m.Command = pick(g, nicira.GroupAdd, nicira.GroupModify, nicira.GroupDelete, nicira.GroupInsertBucket,
		nicira.GroupRemoveBucket, nicira.GroupAddOrModify)
	m.CommandBucket = nicira.BucketAll
	m.GroupType = nicira.GroupType(g.IntN(4))
	m.Buckets = g.niciraBuckets(m.GroupType)
	switch m.Command {
	case nicira.GroupInsertBucket:
		m.CommandBucket = pick(g, nicira.BucketFirst, nicira.BucketLast, 7, 0xffffff01)
	case nicira.GroupRemoveBucket:
		m.Buckets, m.CommandBucket = nil, pick(g, nicira.BucketAll, nicira.BucketFirst, 7)
		m.GroupType = nicira.GroupSelect
	case nicira.GroupDelete:
		m.Buckets = nil
	}
	m.Properties = nil
	if g.IntN(2) == 0 && m.Command != nicira.GroupRemoveBucket {
		m.Properties = g.selection(m.GroupType)
	}
}

func (g gen) niciraBuckets(typ nicira.GroupType) (out []nicira.Bucket) {
	count := g.IntN(3)
	if typ == nicira.GroupIndirect {
		count = 1
	}
	for n := range count {
		b := nicira.Bucket{ID: uint32(n + 2*g.IntN(2)), Actions: g.list(openflow.Version10)}
		add := func(t nicira.BucketType, v ...byte) {
			b.Properties = append(b.Properties, nicira.BucketProperty{Type: t, Value: v})
		}
		if typ == nicira.GroupSelect && g.IntN(2) == 0 {
			add(nicira.BucketWeight, 0, byte(g.IntN(9)), 0, 0)
		}
		if typ == nicira.GroupFastFail || typ == nicira.GroupSelect && g.IntN(3) == 0 {
			add(nicira.BucketWatchPort, 0, 0, 0, byte(g.IntN(9)))
		}
		if typ == nicira.GroupFastFail && g.IntN(3) == 0 {
			add(nicira.BucketWatchGroup, 0, 0, 0, byte(g.IntN(9)))
		}
		if g.IntN(20) == 0 {
			add(nicira.BucketType(g.IntN(5)), g.bytes(g.IntN(6))...)
		}
		out = append(out, b)
	}
	return out
}

// selection is a selection method, mostly for groups that can have one.
func (g gen) selection(typ nicira.GroupType) []nicira.GroupProperty {
	if typ != nicira.GroupSelect && g.IntN(9) > 0 {
		return nil
	}
	v := binary.BigEndian.AppendUint32(nil, pick[uint32](g, netronome, netronome, netronomeOld, 0x99))
	v = append(v, 0, 0, 0, 1, 0, 0, 0, 0)
	method := pick(g, "hash", "hash", "dp_hash", "other")
	v = append(append(v, method...), make([]byte, 16-len(method))...)
	v = binary.BigEndian.AppendUint64(v, uint64(g.IntN(3)))
	if method == "hash" {
		for _, f := range []oxm.Field{oxm.IPProto, oxm.EthSrc, oxm.IPv4Dst, oxm.TCPSrc, oxm.Reg(3)} {
			if g.IntN(2) == 0 {
				value := make([]byte, f.Len())
				for n := range value {
					value[n] = 0xff
				}
				if f != oxm.IPProto && g.IntN(2) == 0 {
					value[0] = 0xf0
				}
				v = append(v, oxm.Match(nil).Bytes(f, value)...)
			}
		}
	}
	return []nicira.GroupProperty{{Type: 0xffff, Value: v}}
}
