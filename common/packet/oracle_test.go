package packet_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

var (
	macA = model.MAC{0x0a, 0, 0, 0, 0, 1}
	macB = model.MAC{0x0a, 0, 0, 0, 0, 2}
	ipA  = netip.MustParseAddr("10.0.0.1")
	ipB  = netip.MustParseAddr("10.0.0.2")
)

// serialize is the oracle's encoder.
func serialize(t testing.TB, ls ...gopacket.SerializableLayer) []byte {
	buf := gopacket.NewSerializeBuffer()
	opts := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	require.NoError(t, gopacket.SerializeLayers(buf, opts, ls...))
	return buf.Bytes()
}

// decode is the oracle's decoder; the packet must decode without error.
func decode(t testing.TB, frame []byte) gopacket.Packet {
	p := gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.Default)
	if e := p.ErrorLayer(); e != nil {
		require.NoError(t, e.Error())
	}
	return p
}

func oracleIPUDP(t testing.TB) (*layers.IPv4, *layers.UDP) {
	ip := &layers.IPv4{
		Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, Id: 7, Flags: layers.IPv4DontFragment,
		SrcIP: ipA.AsSlice(), DstIP: ipB.AsSlice(),
	}
	udp := &layers.UDP{SrcPort: 68, DstPort: 67}
	require.NoError(t, udp.SetNetworkLayerForChecksum(ip))
	return ip, udp
}

func oracleEthernet(typ layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: macA[:], DstMAC: macB[:], EthernetType: typ}
}

func TestEthernetTagsAgainstOracle(t *testing.T) {
	arp := &layers.ARP{
		AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4,
		Operation: layers.ARPRequest, SourceHwAddress: macA[:], SourceProtAddress: ipA.AsSlice(),
		DstHwAddress: make([]byte, 6), DstProtAddress: ipB.AsSlice(),
	}
	want := packet.ARP{Op: packet.ARPRequest, SenderMAC: macA, SenderIP: ipA, TargetIP: ipB}
	outer := &layers.Dot1Q{Priority: 5, VLANIdentifier: 100, Type: layers.EthernetTypeDot1Q}
	inner := &layers.Dot1Q{VLANIdentifier: 4095, Type: layers.EthernetTypeARP}
	cases := map[string][]byte{
		"untagged": serialize(t, oracleEthernet(layers.EthernetTypeARP), arp),
		"one tag":  serialize(t, oracleEthernet(layers.EthernetTypeDot1Q), inner, arp),
		"two tags": serialize(t, oracleEthernet(layers.EthernetTypeQinQ), outer, inner, arp),
	}
	for name, frame := range cases {
		t.Run(name, func(t *testing.T) {
			eth, err := packet.ParseEthernet(frame)
			require.NoError(t, err)
			require.Equal(t, macA, eth.Src)
			require.Equal(t, macB, eth.Dst)
			require.EqualValues(t, packet.EtherTypeARP, eth.Type)
			got, err := packet.ParseARP(eth.Payload)
			require.NoError(t, err)
			require.Equal(t, want, got)
			ours := packet.AppendARP(packet.AppendEthernet(nil, &eth), &got)
			require.Equal(t, frame[:len(ours)], ours)
			require.Less(t, len(frame)-len(ours), 60, "the oracle pads to 60 bytes, nothing else")
		})
	}
	eth, err := packet.ParseEthernet(cases["two tags"])
	require.NoError(t, err)
	require.EqualValues(t, 100, eth.Tags[0].ID())
	require.EqualValues(t, 5, eth.Tags[0].Priority())
	require.EqualValues(t, 4095, eth.Tags[1].ID())
	require.EqualValues(t, packet.EtherTypeQinQ, eth.Tags[0].TPID)
}

func TestUDPFromOracle(t *testing.T) {
	for _, payload := range []string{"", "x", "even", "odd bytes"} {
		ip, udp := oracleIPUDP(t)
		// A short frame is padded to 60 bytes, so the total length has to be respected.
		frame := serialize(t, oracleEthernet(layers.EthernetTypeIPv4), ip, udp, gopacket.Payload(payload))
		eth, err := packet.ParseEthernet(append(frame, make([]byte, 6)...))
		require.NoError(t, err)
		got, err := packet.ParseIPv4(eth.Payload)
		require.NoError(t, err)
		require.Equal(t, ipA, got.Src)
		require.Equal(t, ipB, got.Dst)
		require.True(t, got.DontFragment)
		require.EqualValues(t, 7, got.ID)
		require.EqualValues(t, 64, got.TTL)
		u, err := packet.ParseUDP(&got)
		require.NoError(t, err)
		require.Equal(t, payload, string(u.Payload))
		require.EqualValues(t, 68, u.SrcPort)
		require.EqualValues(t, 67, u.DstPort)

		ours := packet.AppendEthernet(nil, &eth)
		ours = packet.AppendIPv4(ours, &got, packet.UDPLen+len(payload))
		ours = packet.AppendUDP(ours, &u, got.Src, got.Dst)
		require.Equal(t, frame[:len(ours)], ours, "the oracle and we make the same bytes")
	}
}

func TestIPv4OptionsSkipped(t *testing.T) {
	ip, udp := oracleIPUDP(t)
	ip.Options = []layers.IPv4Option{{OptionType: 148, OptionLength: 4, OptionData: []byte{0, 0}}} // router alert
	got, err := packet.ParseIPv4(serialize(t, ip, udp, gopacket.Payload("data")))
	require.NoError(t, err)
	require.Equal(t, []byte{148, 4, 0, 0}, got.Options)
	u, err := packet.ParseUDP(&got)
	require.NoError(t, err)
	require.Equal(t, "data", string(u.Payload))
}

func TestDHCPFromOracle(t *testing.T) {
	d, err := dhcpv4.New(
		dhcpv4.WithTransactionID(dhcpv4.TransactionID{1, 2, 3, 4}), dhcpv4.WithHwAddr(macA[:]),
		dhcpv4.WithClientIP(ipA.AsSlice()), dhcpv4.WithBroadcast(true),
		dhcpv4.WithMessageType(dhcpv4.MessageTypeRequest),
		dhcpv4.WithRequestedOptions(dhcpv4.OptionRouter, dhcpv4.OptionClasslessStaticRoute),
		dhcpv4.WithGeneric(dhcpv4.GenericOptionCode(200), make([]byte, 600)),
	)
	require.NoError(t, err)
	d.ServerHostName, d.BootFileName = "server", "file"
	m, err := packet.ParseDHCPv4(d.ToBytes())
	require.NoError(t, err)
	require.EqualValues(t, 0x01020304, m.XID)
	require.EqualValues(t, packet.DHCPFlagBroadcast, m.Flags)
	require.Equal(t, ipA, m.CIAddr)
	mac, ok := m.MAC()
	require.True(t, ok)
	require.Equal(t, macA, mac)
	typ, ok := m.MessageType()
	require.True(t, ok)
	require.Equal(t, packet.DHCPRequest, typ)
	long, _ := m.Options.Get(200)
	require.Equal(t, make([]byte, 600), long, "RFC 3396: joined")
	list, _ := m.Options.Get(packet.OptParameterList)
	require.Equal(t, []byte{3, 121}, list)
	require.Equal(t, "server", string(m.SName[:6]))
	require.Equal(t, "file", string(m.File[:4]))

	out, leftOut := packet.AppendDHCPv4(nil, &m, 1500)
	require.Zero(t, leftOut)
	back, err := dhcpv4.FromBytes(out)
	require.NoError(t, err)
	require.Equal(t, d.Summary(), back.Summary())
	require.Equal(t, d.Options, back.Options)
}

func TestDHCPToOracle(t *testing.T) {
	routes := packet.AppendClasslessRoute(nil, model.Route{To: netip.MustParsePrefix("192.0.2.0/25"), Via: ipB})
	routes = packet.AppendClasslessRoute(routes, model.Route{To: netip.MustParsePrefix("0.0.0.0/0"), Via: ipA})
	m := packet.DHCPv4{
		Op: packet.BootReply, HType: 1, HLen: 6, XID: 9, YIAddr: ipB,
		CHAddr: [16]byte(append(macA[:], make([]byte, 10)...)),
		Options: packet.DHCPOptions{
			{Code: packet.OptMessageType, Data: []byte{byte(packet.DHCPAck)}},
			{Code: packet.OptDNS, Data: packet.AppendAddrs(nil, ipA, netip.Addr{}, netip.IPv6Loopback(), ipB)},
			{Code: packet.OptLease, Data: []byte{0, 0, 14, 16}},
			{Code: packet.OptClasslessRoutes, Data: routes},
		},
	}
	out, leftOut := packet.AppendDHCPv4(nil, &m, 548)
	require.Zero(t, leftOut)
	require.Len(t, out, packet.DHCPLenMin)

	ip, udp := oracleIPUDP(t)
	udp.SrcPort, udp.DstPort = 67, 68
	p := decode(t, serialize(t, oracleEthernet(layers.EthernetTypeIPv4), ip, udp, gopacket.Payload(out)))
	require.NotNil(t, p.Layer(layers.LayerTypeDHCPv4), "gopacket reads it too")

	d, err := dhcpv4.FromBytes(out)
	require.NoError(t, err)
	require.Equal(t, dhcpv4.MessageTypeAck, d.MessageType())
	require.Equal(t, net.HardwareAddr(macA[:]), d.ClientHWAddr)
	require.True(t, d.YourIPAddr.Equal(ipB.AsSlice()))
	require.Len(t, d.DNS(), 2)
	require.Equal(t, time.Hour, d.IPAddressLeaseTime(0))
	got := d.ClasslessStaticRoute()
	require.Len(t, got, 2)
	require.Equal(t, "192.0.2.0/25", got[0].Dest.String())
	require.Equal(t, "10.0.0.2", got[0].Router.String())
	require.Equal(t, "0.0.0.0/0", got[1].Dest.String())
}
