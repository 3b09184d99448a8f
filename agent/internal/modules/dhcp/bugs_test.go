package dhcp_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcp"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

// What was wrong in the DHCP server of the Python VLCP, one test each, so that it stays right.

func TestBugHostnameAndDomainServed(t *testing.T) {
	a := ask(t, broadcast(), message(t, discover, wants(12, 15)), guest())
	require.Equal(t, "vm1", a.HostName())
	require.Equal(t, "blue.example", a.DomainName())
}

func TestBugBroadcastFlagIsTheHighestBit(t *testing.T) {
	d := message(t, discover)
	d.Flags = 0x8000
	ask(t, broadcast(), d, guest()).goesTo(t, packet.Broadcast, allIP)
	d.Flags = 1
	ask(t, broadcast(), d, guest()).goesTo(t, guestMAC, guestIP)
}

func TestBugInformAnswered(t *testing.T) {
	ask(t, broadcast(), message(t, dhcpv4.MessageTypeInform, ciaddr(guestIP)), guest()).is(t, dhcp.Ack, ack, zeroIP)
}

func TestBugT1AndT2Apart(t *testing.T) {
	c := guest()
	c.Subnet.Lease = model.Duration(80 * time.Second)
	a := ask(t, broadcast(), message(t, discover), c)
	require.Equal(t, 40*time.Second, a.IPAddressRenewalTime(0))
	require.Equal(t, 70*time.Second, a.IPAddressRebindingTime(0))
}

func TestBugEnabledNotInverted(t *testing.T) {
	on, off, c := true, false, guest()
	c.Subnet.DHCP = &on
	ask(t, broadcast(), message(t, discover), c)
	c.Subnet.DHCP = &off
	silence(t, dhcp.ReasonDisabled, broadcast(), message(t, discover), c)
}

func TestBugDeclineGetsNoEarlierReply(t *testing.T) {
	ask(t, broadcast(), message(t, request, requested(guestIP)), guest())
	decline := message(t, dhcpv4.MessageTypeDecline, requested(guestIP), serverID(serverIP))
	silence(t, dhcp.ReasonDeclined, broadcast(), decline, guest())
}

func TestBugRoutesWithoutGateway(t *testing.T) {
	c := guest()
	c.Subnet.Gateway = netip.Addr{}
	c.Subnet.Routes = []model.Route{route("192.0.2.0/24", "10.0.0.7")}
	a := ask(t, broadcast(), message(t, discover), c)
	require.Equal(t, []string{"192.0.2.0/24=10.0.0.7"}, routesOf(a))
	require.Empty(t, a.Router())
}

// Every reply was cut to 1400 bytes, whatever the client takes.
func TestBugMaxMessageSizeHonoured(t *testing.T) {
	c := guest()
	c.Network.MTU = 8950
	id := option(61, make([]byte, 1500)...)
	a := ask(t, broadcast(), message(t, discover, id, option(57, 0x23, 0x28)), c)
	require.Zero(t, a.reply.LeftOut)
	require.Greater(t, int(a.ip.Length), 1500)
	require.Len(t, a.Options[61], 1500)
}

// Answering must stay cheap: a boot storm of a host is hundreds of guests at once.
func TestAllocations(t *testing.T) {
	c, frame := guest(), broadcast().frame(t, message(t, discover).ToBytes())
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { dhcp.Answer(frame, c, serverMAC) }), 4.0)
}
