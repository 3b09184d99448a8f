package dhcp_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcp"
	"github.com/vlcp-go/vlcp/common/packet"
)

const (
	discover = dhcpv4.MessageTypeDiscover
	request  = dhcpv4.MessageTypeRequest
	offer    = dhcpv4.MessageTypeOffer
	ack      = dhcpv4.MessageTypeAck
	nak      = dhcpv4.MessageTypeNak
)

// Section 4.3.1: DISCOVER gets OFFER, whatever address the client wishes for.
func TestDiscover(t *testing.T) {
	for _, wish := range []dhcpv4.Modifier{wants(1, 3), requested(otherIP)} {
		a := ask(t, broadcast(), message(t, discover, wish), guest())
		a.is(t, dhcp.Offer, offer, guestIP)
		a.goesTo(t, guestMAC, guestIP)
		require.Equal(t, 8*time.Hour, a.IPAddressLeaseTime(0))
		require.Equal(t, zeroIP.String(), a.ClientIPAddr.String())
	}
}

// Section 4.3.2, SELECTING: the server id says whose offer was taken.
func TestRequestSelecting(t *testing.T) {
	a := ask(t, broadcast(), message(t, request, serverID(serverIP), requested(guestIP)), guest())
	a.is(t, dhcp.Ack, ack, guestIP)
	a.goesTo(t, guestMAC, guestIP)

	a = ask(t, broadcast(), message(t, request, serverID(serverIP), requested(otherIP)), guest())
	a.isNak(t)

	silence(t, dhcp.ReasonOtherServer, broadcast(),
		message(t, request, serverID(otherIP), requested(guestIP)), guest())
	silence(t, dhcp.ReasonOtherServer, broadcast(),
		message(t, request, serverID(otherIP), requested(otherIP)), guest())
}

// Section 4.3.2, INIT-REBOOT: a client checks the address that it remembers.
func TestRequestInitReboot(t *testing.T) {
	a := ask(t, broadcast(), message(t, request, requested(guestIP)), guest())
	a.is(t, dhcp.Ack, ack, guestIP)
	a.goesTo(t, guestMAC, guestIP)
	ask(t, broadcast(), message(t, request, requested(otherIP)), guest()).isNak(t)
	ask(t, broadcast(), message(t, request, requested(netip.MustParseAddr("192.168.1.2"))), guest()).isNak(t)
}

// Section 4.3.2, RENEWING: by unicast, from the address that the client has.
func TestRequestRenewing(t *testing.T) {
	a := ask(t, unicast(), message(t, request, ciaddr(guestIP)), guest())
	a.is(t, dhcp.Ack, ack, guestIP)
	a.goesTo(t, guestMAC, guestIP)
	require.Equal(t, guestIP.String(), a.ClientIPAddr.String(), "table 3: ciaddr of the request")

	w := unicast()
	w.srcIP = otherIP
	ask(t, w, message(t, request, ciaddr(otherIP)), guest()).isNak(t)
}

// Section 4.3.2, REBINDING: as RENEWING, but to any server.
func TestRequestRebinding(t *testing.T) {
	w := broadcast()
	w.srcIP = guestIP
	a := ask(t, w, message(t, request, ciaddr(guestIP)), guest())
	a.is(t, dhcp.Ack, ack, guestIP)
	a.goesTo(t, guestMAC, guestIP)
	ask(t, w, message(t, request, ciaddr(otherIP)), guest()).isNak(t)
}

// isNak checks table 3 for NAK, which is always broadcast (section 4.1).
func (a answer) isNak(t testing.TB) {
	t.Helper()
	a.is(t, dhcp.Nak, nak, zeroIP)
	a.goesTo(t, packet.Broadcast, allIP)
	require.Equal(t, zeroIP.String(), a.ClientIPAddr.String())
	require.NotEmpty(t, a.Message())
	require.Equal(t, []byte{53, 54, 56}, a.codes)
}

func TestRequestWithoutAddress(t *testing.T) {
	silence(t, dhcp.ReasonMalformed, broadcast(), message(t, request), guest())
	silence(t, dhcp.ReasonMalformed, broadcast(), message(t, request, serverID(serverIP)), guest())
	silence(t, dhcp.ReasonMalformed, broadcast(), message(t, request, option(50, 1, 2, 3)), guest())
	silence(t, dhcp.ReasonMalformed, broadcast(), message(t, request, option(54, 1), requested(guestIP)), guest())
}

// Sections 4.3.3 and 4.3.4: neither has an answer.
func TestDeclineAndRelease(t *testing.T) {
	decline := func(id netip.Addr) *dhcpv4.DHCPv4 {
		return message(t, dhcpv4.MessageTypeDecline, requested(guestIP), serverID(id))
	}
	release := func(id netip.Addr) *dhcpv4.DHCPv4 {
		return message(t, dhcpv4.MessageTypeRelease, ciaddr(guestIP), serverID(id))
	}
	silence(t, dhcp.ReasonDeclined, broadcast(), decline(serverIP), guest())
	silence(t, dhcp.ReasonOtherServer, broadcast(), decline(otherIP), guest())
	silence(t, dhcp.ReasonReleased, unicast(), release(serverIP), guest())
	silence(t, dhcp.ReasonOtherServer, broadcast(), release(otherIP), guest())
}

// Section 4.3.5: parameters without an address or lease times, by unicast to ciaddr even with the broadcast flag.
func TestInform(t *testing.T) {
	inform := dhcpv4.MessageTypeInform
	for _, mods := range [][]dhcpv4.Modifier{
		{wants(1, 6, 51, 58, 59)}, {}, {dhcpv4.WithBroadcast(true)},
	} {
		a := ask(t, unicast(), message(t, inform, append(mods, ciaddr(otherIP))...), guest())
		a.is(t, dhcp.Ack, ack, zeroIP)
		a.goesTo(t, guestMAC, otherIP)
		require.Equal(t, otherIP.String(), a.ClientIPAddr.String())
		require.Len(t, a.DNS(), 2)
		for _, code := range []uint8{51, 58, 59} {
			require.NotContains(t, a.codes, code)
		}
	}
	for _, bad := range []string{"0.0.0.0", "192.168.0.1", "10.0.0.255", "255.255.255.255"} {
		silence(t, dhcp.ReasonInform, broadcast(), message(t, inform, ciaddr(netip.MustParseAddr(bad))), guest())
	}
}

// Section 4.1: the broadcast flag is the most significant bit, and goes back as it came.
func TestBroadcastFlag(t *testing.T) {
	ack := message(t, request, requested(guestIP), dhcpv4.WithBroadcast(true))
	ask(t, broadcast(), ack, guest()).goesTo(t, packet.Broadcast, allIP)
	offer := message(t, discover, dhcpv4.WithBroadcast(true))
	ask(t, broadcast(), offer, guest()).goesTo(t, packet.Broadcast, allIP)
	offer.Flags = 1 // a reserved bit
	ask(t, broadcast(), offer, guest()).goesTo(t, guestMAC, guestIP)
}

// A whole life: the oracle makes each message from our answer before.
func TestLifeOfAClient(t *testing.T) {
	d := message(t, discover, wants(1, 3, 6, 51))
	a := ask(t, broadcast(), d, guest())
	r, err := dhcpv4.NewRequestFromOffer(a.DHCPv4)
	require.NoError(t, err)
	a = ask(t, broadcast(), r, guest())
	a.is(t, dhcp.Ack, ack, guestIP)
	r, err = dhcpv4.NewRenewFromAck(a.DHCPv4)
	require.NoError(t, err)
	a = ask(t, unicast(), r, guest())
	a.is(t, dhcp.Ack, ack, guestIP)
	r, err = dhcpv4.NewReleaseFromACK(a.DHCPv4)
	require.NoError(t, err)
	silence(t, dhcp.ReasonReleased, unicast(), r, guest())
}
