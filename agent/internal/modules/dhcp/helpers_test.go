package dhcp_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcp"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

var (
	guestMAC  = model.MAC{0x0a, 0, 0, 0, 0, 1}
	otherMAC  = model.MAC{0x0a, 0, 0, 0, 0, 2}
	serverMAC = model.MAC{0x0a, 'v', 'l', 'c', 'p', 1}

	guestIP   = netip.MustParseAddr("10.0.0.10")
	otherIP   = netip.MustParseAddr("10.0.0.11")
	gatewayIP = netip.MustParseAddr("10.0.0.1")
	serverIP  = netip.MustParseAddr("10.0.0.254")
	zeroIP    = netip.IPv4Unspecified()
	allIP     = netip.MustParseAddr("255.255.255.255")
)

// guest is a client with everything defined.
func guest() dhcp.Client {
	return dhcp.Client{
		Port: model.Port{
			Name: "vm1", Network: "blue", Subnet: "blue-v4", MAC: guestMAC, IP: guestIP, Hostname: "vm1",
		},
		Network: model.Network{Name: "blue", MTU: 1450},
		Subnet: model.Subnet{
			Name: "blue-v4", Network: "blue", CIDR: netip.MustParsePrefix("10.0.0.0/24"), Gateway: gatewayIP,
			DNS: []netip.Addr{netip.MustParseAddr("10.0.0.53"), netip.MustParseAddr("10.0.0.54")},
			NTP: []netip.Addr{netip.MustParseAddr("10.0.0.123")}, Domain: "blue.example",
			Lease: model.Duration(8 * time.Hour), DHCPServer: serverIP,
		},
	}
}

func route(to, via string) model.Route {
	return model.Route{To: netip.MustParsePrefix(to), Via: netip.MustParseAddr(via)}
}

// wire is the layers under a client's message.
type wire struct {
	src              model.MAC
	srcIP, dstIP     netip.Addr
	srcPort, dstPort layers.UDPPort
}

func broadcast() wire {
	return wire{src: guestMAC, srcIP: zeroIP, dstIP: allIP, srcPort: 68, dstPort: 67}
}

func unicast() wire {
	return wire{src: guestMAC, srcIP: guestIP, dstIP: serverIP, srcPort: 68, dstPort: 67}
}

// frame is the frame that a guest sends: oracles make all of it.
func (w wire) frame(t testing.TB, payload []byte) []byte {
	eth := &layers.Ethernet{SrcMAC: w.src[:], DstMAC: packet.Broadcast[:], EthernetType: layers.EthernetTypeIPv4}
	ip := &layers.IPv4{
		Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: w.srcIP.AsSlice(), DstIP: w.dstIP.AsSlice(),
	}
	udp := &layers.UDP{SrcPort: w.srcPort, DstPort: w.dstPort}
	require.NoError(t, udp.SetNetworkLayerForChecksum(ip))
	return serialize(t, eth, ip, udp, gopacket.Payload(payload))
}

func serialize(t testing.TB, ls ...gopacket.SerializableLayer) []byte {
	buf := gopacket.NewSerializeBuffer()
	opts := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	require.NoError(t, gopacket.SerializeLayers(buf, opts, ls...))
	return buf.Bytes()
}

// message is a client's message of this type with the usual header.
func message(t testing.TB, typ dhcpv4.MessageType, mods ...dhcpv4.Modifier) *dhcpv4.DHCPv4 {
	mods = append([]dhcpv4.Modifier{
		dhcpv4.WithHwAddr(guestMAC[:]), dhcpv4.WithMessageType(typ), dhcpv4.WithTransactionID([4]byte{1, 2, 3, 4}),
	}, mods...)
	d, err := dhcpv4.New(mods...)
	require.NoError(t, err)
	d.NumSeconds = 9 // must not come back
	return d
}

func option(code uint8, data ...byte) dhcpv4.Modifier {
	return dhcpv4.WithGeneric(dhcpv4.GenericOptionCode(code), data)
}

func wants(codes ...byte) dhcpv4.Modifier { return option(packet.OptParameterList, codes...) }

func requested(ip netip.Addr) dhcpv4.Modifier { return option(packet.OptRequestedIP, ip.AsSlice()...) }

func serverID(ip netip.Addr) dhcpv4.Modifier { return option(packet.OptServerID, ip.AsSlice()...) }

func ciaddr(ip netip.Addr) dhcpv4.Modifier { return dhcpv4.WithClientIP(ip.AsSlice()) }

// answer is a reply as oracles read it.
type answer struct {
	*dhcpv4.DHCPv4
	eth   *layers.Ethernet
	ip    *layers.IPv4
	udp   *layers.UDP
	reply *dhcp.Reply
	// codes are the options of the options field in their order.
	codes []byte
}

// ask sends d and returns the answer, which must exist and be well formed.
func ask(t testing.TB, w wire, d *dhcpv4.DHCPv4, c dhcp.Client) answer {
	t.Helper()
	reply, reason := dhcp.Answer(w.frame(t, d.ToBytes()), c, serverMAC)
	require.Empty(t, reason)
	require.NotNil(t, reply)
	return read(t, reply, d)
}

// read checks what holds for every answer to d and takes it apart.
func read(t testing.TB, reply *dhcp.Reply, d *dhcpv4.DHCPv4) answer {
	t.Helper()
	p := gopacket.NewPacket(reply.Frame, layers.LayerTypeEthernet, gopacket.Default)
	a := answer{reply: reply}
	a.eth, _ = p.Layer(layers.LayerTypeEthernet).(*layers.Ethernet)
	a.ip, _ = p.Layer(layers.LayerTypeIPv4).(*layers.IPv4)
	a.udp, _ = p.Layer(layers.LayerTypeUDP).(*layers.UDP)
	require.NotNil(t, a.udp)
	var err error
	a.DHCPv4, err = dhcpv4.FromBytes(a.udp.Payload)
	require.NoError(t, err)
	a.codes = codesOf(a.udp.Payload[240:])

	require.NoError(t, a.udp.SetNetworkLayerForChecksum(a.ip))
	wrong, mismatches := p.VerifyChecksums()
	require.NoError(t, wrong)
	require.Empty(t, mismatches)
	require.Equal(t, net.HardwareAddr(serverMAC[:]), a.eth.SrcMAC)
	require.True(t, a.ip.SrcIP.Equal(serverIP.AsSlice()) ||
		a.ip.SrcIP.Equal(model.LinkLocalDHCPServer.AsSlice()), a.ip.SrcIP)
	require.EqualValues(t, 64, a.ip.TTL)
	require.EqualValues(t, 67, a.udp.SrcPort)
	require.EqualValues(t, 68, a.udp.DstPort)
	require.GreaterOrEqual(t, len(a.udp.Payload), packet.DHCPLenMin)
	require.Equal(t, dhcpv4.OpcodeBootReply, a.OpCode) // RFC 2131 table 3
	require.Equal(t, d.TransactionID, a.TransactionID)
	require.Equal(t, d.Flags, a.Flags)
	require.Equal(t, net.HardwareAddr(guestMAC[:]), a.ClientHWAddr)
	require.Zero(t, a.NumSeconds)
	require.Zero(t, a.HopCount)
	require.True(t, a.GatewayIPAddr.Equal(net.IPv4zero))
	_, boots := a.Options[66] // see TestOptionsOfThePort
	require.True(t, boots || a.ServerIPAddr.Equal(net.IPv4zero))
	require.True(t, a.ServerIdentifier().Equal(a.ip.SrcIP))
	return a
}

func codesOf(options []byte) (codes []byte) {
	for len(options) > 0 && options[0] != packet.OptEnd {
		codes = append(codes, options[0])
		options = options[2+int(options[1]):]
	}
	return codes
}

// silence sends d and requires no answer, for this reason.
func silence(t testing.TB, reason string, w wire, d *dhcpv4.DHCPv4, c dhcp.Client) {
	t.Helper()
	reply, got := dhcp.Answer(w.frame(t, d.ToBytes()), c, serverMAC)
	require.Nil(t, reply)
	require.Equal(t, reason, got)
}

func (a answer) goesTo(t testing.TB, mac model.MAC, ip netip.Addr) {
	t.Helper()
	require.Equal(t, net.HardwareAddr(mac[:]), a.eth.DstMAC)
	require.Equal(t, ip.String(), a.ip.DstIP.String())
}

func (a answer) is(t testing.TB, kind dhcp.Kind, typ dhcpv4.MessageType, yiaddr netip.Addr) {
	t.Helper()
	require.Equal(t, kind, a.reply.Kind)
	require.Equal(t, typ, a.MessageType())
	require.Equal(t, yiaddr.String(), a.YourIPAddr.String())
}
