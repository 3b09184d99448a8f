package ofp

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// standard is a random match of OpenFlow 1.1 that mostly means something.
func (g gen) standard() of13.Match {
	b := g.rnd(84)
	put := func(at int, v uint16) { binary.BigEndian.PutUint16(b[at:], v) }
	binary.BigEndian.PutUint32(b, pick(g, uint32(g.IntN(9)), 0xfffffffe, 0xff000000, g.Uint32()))
	put(stdWildcards+2, pick(g, 0, 0x3ff, uint16(g.Uint32()), uint16(g.Uint32())))
	put(stdVLAN, pick(g, stdVLANAny, stdVLANNone, uint16(g.IntN(4097)), uint16(g.IntN(4096))))
	b[stdPCP] = byte(g.IntN(9))
	put(stdDLType, pick[uint16](g, ethIPv4, ethIPv4, ethIPv4, ethARP, ethRARP, ethMPLS, ethMPLSMany, ethIPv6, 0x5ff))
	b[stdTOS] &= pick[byte](g, 0xfc, 0xfc, 0xff)
	b[stdProto] = pick[byte](g, protoTCP, protoUDP, protoICMP, protoSCTP, 2)
	put(stdTpSrc, pick(g, uint16(g.IntN(256)), uint16(g.IntN(65536))))
	for _, at := range []int{stdDLSrc + 6, stdDLDst + 6, stdMetadata + 8} {
		if g.IntN(3) == 0 {
			copy(b[at:at+6], pick(g, "\xff\xff\xff\xff\xff\xff", "\x00\x00\x00\x00\x00\x00"))
		}
	}
	return of13.Match{Standard: b}
}

// A match of OpenFlow 1.1 is printed and refused as Open vSwitch does, wherever 1.3 has a match, and survives JSON.
func TestStandardMatchIsThatOfOVS(t *testing.T) {
	g := newGen(53)
	var all [][]byte
	for range 300 {
		for _, m := range []of13.Message{
			&of13.FlowMod{Match: g.standard(), BufferID: of13.NoBuffer, OutPort: of13.PortAny,
				Command: of13.FlowCommand(g.IntN(5)), Instructions: of13.Instructions(nil).Apply(g.actions13())},
			&of13.FlowRemoved{Match: g.standard()},
			&of13.AggregateRequest{Match: g.standard(), OutPort: of13.PortAny},
			&of13.FlowStatsReply{Flows: []of13.FlowStats{{Match: g.standard()}, {Match: g.standard()}}},
			&of13.PacketIn{Match: g.standard(), Data: make([]byte, 14)},
			&of13.FlowMonitorRequest{Monitors: []of13.FlowMonitor{{Flags: of13.MonitorAdd, Match: g.standard()}}},
		} {
			all = append(all, of13.Encode(m))
		}
	}
	compare(t, all)
	accepted := 0
	for _, b := range all {
		if Check(b) != nil {
			continue
		}
		accepted++
		object, err := EncodeJSON(b)
		require.NoError(t, err)
		require.NotContains(t, string(object), rawMember+`":`)
		back, err := DecodeJSON(object)
		require.NoError(t, err)
		require.Equal(t, b, back)
	}
	require.Greater(t, accepted, 300)
}

func TestStandardMatchOfAnotherLengthIsRefused(t *testing.T) {
	b := of13.Encode(&of13.FlowRemoved{Match: of13.Match{Standard: make([]byte, 84)}})
	b[51]--
	_, err := FormatMessage(b)
	require.ErrorContains(t, err, "offset 52: OFPT_FLOW_REMOVED.Match.Length: a match of OpenFlow 1.1 has 84 bytes")
}
