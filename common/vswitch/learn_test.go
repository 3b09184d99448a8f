package vswitch

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/ofp"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	pkt "github.com/vlcp-go/vlcp/common/packet"
)

// A learned flow is there for the packet after the one that made it, keeps its counters when it is learned again, and
// ends when it has not been for its time.
func TestLearn(t *testing.T) {
	now := time.Unix(1000, 0)
	s := New(Options{Now: func() time.Time { return now }})
	s.SetPort(Port{Number: 1, Name: "a"})
	s.SetPort(Port{Number: 2, Name: "b"})
	c := s.Connect(func([]byte) {})
	flow := func(text string) {
		m, err := ofp.ParseFlow(openflow.Version13, text, of13.FlowAdd)
		require.NoError(t, err, text)
		c.Handle(of13.Encode(m.(of13.Message)))
	}
	flow("table=0,priority=1,actions=learn(table=1,priority=5,hard_timeout=10,cookie=0x7," +
		"NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15],output:NXM_OF_IN_PORT[]),resubmit(,1)")
	mac := [6]byte{2, 0, 0, 0, 0, 1}
	frame := pkt.AppendEthernet(nil, &pkt.Ethernet{Src: mac, Dst: mac, Type: 0x1234})
	learned := func() *Flow {
		for _, f := range s.Flows() {
			if f.Table == 1 {
				return f
			}
		}
		return nil
	}
	s.Receive(1, frame, nil)
	f := learned()
	require.NotNil(t, f)
	require.Equal(t, "dl_dst=02:00:00:00:00:01", ofp.FormatMatch(f.Match))
	require.Equal(t, "load:0x1->NXM_NX_REG0[0..15],output:1", ofp.FormatInstructions(f.Instructions))
	require.Equal(t, []uint64{0, 7, 5}, []uint64{f.Packets, f.Cookie, uint64(f.Priority)}, "not the packet that made it")
	now = now.Add(9 * time.Second)
	s.Receive(2, frame, nil)
	require.Same(t, f, learned())
	require.Equal(t, "load:0x2->NXM_NX_REG0[0..15],output:2", ofp.FormatInstructions(f.Instructions), "it moved")
	require.EqualValues(t, 1, f.Packets)
	now = now.Add(9 * time.Second)
	s.Expire()
	require.NotNil(t, learned(), "learned again")
	now = now.Add(time.Second)
	s.Expire()
	require.Nil(t, learned())
}

// A table learns no more flows of a cookie than the action's limit; those that are there are learned again.
func TestLearnLimit(t *testing.T) {
	b := newBench(t)
	b.flow("table=0,priority=1,actions=learn(table=1,limit=2,hard_timeout=10,cookie=0x7," +
		"NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:1->NXM_NX_REG2[])")
	b.flow("table=1,priority=1,cookie=0x8,actions=drop")
	from := func(n byte) {
		b.s.Receive(1, pkt.AppendEthernet(nil, &pkt.Ethernet{Src: [6]byte{2, 5: n}, Type: 0x1234}), nil)
	}
	learned := func() (n int) {
		for _, f := range b.s.Flows() {
			if f.Learned {
				n++
			}
		}
		return n
	}
	for n, want := range []int{1, 2, 2, 2} {
		from(byte(n))
		require.Equal(t, want, learned())
	}
	b.now = b.now.Add(9 * time.Second)
	from(1)
	b.now = b.now.Add(time.Second)
	b.s.Expire()
	require.Equal(t, 1, learned())
	from(3)
	require.Equal(t, 2, learned(), "there is room again")
}

// The first fragment of a packet hides its ports, or shows them, as the controller has said.
func TestFragments(t *testing.T) {
	src, dst := netip.AddrFrom4([4]byte{10, 0, 0, 1}), netip.AddrFrom4([4]byte{10, 0, 0, 2})
	seg := pkt.AppendUDP(nil, &pkt.UDP{SrcPort: 67, DstPort: 68, Payload: make([]byte, 24)}, src, dst)
	b := pkt.AppendEthernet(nil, &pkt.Ethernet{Type: pkt.EtherTypeIPv4})
	b = pkt.AppendIPv4(b, &pkt.IPv4{Src: src, Dst: dst, Protocol: pkt.ProtoUDP, TTL: 1, MoreFragments: true}, len(seg))
	b = append(b, seg...)
	for flags, want := range map[of13.ConfigFlags]uint64{of13.FragNormal: 0, of13.FragNXMatch: 1} {
		s := New(Options{Now: time.Now})
		s.SetPort(Port{Number: 1, Name: "a"})
		c := s.Connect(func([]byte) {})
		c.Handle(of13.Encode(&of13.SetConfig{Flags: flags}))
		c.Handle(addFlow(0, 1, oxm.Match(nil).Uint(oxm.EthType, 0x800).Uint(oxm.IPProto, 17).Uint(oxm.UDPSrc, 67), nil))
		s.Receive(1, b, nil)
		require.Equal(t, want, s.Flows()[0].Packets, flags)
	}
}
