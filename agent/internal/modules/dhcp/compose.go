package dhcp

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

// Sizes in bytes of the IP datagram that a client takes.
const (
	sizeMin = 576 // every client takes it (RFC 2131 section 2), and it is the least it may say (RFC 2132 section 9.10)
	sizeMax = 1500
)

// headers is what comes before the DHCP message in a frame, in bytes; datagram is the part of it that is in the IP
// datagram.
const (
	datagram = packet.IPv4Len + packet.UDPLen
	headers  = packet.EthernetLen + datagram
)

// ttl of answers: they go over no router, so it only has to be usual.
const ttl = 64

// nakMessage is shown in the logs of clients (option 56).
const nakMessage = "this is not the address defined for your port"

// compose makes the frame of an answer of this kind. Fields are those of RFC 2131 table 3.
func compose(q *question, c *Client, kind Kind, serverMAC model.MAC) *Reply {
	m := packet.DHCPv4{
		Op: packet.BootReply, HType: q.HType, HLen: q.HLen, XID: q.XID, Flags: q.Flags, CHAddr: q.CHAddr,
	}
	if kind == Ack {
		m.CIAddr = q.CIAddr
	}
	if kind != Nak && q.typ != packet.DHCPInform {
		m.YIAddr = c.Port.IP
	}
	if kind != Nak {
		boot(&m, c.Port.DHCPOptions)
	}
	var l optionList
	l.fill(q, c, kind)
	m.Options = l.options

	size := q.maxSize(&c.Network)
	dstMAC, dstIP := q.destination(c, kind)
	// The message is written to where it belongs in the frame, then the headers before it.
	frame := make([]byte, headers, packet.EthernetLen+size)
	frame, leftOut := packet.AppendDHCPv4(frame, &m, size-datagram)
	msg := frame[headers:]
	eth := packet.Ethernet{Dst: dstMAC, Src: serverMAC, Type: packet.EtherTypeIPv4}
	frame = packet.AppendEthernet(frame[:0], &eth)
	ip := packet.IPv4{
		DontFragment: true, TTL: ttl, Protocol: packet.ProtoUDP, Src: c.Subnet.DHCPServer, Dst: dstIP,
	}
	frame = packet.AppendIPv4(frame, &ip, packet.UDPLen+len(msg))
	udp := packet.UDP{SrcPort: packet.DHCPServerPort, DstPort: packet.DHCPClientPort, Payload: msg}
	return &Reply{Frame: packet.AppendUDP(frame, &udp, ip.Src, ip.Dst), Kind: kind, LeftOut: leftOut}
}

// boot fills in the fields from which boot programs take the server and the file (RFC 2131 table 1), as options 66 and
// 67 say them, where they fit.
func boot(m *packet.DHCPv4, options []model.DHCPOption) {
	for _, o := range options {
		switch o.Code {
		case optTFTPServer:
			if a, err := netip.ParseAddr(string(o.Data)); err == nil && a.Is4() {
				m.SIAddr = a
			}
		case optBootFile:
			if len(o.Data) < fileMax {
				m.File = o.Data
			}
		}
	}
}

// Options of RFC 2132 section 9 that are fields, too, and the length of the field, with the zero at its end.
const (
	optTFTPServer = 66
	optBootFile   = 67
	fileMax       = 128
)

// destination is where an answer goes (RFC 2131 section 4.1). A client that has an address and yet sets the broadcast
// flag gets what it asks for, as with other servers; the answer to INFORM is always unicast (section 4.3.5).
func (q *question) destination(c *Client, kind Kind) (model.MAC, netip.Addr) {
	switch {
	case q.typ == packet.DHCPInform:
		return c.Port.MAC, q.CIAddr
	case kind == Nak || q.Flags&packet.DHCPFlagBroadcast != 0:
		return packet.Broadcast, broadcastAddr
	case kind == Ack && q.CIAddr != zeroAddr:
		return c.Port.MAC, q.CIAddr
	}
	return c.Port.MAC, c.Port.IP
}

// maxSize is how long the IP datagram of an answer may be, in bytes: what the client takes (option 57), but no more
// than fits the network unfragmented.
func (q *question) maxSize(n *model.Network) int {
	size := sizeMin
	if v, ok := q.Options.Uint16(packet.OptMaxMessageSize); ok {
		size = int(v)
	}
	limit := sizeMax
	if n.MTU > 0 {
		limit = n.MTU
	}
	return max(sizeMin, min(size, limit))
}
