package dhcp_test

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcp"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

// RFC 2132: every option that definitions have, with the value that a client reads.
func TestAllOptions(t *testing.T) {
	c := guest()
	c.Subnet.Routes = []model.Route{route("192.0.2.0/24", "10.0.0.7")}
	for name, mods := range map[string][]dhcpv4.Modifier{
		"no list": nil,
		"asked":   {wants(1, 3, 6, 12, 15, 26, 28, 42, 51, 58, 59, 121)},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t, broadcast(), message(t, request, append(mods, requested(guestIP))...), c)
			require.Equal(t, "ffffff00", a.SubnetMask().String())
			require.Equal(t, "10.0.0.1", a.Router()[0].String())
			require.Equal(t, "10.0.0.54", a.DNS()[1].String())
			require.Equal(t, "vm1", a.HostName())
			require.Equal(t, "blue.example", a.DomainName())
			require.EqualValues(t, 1450, binary.BigEndian.Uint16(a.Options.Get(dhcpv4.OptionInterfaceMTU)))
			require.Equal(t, "10.0.0.255", a.BroadcastAddress().String())
			require.Equal(t, "10.0.0.123", a.NTPServers()[0].String())
			require.Equal(t, 8*time.Hour, a.IPAddressLeaseTime(0))
			require.Equal(t, 4*time.Hour, a.IPAddressRenewalTime(0))
			require.Equal(t, 7*time.Hour, a.IPAddressRebindingTime(0))
			require.Len(t, a.ClasslessStaticRoute(), 2)
			require.Equal(t, []byte{53, 54, 51, 1, 121, 3, 6, 12, 15, 26, 28, 42, 58, 59}, a.codes)
		})
	}
}

// 53, 54 and 51 first, then what the client asked for in its order, once, and nothing that it did not ask for.
func TestOptionOrder(t *testing.T) {
	a := ask(t, broadcast(), message(t, discover, wants(42, 6, 6, 3, 53, 51, 116, 200, 1)), guest())
	require.Equal(t, []byte{53, 54, 51, 42, 6, 3, 1}, a.codes)
	a = ask(t, broadcast(), message(t, discover, wants()), guest())
	require.Equal(t, []byte{53, 54, 51}, a.codes, "an empty list is a list")
}

func TestUndefinedOptionsLeftOut(t *testing.T) {
	c := guest()
	c.Port.Hostname, c.Network.MTU = "", 0
	s := &c.Subnet
	s.Gateway, s.DNS, s.NTP, s.Domain, s.Lease = netip.Addr{}, nil, nil, "", 0
	a := ask(t, broadcast(), message(t, discover), c)
	require.Equal(t, []byte{53, 54, 51, 1, 28, 58, 59}, a.codes)
	require.Equal(t, time.Duration(model.DefaultLease), a.IPAddressLeaseTime(0))
	s.Routes = []model.Route{route("192.0.2.0/24", "10.0.0.7")}
	a = ask(t, broadcast(), message(t, discover, wants(121)), c)
	require.Len(t, a.ClasslessStaticRoute(), 1, "no gateway, no default route")
}

// RFC 3442: clients ignore option 3 when 121 is there, so the default route is in it.
func TestClasslessRoutes(t *testing.T) {
	c := guest()
	a := ask(t, broadcast(), message(t, discover, wants(3, 121)), c)
	require.Equal(t, []byte{53, 54, 51, 3}, a.codes, "no routes, no option 121")

	c.Subnet.Routes = []model.Route{route("192.0.2.0/24", "10.0.0.7"), route("198.51.100.128/25", "10.0.0.8")}
	a = ask(t, broadcast(), message(t, discover, wants(3, 6, 121)), c)
	require.Equal(t, []byte{53, 54, 51, 121, 3, 6}, a.codes, "before the router")
	require.Equal(t, []string{"192.0.2.0/24=10.0.0.7", "198.51.100.128/25=10.0.0.8", "0.0.0.0/0=10.0.0.1"}, routesOf(a))

	a = ask(t, broadcast(), message(t, discover, wants(3, 6)), c)
	require.Equal(t, []byte{53, 54, 51, 3, 6}, a.codes, "not asked for")

	c.Subnet.Routes = []model.Route{route("0.0.0.0/0", "10.0.0.9")}
	a = ask(t, broadcast(), message(t, discover, wants(3, 121)), c)
	require.Equal(t, []string{"0.0.0.0/0=10.0.0.9"}, routesOf(a), "a default route of its own")
}

func routesOf(a answer) (s []string) {
	for _, r := range a.ClasslessStaticRoute() {
		s = append(s, r.Dest.String()+"="+r.Router.String())
	}
	return s
}

// A subnet too small for a server address: the link-local one is reached by a route on link.
func TestLinkLocalServer(t *testing.T) {
	c := guest()
	c.Subnet.CIDR = netip.MustParsePrefix("10.0.0.8/30")
	c.Subnet.Gateway, c.Subnet.DHCPServer = netip.MustParseAddr("10.0.0.9"), model.LinkLocalDHCPServer
	a := ask(t, broadcast(), message(t, discover), c)
	require.Equal(t, []string{"169.254.169.254/32=0.0.0.0", "0.0.0.0/0=10.0.0.9"}, routesOf(a))
	require.Equal(t, "169.254.169.254", a.ip.SrcIP.String())
	require.Equal(t, "10.0.0.11", a.BroadcastAddress().String())
	w := unicast()
	w.dstIP = model.LinkLocalDHCPServer
	ask(t, w, message(t, request, ciaddr(guestIP)), c).is(t, dhcp.Ack, ack, guestIP)
}

// RFC 6842 and RFC 3046: what the client or a switch on the way said goes back as it was.
func TestEchoes(t *testing.T) {
	id, agent := option(61, 255, 1, 2, 3), option(82, 1, 2, 'a', 'b')
	for _, d := range []*dhcpv4.DHCPv4{
		message(t, discover, id, agent), message(t, request, requested(otherIP), id, agent),
		message(t, dhcpv4.MessageTypeInform, ciaddr(guestIP), id, agent),
	} {
		a := ask(t, broadcast(), d, guest())
		require.Equal(t, []byte{255, 1, 2, 3}, a.Options[61])
		require.Equal(t, []byte{1, 2, 'a', 'b'}, a.Options[82])
	}
	require.NotContains(t, ask(t, broadcast(), message(t, discover, wants(61, 82)), guest()).codes, byte(61))
}

// large is a client whose options need more than 576 bytes.
func large() dhcp.Client {
	c := guest()
	for i := range 32 {
		c.Subnet.Routes = append(c.Subnet.Routes, model.Route{
			To:  netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}), 32),
			Via: netip.MustParseAddr("10.0.0.7"),
		})
	}
	c.Port.Hostname = strings.Repeat("a", 60) + "." + strings.Repeat("b", 60)
	c.Subnet.Domain = strings.Repeat("c", 60)
	for i := range 16 {
		c.Subnet.DNS = append(c.Subnet.DNS, netip.AddrFrom4([4]byte{10, 0, 0, byte(100 + i)}))
	}
	return c
}

// RFC 2132 section 9.10: the size is that of the IP datagram, at least and by default 576; a network's MTU bounds it.
func TestMaxMessageSize(t *testing.T) {
	for _, test := range []struct{ asked, mtu, limit, leftOut int }{
		{0, 1450, 576, 1},
		{100, 1450, 576, 1},
		{576, 1450, 576, 1},
		{800, 1450, 800, 0},
		{65535, 1450, 1450, 0},
		{65535, 600, 600, 1},
		{65535, 0, 1500, 0},
	} {
		mods := []dhcpv4.Modifier{wants(1, 3, 6, 121, 12, 15, 42)}
		if test.asked > 0 {
			mods = append(mods, option(57, byte(test.asked>>8), byte(test.asked)))
		}
		c := large()
		c.Network.MTU = test.mtu
		a := ask(t, broadcast(), message(t, discover, mods...), c)
		require.LessOrEqual(t, int(a.ip.Length), test.limit, "asked %d", test.asked)
		require.Equal(t, test.leftOut, a.reply.LeftOut, "asked %d, mtu %d", test.asked, test.mtu)
		m, err := packet.ParseDHCPv4(a.udp.Payload)
		require.NoError(t, err)
		routes, _ := m.Options.Get(121)
		require.Len(t, routes, 32*9+5, "RFC 3396: split and joined")
		_, ok := m.Options.Get(12)
		require.Equal(t, test.leftOut == 0, ok, "the host name is what does not fit")
		_, ok = m.Options.Get(42)
		require.True(t, ok, "which is no reason to leave out what fits")
	}
	a := ask(t, broadcast(), message(t, discover, option(57, 9)), guest())
	require.Zero(t, a.reply.LeftOut, "an option 57 of the wrong length counts as none")
}

// RFC 2132 section 9.3: file and sname are used before anything is left out.
func TestOverload(t *testing.T) {
	c := guest()
	c.Port.Hostname, c.Subnet.Domain = strings.Repeat("a", 60), strings.Repeat("b", 60)
	id := option(61, bytes.Repeat([]byte{1}, 200)...)
	agent := option(82, bytes.Repeat([]byte{2}, 40)...)
	a := ask(t, broadcast(), message(t, discover, id, agent, wants(1, 3, 6, 12, 15, 42)), c)
	require.Zero(t, a.reply.LeftOut)
	require.Contains(t, a.codes, byte(52))
	require.LessOrEqual(t, int(a.ip.Length), 576)
	m, err := packet.ParseDHCPv4(a.udp.Payload)
	require.NoError(t, err)
	domain, _ := m.Options.Get(15)
	require.Equal(t, c.Subnet.Domain, string(domain))
	require.Nil(t, m.File)
}

// Options of the port go before those of the subnet, and out whether they are asked for or not.
func TestOptionsOfThePort(t *testing.T) {
	c := guest()
	for _, text := range []string{"66=10.0.0.9", "bootfile-name=pxelinux.0", "router=10.0.0.7", "224=0x01ff"} {
		var o model.DHCPOption
		require.NoError(t, o.UnmarshalText([]byte(text)))
		c.Port.DHCPOptions = append(c.Port.DHCPOptions, o)
	}
	c.Subnet.Routes = []model.Route{route("192.0.2.0/24", "10.0.0.8")}
	a := ask(t, broadcast(), message(t, discover, wants(1, 3, 121, 67)), c)
	require.Equal(t, []byte("10.0.0.9"), a.Options[66])
	require.Equal(t, []byte("pxelinux.0"), a.Options[67])
	require.Equal(t, []byte{1, 255}, a.Options[224])
	require.Equal(t, "10.0.0.7", a.Router()[0].String())
	require.Equal(t, []string{"192.0.2.0/24=10.0.0.8", "0.0.0.0/0=10.0.0.7"}, routesOf(a))
	require.Equal(t, "10.0.0.9", a.ServerIPAddr.String(), "siaddr")
	require.Equal(t, "pxelinux.0", a.BootFileName)
	require.Equal(t, byte(66), a.codes[len(a.codes)-2], "what was not asked for comes last")

	c.Port.DHCPOptions[0].Data = []byte("boot.example.org")
	c.Port.DHCPOptions[1].Data = []byte(strings.Repeat("x", 128))
	a = ask(t, broadcast(), message(t, request, requested(guestIP)), c)
	require.Equal(t, "0.0.0.0", a.ServerIPAddr.String())
	require.Empty(t, a.BootFileName, "no room for the zero behind it")
	require.Empty(t, ask(t, broadcast(), message(t, request, requested(otherIP)), c).Options[66], "NAK")
}
