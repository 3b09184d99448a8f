package dhcp_test

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcp"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// The identity of a client is its port: nobody gets an answer for somebody else.
func TestForeignMAC(t *testing.T) {
	w := broadcast()
	w.src = otherMAC
	silence(t, dhcp.ReasonForeignMAC, w, message(t, discover), guest())
	silence(t, dhcp.ReasonForeignMAC, w, message(t, discover, dhcpv4.WithHwAddr(otherMAC[:])), guest())
	silence(t, dhcp.ReasonForeignMAC, broadcast(), message(t, discover, dhcpv4.WithHwAddr(otherMAC[:])), guest())
	silence(t, dhcp.ReasonForeignMAC, broadcast(), message(t, discover, dhcpv4.WithHWType(6)), guest())
	long := append(guestMAC[:], 0, 0)
	silence(t, dhcp.ReasonForeignMAC, broadcast(), message(t, discover, dhcpv4.WithHwAddr(long)), guest())
}

func TestNothingToGive(t *testing.T) {
	off := false
	for reason, change := range map[string]func(c *dhcp.Client){
		dhcp.ReasonDisabled:  func(c *dhcp.Client) { c.Subnet.DHCP = &off },
		dhcp.ReasonNoAddress: func(c *dhcp.Client) { c.Port.IP = netip.Addr{} },
		dhcp.ReasonNoServer:  func(c *dhcp.Client) { c.Subnet.DHCPServer = netip.Addr{} },
	} {
		c := guest()
		change(&c)
		silence(t, reason, broadcast(), message(t, discover), c)
	}
	c := guest()
	c.Subnet = dhcp.Client{}.Subnet
	silence(t, dhcp.ReasonNoAddress, broadcast(), message(t, discover), c)
}

func TestNotForUs(t *testing.T) {
	silence(t, dhcp.ReasonRelayed, broadcast(), message(t, discover, dhcpv4.WithRelay(otherIP.AsSlice())), guest())
	w := unicast()
	w.dstIP = otherIP
	silence(t, dhcp.ReasonOtherServer, w, message(t, request, ciaddr(guestIP)), guest())
	w = broadcast()
	w.dstPort = 68
	silence(t, dhcp.ReasonNotDHCP, w, message(t, discover), guest())
	for _, typ := range []dhcpv4.MessageType{offer, ack, nak} {
		silence(t, dhcp.ReasonNotRequest, broadcast(), message(t, typ), guest())
	}
	reply := message(t, discover)
	reply.OpCode = dhcpv4.OpcodeBootReply
	silence(t, dhcp.ReasonNotRequest, broadcast(), reply, guest())
	silence(t, dhcp.ReasonNotDHCP, broadcast(), message(t, dhcpv4.MessageType(10)), guest())
	noType := message(t, discover)
	noType.DeleteOption(dhcpv4.OptionDHCPMessageType)
	silence(t, dhcp.ReasonMalformed, broadcast(), noType, guest())
}

func answerRaw(frame []byte) string {
	_, reason := dhcp.Answer(frame, guest(), serverMAC)
	return reason
}

func TestMalformedFrames(t *testing.T) {
	good := broadcast().frame(t, message(t, discover).ToBytes())
	require.Empty(t, answerRaw(good))
	require.Empty(t, answerRaw(append(bytes.Clone(good), make([]byte, 40)...)), "padding")
	for n := range good {
		require.Equal(t, dhcp.ReasonMalformed, answerRaw(good[:n]), "%d bytes", n)
	}
	for _, at := range []int{14, 20, 24, 40, 42, 60, 280, 282} { // IP, UDP and DHCP bytes, checksummed or counted
		bad := bytes.Clone(good)
		bad[at] ^= 0x80
		require.NotEmpty(t, answerRaw(bad), "byte %d", at)
	}
	require.Equal(t, dhcp.ReasonMalformed, answerRaw(broadcast().frame(t, []byte("hello"))))
}

func TestOtherProtocols(t *testing.T) {
	eth := &layers.Ethernet{SrcMAC: guestMAC[:], DstMAC: serverMAC[:], EthernetType: layers.EthernetTypeIPv4}
	ip := &layers.IPv4{Version: 4, TTL: 1, SrcIP: guestIP.AsSlice(), DstIP: serverIP.AsSlice()}
	ip.Protocol = layers.IPProtocolICMPv4
	require.Equal(t, dhcp.ReasonNotDHCP, answerRaw(serialize(t, eth, ip, gopacket.Payload("x"))))
	ip.Protocol, ip.Flags = layers.IPProtocolUDP, layers.IPv4MoreFragments
	require.Equal(t, dhcp.ReasonFragment, answerRaw(serialize(t, eth, ip, gopacket.Payload("x"))))
	eth.EthernetType = layers.EthernetTypeARP
	require.Equal(t, dhcp.ReasonNotDHCP, answerRaw(serialize(t, eth, gopacket.Payload("x"))))
}

// A priority tag says nothing about a VLAN; a real tag is a network of the guest's own.
func TestTagged(t *testing.T) {
	good := broadcast().frame(t, message(t, discover).ToBytes())
	tag := func(vlan ...byte) []byte {
		return append(append(bytes.Clone(good[:12]), vlan...), good[12:]...)
	}
	require.Empty(t, answerRaw(tag(0x81, 0, 0xe0, 0)))
	require.Equal(t, dhcp.ReasonTagged, answerRaw(tag(0x81, 0, 0, 7)))
	require.Equal(t, dhcp.ReasonTagged, answerRaw(tag(0x88, 0xa8, 0, 0, 0x81, 0, 0, 7)))
}

func TestKindNames(t *testing.T) {
	require.Equal(t, "offer ack nak none", dhcp.Offer.String()+" "+dhcp.Ack.String()+" "+dhcp.Nak.String()+" "+
		dhcp.Kind(0).String())
}

func FuzzAnswer(f *testing.F) {
	f.Add(broadcast().frame(f, message(f, discover).ToBytes()))
	f.Add(unicast().frame(f, message(f, request, ciaddr(guestIP), wants(121, 3, 6), option(61, 1, 2)).ToBytes()))
	f.Add(broadcast().frame(f, message(f, request, requested(otherIP)).ToBytes()))
	f.Add(broadcast().frame(f, message(f, dhcpv4.MessageTypeInform, ciaddr(otherIP), option(57, 5, 220)).ToBytes()))
	for _, b := range ovstest.Frames(f) {
		f.Add(b)
	}
	c := guest()
	for range 32 {
		c.Subnet.Routes = append(c.Subnet.Routes, route("192.0.2.0/24", "10.0.0.7"))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		before := bytes.Clone(frame)
		reply, reason := dhcp.Answer(frame, c, serverMAC)
		require.Equal(t, before, frame, "the frame is only read")
		require.Equal(t, reply == nil, reason != "")
		if reply != nil {
			require.LessOrEqual(t, len(reply.Frame), 14+1450)
			p := gopacket.NewPacket(reply.Frame, layers.LayerTypeEthernet, gopacket.Default)
			_, err := dhcpv4.FromBytes(p.Layer(layers.LayerTypeUDP).LayerPayload())
			require.NoError(t, err)
		}
	})
}

func BenchmarkAnswer(b *testing.B) {
	c := guest()
	frame := broadcast().frame(b, message(b, request, requested(guestIP), wants(1, 121, 3, 6, 12, 15, 26, 28, 42, 51),
		option(61, 1, 10, 0, 0, 0, 0, 1)).ToBytes())
	b.ReportAllocs()
	for b.Loop() {
		if reply, _ := dhcp.Answer(frame, c, serverMAC); reply == nil {
			b.Fatal("no answer")
		}
	}
}
