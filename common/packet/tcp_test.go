package packet_test

import (
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/packet"
)

// tcpPacket is an IPv4 packet of ours with the start of a connection.
func tcpPacket(payload string) []byte {
	t := packet.TCP{SrcPort: 1024, DstPort: 23, Seq: 7, Ack: 8, Flags: packet.TCPSyn, Window: 9, Payload: []byte(payload)}
	b := packet.AppendIPv4(nil, &packet.IPv4{TTL: 64, Protocol: packet.ProtoTCP, Src: ipA, Dst: ipB},
		packet.TCPLen+len(payload))
	return packet.AppendTCP(b, &t, ipA, ipB)
}

func TestTCPIsThatOfGopacket(t *testing.T) {
	b := tcpPacket("hello")
	p := gopacket.NewPacket(b, layers.LayerTypeIPv4, gopacket.Default)
	theirs := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
	require.EqualValues(t, 1024, theirs.SrcPort)
	require.EqualValues(t, 23, theirs.DstPort)
	require.EqualValues(t, 7, theirs.Seq)
	require.EqualValues(t, 8, theirs.Ack)
	require.True(t, theirs.SYN && !theirs.ACK && !theirs.FIN)
	require.EqualValues(t, 9, theirs.Window)
	require.Equal(t, "hello", string(theirs.Payload))
	check := theirs.Checksum
	require.NoError(t, theirs.SetNetworkLayerForChecksum(p.NetworkLayer()))
	buf := gopacket.NewSerializeBuffer()
	theirs.Options = []layers.TCPOption{{OptionType: layers.TCPOptionKindNop}}
	opts := gopacket.SerializeOptions{FixLengths: true}
	require.NoError(t, gopacket.SerializeLayers(buf, opts, theirs, gopacket.Payload("hello")))
	sum, err := theirs.ComputeChecksum()
	require.NoError(t, err)
	require.Zero(t, sum, "%x", check)

	ours, err := packet.ParseTCP(&packet.IPv4{Protocol: packet.ProtoTCP, Payload: buf.Bytes()})
	require.NoError(t, err)
	require.Len(t, ours.Options, 4)
	require.Equal(t, "hello", string(ours.Payload))
	require.True(t, ours.Opens())
}

func TestTCPRefuses(t *testing.T) {
	ip := packet.IPv4{Protocol: packet.ProtoTCP, Payload: tcpPacket("")[20:]}
	_, err := packet.ParseTCP(&ip)
	require.NoError(t, err)
	ip.FragmentOffset = 1
	_, err = packet.ParseTCP(&ip)
	require.ErrorIs(t, err, packet.ErrFragment)
	ip.FragmentOffset, ip.Payload = 0, ip.Payload[:19]
	_, err = packet.ParseTCP(&ip)
	require.Error(t, err)
	ip.Payload = tcpPacket("")[20:]
	for offset, want := range map[byte]string{0x40: "impossible", 0x60: "its header alone has 24"} {
		ip.Payload[12] = offset
		_, err = packet.ParseTCP(&ip)
		require.ErrorContains(t, err, want)
	}
	ip.Protocol = packet.ProtoUDP
	_, err = packet.ParseTCP(&ip)
	require.ErrorContains(t, err, "not tcp")
}

func FuzzTCP(f *testing.F) {
	addPayloads(f, packet.EtherTypeIPv4)
	f.Add(tcpPacket("hello"))
	f.Fuzz(func(t *testing.T, b []byte) {
		ip, err := packet.ParseIPv4(b)
		if err != nil {
			return
		}
		if seg, err := packet.ParseTCP(&ip); err == nil {
			require.Equal(t, len(ip.Payload), packet.TCPLen+len(seg.Options)+len(seg.Payload))
			out := packet.AppendTCP(nil, &seg, ipA, ipB)
			require.Equal(t, ip.Payload[:12], out[:12])
		}
	})
}
