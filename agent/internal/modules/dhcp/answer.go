package dhcp

import (
	"errors"
	"net/netip"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

// Client is what the definitions say of the guest that sent a packet.
type Client struct {
	Port    model.Port
	Network model.Network
	// Subnet is zero if the port has none.
	Subnet model.Subnet
}

// Kind is the type of an answer.
type Kind uint8

// The answers of a server (RFC 2131 section 3.1).
const (
	Offer Kind = iota + 1
	Ack
	Nak
)

// String is the name of k for logs and counters.
func (k Kind) String() string {
	switch k {
	case Offer:
		return "offer"
	case Ack:
		return "ack"
	case Nak:
		return "nak"
	}
	return "none"
}

// message is the message type that says k on the wire.
func (k Kind) message() packet.DHCPMessageType {
	switch k {
	case Offer:
		return packet.DHCPOffer
	case Ack:
		return packet.DHCPAck
	}
	return packet.DHCPNak
}

// Reply is an answer to send out of the port that the question came in on.
type Reply struct {
	// Frame is the whole Ethernet frame; it does not share memory with the question.
	Frame []byte
	Kind  Kind
	// LeftOut is the number of options for which the client's maximum message size left no room.
	LeftOut int
}

// Reasons why there is no answer: a closed set, so that they can be labels of counters.
const (
	ReasonNotDHCP     = "not dhcp"           // something else than a packet to a DHCP server
	ReasonMalformed   = "malformed"          // breaks the rules of its own format
	ReasonFragment    = "fragment"           // part of an IPv4 packet
	ReasonTagged      = "tagged"             // in a VLAN of the guest's own
	ReasonNotRequest  = "not a request"      // what servers send
	ReasonRelayed     = "relayed"            // giaddr is set: a relay behind a guest
	ReasonForeignMAC  = "foreign mac"        // Ethernet source or chaddr is not the port's
	ReasonNoAddress   = "no address"         // the port has no address or no subnet
	ReasonDisabled    = "disabled"           // DHCP is off for the subnet
	ReasonNoServer    = "no server address"  // the subnet was given no DHCPServer
	ReasonOtherServer = "other server"       // the client talks to another server
	ReasonInform      = "inform without use" // INFORM from an address that is not of the subnet
	ReasonDeclined    = "declined"           // the client found its address in use by somebody else
	ReasonReleased    = "released"           // the client gave its address up; the definition stays
)

// Answer is what to send to c, whose port frame came in on, from serverMAC; nil with a reason if nothing. The frame is
// only read, and may have padding.
func Answer(frame []byte, c Client, serverMAC model.MAC) (reply *Reply, reason string) {
	q, reason := parse(frame)
	if reason == "" {
		reason = q.identify(&c)
	}
	if reason != "" {
		return nil, reason
	}
	kind, reason := q.decide(&c)
	if reason != "" {
		return nil, reason
	}
	return compose(&q, &c, kind, serverMAC), ""
}

// question is a client's message with what matters of the layers under it.
type question struct {
	src   model.MAC  // Ethernet source
	dstIP netip.Addr // IP destination
	typ   packet.DHCPMessageType
	packet.DHCPv4
}

// parse takes a client's message out of frame.
func parse(frame []byte) (q question, reason string) {
	eth, err := packet.ParseEthernet(frame)
	if err != nil {
		return q, ReasonMalformed
	}
	if eth.Type != packet.EtherTypeIPv4 {
		return q, ReasonNotDHCP
	}
	if eth.Tags[0].ID() != 0 || eth.Tags[1].TPID != 0 { // VLAN 0 is a priority only
		return q, ReasonTagged
	}
	ip, err := packet.ParseIPv4(eth.Payload)
	if err != nil {
		return q, ReasonMalformed
	}
	if ip.Protocol != packet.ProtoUDP {
		return q, ReasonNotDHCP
	}
	udp, err := packet.ParseUDP(&ip)
	if errors.Is(err, packet.ErrFragment) {
		return q, ReasonFragment
	} else if err != nil {
		return q, ReasonMalformed
	}
	if udp.DstPort != packet.DHCPServerPort {
		return q, ReasonNotDHCP
	}
	q.src, q.dstIP = eth.Src, ip.Dst
	if q.DHCPv4, err = packet.ParseDHCPv4(udp.Payload); err != nil {
		return q, ReasonMalformed
	}
	if q.Op != packet.BootRequest {
		return q, ReasonNotRequest
	}
	var ok bool
	if q.typ, ok = q.MessageType(); !ok {
		return q, ReasonMalformed
	}
	return q, ""
}

// identify checks that q comes from the guest that c defines, and that it is ours to answer.
func (q *question) identify(c *Client) (reason string) {
	mac, ok := q.MAC()
	switch s := &c.Subnet; {
	case !ok || mac != c.Port.MAC || q.src != c.Port.MAC || mac.IsZero():
		return ReasonForeignMAC
	case q.GIAddr != zeroAddr:
		return ReasonRelayed
	case !c.Port.IP.Is4() || !s.CIDR.IsValid() || !s.CIDR.Addr().Is4():
		return ReasonNoAddress
	case !s.DHCPEnabled():
		return ReasonDisabled
	case !s.DHCPServer.Is4():
		return ReasonNoServer
	case q.dstIP != broadcastAddr && q.dstIP != s.DHCPServer:
		return ReasonOtherServer
	}
	return ""
}

var (
	zeroAddr      = netip.IPv4Unspecified()
	broadcastAddr = netip.AddrFrom4([4]byte{255, 255, 255, 255})
)

// decide is the answer to q by its type (RFC 2131 section 4.3), or the reason why there is none.
func (q *question) decide(c *Client) (kind Kind, reason string) {
	switch q.typ {
	case packet.DHCPDiscover:
		return Offer, "" // option 50 is a wish only (section 4.3.1); a port has one address
	case packet.DHCPRequest:
		return q.decideRequest(c)
	case packet.DHCPInform:
		if !c.Subnet.CIDR.Contains(q.CIAddr) || !c.Subnet.Usable(q.CIAddr) {
			return 0, ReasonInform
		}
		return Ack, ""
	case packet.DHCPDecline, packet.DHCPRelease:
		if reason := q.otherServer(c); reason != "" {
			return 0, reason
		}
		if q.typ == packet.DHCPDecline {
			return 0, ReasonDeclined
		}
		return 0, ReasonReleased
	case packet.DHCPOffer, packet.DHCPAck, packet.DHCPNak:
		return 0, ReasonNotRequest
	}
	return 0, ReasonNotDHCP // a message of an extension (RFC 3203, RFC 4388), none of which we speak
}

// decideRequest tells the four states of a client that sends REQUEST apart (RFC 2131 section 4.3.2) by what they fill
// in; in each, it has to have the address that is defined for it.
func (q *question) decideRequest(c *Client) (kind Kind, reason string) {
	if reason := q.otherServer(c); reason != "" {
		return 0, reason
	}
	_, selecting := q.Options.Get(packet.OptServerID)
	_, wished := q.Options.Get(packet.OptRequestedIP)
	wish := q.CIAddr // RENEWING and REBINDING, which differ in their IP destination only
	if wished && (selecting || wish == zeroAddr) {
		var ok bool // SELECTING or INIT-REBOOT
		if wish, ok = q.Options.Addr(packet.OptRequestedIP); !ok {
			return 0, ReasonMalformed
		}
	} else if wish == zeroAddr {
		return 0, ReasonMalformed // asks for no address at all
	}
	if wish != c.Port.IP {
		return Nak, ""
	}
	return Ack, ""
}

// otherServer is the reason not to answer if q names a server that is not us, or names it wrongly.
func (q *question) otherServer(c *Client) (reason string) {
	if _, named := q.Options.Get(packet.OptServerID); !named {
		return ""
	}
	switch id, ok := q.Options.Addr(packet.OptServerID); {
	case !ok:
		return ReasonMalformed
	case id != c.Subnet.DHCPServer:
		return ReasonOtherServer
	}
	return ""
}
