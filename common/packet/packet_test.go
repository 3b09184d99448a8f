package packet_test

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

// udpPacket is an IPv4 packet of ours with this UDP payload.
func udpPacket(payload string) []byte {
	b := packet.AppendIPv4(nil, &packet.IPv4{TTL: 64, Protocol: packet.ProtoUDP, Src: ipA, Dst: ipB},
		packet.UDPLen+len(payload))
	return packet.AppendUDP(b, &packet.UDP{SrcPort: 68, DstPort: 67, Payload: []byte(payload)}, ipA, ipB)
}

func TestEthernetRefuses(t *testing.T) {
	frame := packet.AppendEthernet(nil, &packet.Ethernet{
		Tags: [2]packet.VLAN{{TPID: packet.EtherTypeVLAN, TCI: 5}}, Type: packet.EtherTypeARP,
	})
	for n := range frame {
		_, err := packet.ParseEthernet(frame[:n])
		require.ErrorIs(t, err, packet.ErrTruncated, "%d bytes", n)
	}
	llc := packet.AppendEthernet(nil, &packet.Ethernet{Type: 38}) // a spanning tree BPDU
	_, err := packet.ParseEthernet(llc)
	require.ErrorContains(t, err, "802.3 length")
}

func TestARPRefuses(t *testing.T) {
	b := packet.AppendARP(nil, &packet.ARP{Op: packet.ARPReply, SenderIP: ipA, TargetIP: netip.IPv6Loopback()})
	require.Len(t, b, packet.ARPLen)
	for n := range b {
		_, err := packet.ParseARP(b[:n])
		require.ErrorIs(t, err, packet.ErrTruncated)
	}
	a, err := packet.ParseARP(b)
	require.NoError(t, err)
	require.Equal(t, netip.IPv4Unspecified(), a.TargetIP, "not IPv4: written as 0.0.0.0")
	for _, at := range []int{1, 2, 4, 5} {
		bad := bytes.Clone(b)
		bad[at] ^= 2
		_, err := packet.ParseARP(bad)
		require.ErrorContains(t, err, "not for ipv4 over ethernet")
	}
}

func TestIPv4Refuses(t *testing.T) {
	good := udpPacket("payload")
	_, err := packet.ParseIPv4(good)
	require.NoError(t, err)
	for n := range good {
		_, err := packet.ParseIPv4(good[:n])
		require.ErrorIs(t, err, packet.ErrTruncated)
	}
	cases := []struct {
		at    int
		value byte
		err   string
	}{
		{0, 0x65, "version 6"},
		{0, 0x44, "impossible"},
		{3, 19, "impossible"},
		{8, 63, "wrong checksum"},
	}
	for _, c := range cases {
		bad := bytes.Clone(good)
		bad[c.at] = c.value
		_, err := packet.ParseIPv4(bad)
		require.ErrorContains(t, err, c.err)
	}
}

func TestFragmentsRefusedForUDP(t *testing.T) {
	for _, p := range []packet.IPv4{{MoreFragments: true}, {FragmentOffset: 0x1fff}} {
		p.Protocol, p.Src, p.Dst = packet.ProtoUDP, ipA, ipB
		got, err := packet.ParseIPv4(append(packet.AppendIPv4(nil, &p, 8), make([]byte, 8)...))
		require.NoError(t, err)
		require.Equal(t, p.FragmentOffset, got.FragmentOffset)
		require.True(t, got.Fragment())
		_, err = packet.ParseUDP(&got)
		require.ErrorIs(t, err, packet.ErrFragment)
	}
}

func TestUDPRefuses(t *testing.T) {
	cases := []struct {
		name   string
		change func(udp []byte)
		err    string
	}{
		{"length under the header's", func(u []byte) { u[5] = 7 }, "impossible"},
		{"length over the packet's", func(u []byte) { u[5] = 200 }, "truncated"},
		{"payload changed", func(u []byte) { u[8] ^= 1 }, "wrong checksum"},
		{"no checksum", func(u []byte) { u[6], u[7], u[8] = 0, 0, 'x' }, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := udpPacket("payload")
			c.change(b[packet.IPv4Len:])
			ip, err := packet.ParseIPv4(b)
			require.NoError(t, err)
			_, err = packet.ParseUDP(&ip)
			if c.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.err)
			}
		})
	}
	_, err := packet.ParseUDP(&packet.IPv4{Protocol: packet.ProtoTCP})
	require.ErrorContains(t, err, "not udp")
	_, err = packet.ParseUDP(&packet.IPv4{Protocol: packet.ProtoUDP, Payload: make([]byte, 7)})
	require.ErrorIs(t, err, packet.ErrTruncated)
}

// A checksum that comes out as 0 is sent as 0xffff, since 0 says that there is none (RFC 768).
func TestUDPChecksumZero(t *testing.T) {
	u := packet.UDP{SrcPort: 1, DstPort: 2, Payload: []byte{0, 0}}
	sum := binary.BigEndian.Uint16(packet.AppendUDP(nil, &u, ipA, ipB)[6:])
	binary.BigEndian.PutUint16(u.Payload, sum) // makes the sum of everything else 0xffff
	b := packet.AppendUDP(nil, &u, ipA, ipB)
	require.EqualValues(t, 0xffff, binary.BigEndian.Uint16(b[6:]))
	_, err := packet.ParseUDP(&packet.IPv4{Protocol: packet.ProtoUDP, Src: ipA, Dst: ipB, Payload: b})
	require.NoError(t, err)
}

func TestAppendDoesNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 1500)
	eth, arp := packet.Ethernet{Type: packet.EtherTypeARP}, packet.ARP{SenderIP: ipA, TargetIP: ipB}
	ip, udp := packet.IPv4{Src: ipA, Dst: ipB}, packet.UDP{Payload: []byte("payload")}
	data := make([]byte, 300)
	m := packet.DHCPv4{Options: packet.DHCPOptions{{Code: 53, Data: data[:1]}, {Code: 121, Data: data}}}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		packet.AppendARP(packet.AppendEthernet(buf, &eth), &arp)
		packet.AppendUDP(packet.AppendIPv4(buf, &ip, 15), &udp, ipA, ipB)
		packet.AppendDHCPv4(buf, &m, 548)
		packet.AppendDHCPv4(buf, &m, 300)
	}))
}

func TestAppendClasslessRoute(t *testing.T) {
	// The table of RFC 3442, "Classless Route Option Format".
	for prefix, want := range map[string][]byte{
		"0.0.0.0/0":        {0},
		"10.0.0.0/8":       {8, 10},
		"10.0.0.0/24":      {24, 10, 0, 0},
		"10.17.0.0/16":     {16, 10, 17},
		"10.27.129.0/24":   {24, 10, 27, 129},
		"10.229.0.128/25":  {25, 10, 229, 0, 128},
		"10.198.122.47/32": {32, 10, 198, 122, 47},
	} {
		got := packet.AppendClasslessRoute(nil, model.Route{To: netip.MustParsePrefix(prefix), Via: ipA})
		require.Equal(t, append(want, 10, 0, 0, 1), got, prefix)
	}
	require.Empty(t, packet.AppendClasslessRoute(nil, model.Route{}))
}
