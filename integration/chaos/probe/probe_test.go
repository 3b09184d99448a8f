package probe

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

var here = ends{model.MAC{0x0a, 1}, model.MAC{0x0a, 2},
	netip.MustParseAddr("10.10.0.11"), netip.MustParseAddr("10.10.0.12")}

func TestFrame(t *testing.T) {
	m := Mark{Network: 1, Broadcast: true, Seq: 1 << 40}
	b := frame(here, m)
	got, ok := find(b)
	require.True(t, ok)
	require.Equal(t, m, got)
	_, ok = find(b[:len(b)-1])
	require.False(t, ok, "cut off")

	e, err := packet.ParseEthernet(b)
	require.NoError(t, err)
	require.Equal(t, here.dstMAC, e.Dst)
	p, err := packet.ParseIPv4(e.Payload)
	require.NoError(t, err)
	require.Equal(t, here.dst, p.Dst)
	u, err := packet.ParseUDP(&p)
	require.NoError(t, err)
	require.Equal(t, m.payload(), u.Payload)
}

func TestTally(t *testing.T) {
	tally := Tally{Network: 1}
	for _, n := range []uint64{0, 1, 5, 5, 4, 9, 12, seqMax} {
		tally.Note(Mark{Network: 1, Seq: n})
	}
	tally.Note(Mark{Network: 1, Broadcast: true, Seq: 2})
	tally.Note(Mark{Network: 0, Seq: 2})
	require.Equal(t, Count{Sent: 10, Lost: 5, Duplicated: 1, Foreign: 1, Gap: 3}, tally.Between(0, 10))
	require.Equal(t, Count{Sent: 2, Foreign: 1}, tally.Between(4, 6).Add(Count{Duplicated: -1}))
	require.Equal(t, Count{Sent: 8, Lost: 7, Foreign: 1, Gap: 7}, tally.Between(12, 20), "the last ones, too")
	require.Equal(t, Count{Foreign: 1}, tally.Between(3, 3))
}

// vxlan is a packet of the underlay with a frame of a network in it.
func vxlan(vni uint32, m Mark) []byte {
	header := []byte{8, 0, 0, 0, byte(vni >> 16), byte(vni >> 8), byte(vni), 0}
	return datagram(here, 50000, vxlanPort, append(header, frame(here, m)...))
}

func TestWire(t *testing.T) {
	clear := frame(here, Mark{})
	icmp := packet.AppendEthernet(nil, &packet.Ethernet{Type: packet.EtherTypeIPv4})
	icmp = packet.AppendIPv4(icmp, &packet.IPv4{TTL: 1, Protocol: packet.ProtoICMP, Src: here.src, Dst: here.dst},
		len(clear))
	for name, c := range map[string]struct {
		packet        []byte
		seen, foreign int64
	}{
		"right":                   {vxlan(10001, Mark{Network: 1}), 1, 0},
		"the VNI of another":      {vxlan(10000, Mark{Network: 1}), 1, 1},
		"no such network":         {vxlan(10000, Mark{Network: 2}), 1, 1},
		"a tenant's, as it is":    {clear, 1, 1},
		"something else":          {vxlan(10000, Mark{})[:60], 0, 0},
		"quoted in an ICMP error": {append(icmp, clear...), 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := &wire{vnis: []uint32{10000, 10001}}
			w.got(c.packet)
			require.Equal(t, []int64{c.seen, c.foreign}, []int64{w.seen.Load(), w.foreign.Load()})
		})
	}
}

func TestDiscover(t *testing.T) {
	g := &guest{c: Config{MAC: here.srcMAC}}
	b := g.discover(7)
	e, err := packet.ParseEthernet(b)
	require.NoError(t, err)
	p, err := packet.ParseIPv4(e.Payload)
	require.NoError(t, err)
	u, err := packet.ParseUDP(&p)
	require.NoError(t, err)
	m, err := packet.ParseDHCPv4(u.Payload)
	require.NoError(t, err)
	require.Equal(t, uint32(7), m.XID)
	kind, _ := m.MessageType()
	require.Equal(t, packet.DHCPDiscover, kind)
	mac, _ := m.MAC()
	require.Equal(t, here.srcMAC, mac)
}

func TestStarvedCountsWhatBuffersLost(t *testing.T) {
	require.Equal(t, 12+3+4, Starved([]byte("p_raw UNCONN 0 0 *:vh\n\t skmem:(r0,rb212992,t0,tb212992,f0,w0,o0,bl0,d12)"),
		[]byte("  port  vx: rx pkts=1, bytes=2, drop=3, errs=0, frame=0, over=0, crc=0\n"+
			"           tx pkts=1, bytes=2, drop=4, errs=0, coll=0\n")))
	require.Zero(t, Starved([]byte("drop=?")))
}
