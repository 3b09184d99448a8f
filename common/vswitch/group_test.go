package vswitch

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	pkt "github.com/vlcp-go/vlcp/common/packet"
)

// grouped is a bench whose switch sends everything to group 1.
func grouped(t *testing.T, kind of13.GroupType, buckets ...of13.Bucket) *bench {
	b := newBench(t)
	for p := uint32(3); p <= 6; p++ {
		b.s.SetPort(Port{Number: p})
	}
	b.c.Handle(of13.Encode(&of13.GroupMod{Command: of13.GroupAdd, Group: 1, Type: kind, Buckets: buckets}))
	b.c.Handle(addFlow(0, 1, nil, of13.Instructions(nil).Apply(of13.Actions(nil).Group(1))))
	return b
}

func to(port uint32, weight uint16, watch uint32) of13.Bucket {
	return of13.Bucket{Weight: weight, WatchPort: watch, WatchGroup: of13.AnyGroup,
		Actions: of13.Actions(nil).Output(port, 0)}
}

// sent is the port that a frame of a sender comes out of, 0 for none.
func (b *bench) sent(sender byte) uint32 {
	b.out = nil
	b.s.Receive(1, pkt.AppendEthernet(nil, &pkt.Ethernet{Src: [6]byte{2, 0, 0, 0, 0, sender}, Type: 0x1234}), nil)
	if len(b.out) == 0 {
		return 0
	}
	require.Len(b.t, b.out, 1)
	return b.out[0].Port
}

func TestASelectGroupChoosesByWeightAndKeepsItsChoice(t *testing.T) {
	b := grouped(t, of13.GroupSelect, to(3, 1, 3), to(4, 3, 4), to(5, 0, 5))
	count, first := map[uint32]int{}, map[byte]uint32{}
	for n := range 200 {
		first[byte(n)] = b.sent(byte(n))
		count[first[byte(n)]]++
		require.Equal(t, first[byte(n)], b.sent(byte(n)), "the same packet")
	}
	require.Zero(t, count[5], "of no weight")
	require.Greater(t, count[3], 10)
	require.Greater(t, count[4], 2*count[3])
	b.s.SetPort(Port{Number: 4, Down: true})
	for n := range 200 {
		require.EqualValues(t, 3, b.sent(byte(n)))
	}
	b.s.SetPort(Port{Number: 4})
	for n := range 200 {
		require.Equal(t, first[byte(n)], b.sent(byte(n)), "as before")
	}
}

func TestAFailoverGroupTakesTheFirstThatIsAlive(t *testing.T) {
	b := grouped(t, of13.GroupFastFailover, to(3, 0, 3),
		of13.Bucket{WatchPort: of13.PortAny, WatchGroup: 2, Actions: of13.Actions(nil).Output(4, 0)}, to(5, 0, 5))
	require.EqualValues(t, 3, b.sent(1))
	b.s.SetPort(Port{Number: 3, Down: true})
	require.EqualValues(t, 5, b.sent(1), "there is no group 2")
	b.c.Handle(of13.Encode(&of13.GroupMod{Command: of13.GroupAdd, Group: 2, Type: of13.GroupFastFailover,
		Buckets: []of13.Bucket{to(6, 0, 6)}}))
	require.EqualValues(t, 4, b.sent(1))
	b.s.RemovePort(6)
	b.s.SetPort(Port{Number: 5, Down: true})
	require.Zero(t, b.sent(1))
	b.c.Handle(of13.Encode(&of13.GroupMod{Command: of13.GroupModify, Group: 2, Type: of13.GroupFastFailover,
		Buckets: []of13.Bucket{{WatchPort: of13.PortAny, WatchGroup: 2}}}))
	require.Zero(t, b.sent(1), "one that watches itself has no end, and is not alive")
}

func TestAnIndirectGroupHasOneBucket(t *testing.T) {
	b := grouped(t, of13.GroupIndirect, to(3, 0, 6))
	b.s.SetPort(Port{Number: 6, Down: true})
	require.EqualValues(t, 3, b.sent(1), "alive or not")
}

// A tag that was taken off and is set again is a new tag. Found by the oracle in one of 10,000 comparisons.
func TestSettingATagThatIsNoMore(t *testing.T) {
	b := newBench(t)
	b.c.Handle(addFlow(0, 1, oxm.Match(nil).UintMasked(oxm.NXVLANTCI, 0x1000, 0x1000), of13.Instructions(nil).
		Apply(nicira.Resubmit(nil, 1).SetField(oxm.Match(nil).Uint(oxm.VLANVID, 0x1005)).Output(2, 0))))
	b.c.Handle(addFlow(1, 1, oxm.Match(nil).UintMasked(oxm.NXVLANTCI, 0x1000, 0x1000), of13.Instructions(nil).
		Apply(of13.Actions(nil).PopVLAN())))
	e := &pkt.Ethernet{Type: 0x1234, Tags: [2]pkt.VLAN{{TPID: 0x8100, TCI: 0x2003}}}
	b.s.Receive(1, pkt.AppendEthernet(nil, e), nil)
	require.Len(t, b.out, 1)
	e.Tags[0].TCI = 5
	require.Equal(t, pkt.AppendEthernet(nil, e), b.out[0].Frame)
}
