package security_test

import (
	"slices"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

// advertised is what an advertisement says, read by gopacket, which also makes it anew: then all lengths and the
// checksum are what they have to be.
func advertised(t *testing.T, frame []byte) (layers.Ethernet, layers.IPv6, layers.ICMPv6NeighborAdvertisement) {
	t.Helper()
	p := gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.Default)
	require.Nil(t, p.ErrorLayer())
	eth := *p.Layer(layers.LayerTypeEthernet).(*layers.Ethernet)
	ip := *p.Layer(layers.LayerTypeIPv6).(*layers.IPv6)
	icmp := *p.Layer(layers.LayerTypeICMPv6).(*layers.ICMPv6)
	na := *p.Layer(layers.LayerTypeICMPv6NeighborAdvertisement).(*layers.ICMPv6NeighborAdvertisement)
	require.NoError(t, icmp.SetNetworkLayerForChecksum(&ip))
	again := na
	again.Options = slices.Clone(na.Options)
	slices.Reverse(again.Options) // which gopacket writes from the last one on
	buf := gopacket.NewSerializeBuffer()
	require.NoError(t, gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
		&eth, &ip, &icmp, &again))
	require.Equal(t, buf.Bytes(), frame[:len(buf.Bytes())])
	return eth, ip, na
}

// The switch answers a solicitation as the one who has the address would (RFC 4861 section 7.2.4), however the
// solicitation was made.
func TestTheAnswerToASolicitation(t *testing.T) {
	for name, make := range beds {
		t.Run(name, func(t *testing.T) {
			b := make(t)
			nonce := []byte{14, 1, 1, 2, 3, 4, 5, 6} // RFC 3971, RFC 7527
			for what, options := range map[string][]byte{
				"as usual":                nil,
				"with a nonce behind":     nonce,
				"and one of a later kind": {250, 2, 15: 0},
			} {
				body := append(ndBody(packet.ICMPv6NeighborSolicit, victim6, me), options...)
				out, _ := b.send(t, mallory, icmp6(me, llOf(mallory), packet.ICMPv6NeighborSolicit, 0, body))
				require.Equal(t, []uint32{mallory}, out, what)
				eth, ip, na := advertised(t, b.last()[0])
				require.Equal(t, foe[:], []byte(eth.SrcMAC), what)
				require.Equal(t, me[:], []byte(eth.DstMAC))
				require.Equal(t, victim6.String(), ip.SrcIP.String())
				require.Equal(t, llOf(mallory).String(), ip.DstIP.String())
				require.EqualValues(t, 255, ip.HopLimit)
				require.Equal(t, victim6.String(), na.TargetAddress.String())
				require.EqualValues(t, 0x60, na.Flags, "solicited, override")
				require.Equal(t, layers.ICMPv6Opt(layers.ICMPv6OptTargetAddress), na.Options[0].Type)
				require.Equal(t, foe[:], na.Options[0].Data, what)
			}
		})
	}
}

// One without the option comes to the owner as it was, in a frame for it alone.
func TestASolicitationThatTheSwitchCannotAnswer(t *testing.T) {
	for name, make := range beds {
		t.Run(name, func(t *testing.T) {
			b := make(t)
			sent := icmp6(macOf(open), none6, packet.ICMPv6NeighborSolicit, 0, ndBody(packet.ICMPv6NeighborSolicit, victim6))
			out, _ := b.send(t, open, sent)
			require.Equal(t, []uint32{victim}, out)
			got := b.last()[0]
			require.Equal(t, foe, model.MAC(got[:6]))
			require.Equal(t, sent[6:], got[6:len(sent)])
		})
	}
}
