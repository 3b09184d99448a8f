package dhcp

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

// defaultList is what a client without a parameter request list (option 55) gets, most important first.
var defaultList = []byte{
	packet.OptSubnetMask, packet.OptRouter, packet.OptDNS, packet.OptHostname, packet.OptDomain, packet.OptMTU,
	packet.OptBroadcast, packet.OptNTP, packet.OptLease, packet.OptRenewal, packet.OptRebinding,
	packet.OptClasslessRoutes,
}

// optionList collects the options of an answer, most important first. Its arrays are large enough for what definitions
// may hold, so that it usually needs no allocation.
type optionList struct {
	options packet.DHCPOptions
	done    [256]bool // codes that are settled, whether the answer has them or not
	slots   [20]packet.DHCPOption
	bytes   [768]byte
	used    int
}

// fill makes the options of an answer of this kind to q.
func (l *optionList) fill(q *question, c *Client, kind Kind) {
	l.options = l.slots[:0]
	l.add(packet.OptMessageType, append(l.free(), uint8(kind.message())))
	l.add(packet.OptServerID, packet.AppendAddrs(l.free(), c.Subnet.DHCPServer))
	switch {
	case kind == Nak: // no other parameters (RFC 2131 table 3)
		l.add(packet.OptMessage, append(l.free(), nakMessage...))
	case q.typ == packet.DHCPInform: // no lease times (RFC 2131 section 4.3.5)
		l.done[packet.OptLease], l.done[packet.OptRenewal], l.done[packet.OptRebinding] = true, true, true
	default:
		l.define(packet.OptLease, c)
	}
	l.echo(packet.OptClientID, q)   // RFC 6842 section 3
	l.echo(packet.OptRelayAgent, q) // RFC 3046 section 2.2
	if kind == Nak {
		return
	}
	list, ok := q.Options.Get(packet.OptParameterList)
	if !ok {
		list = defaultList
	}
	routes := asks(list, packet.OptClasslessRoutes)
	for _, code := range list {
		// Classless routes go before the router, and both go out: a client must ignore the router then (RFC 3442), but
		// one that asks for more than it understands would be left without any.
		if code == packet.OptRouter && routes {
			l.define(packet.OptClasslessRoutes, c)
		}
		l.define(code, c)
	}
	for _, o := range c.Port.DHCPOptions { // asked for or not: somebody wants this guest to have them
		l.define(o.Code, c)
	}
}

func asks(list []byte, code uint8) bool {
	for _, c := range list {
		if c == code {
			return true
		}
	}
	return false
}

// free is where the data of the next option can be appended without allocation.
func (l *optionList) free() []byte { return l.bytes[l.used:l.used:len(l.bytes)] }

// add adds an option whose data was appended to free().
func (l *optionList) add(code uint8, data []byte) {
	if end := l.used + len(data); end <= len(l.bytes) { // else append moved it elsewhere
		l.used = end
	}
	l.done[code] = true
	l.options = append(l.options, packet.DHCPOption{Code: code, Data: data})
}

// echo adds the client's own option, if it sent one.
func (l *optionList) echo(code uint8, q *question) {
	l.done[code] = true
	if v, ok := q.Options.Get(code); ok {
		l.options = append(l.options, packet.DHCPOption{Code: code, Data: v})
	}
}

// define adds the option that the definitions of c give this code, if they do and it is not settled already.
func (l *optionList) define(code uint8, c *Client) {
	if l.done[code] {
		return
	}
	l.done[code] = true
	if data := appendDefined(l.free(), code, c); len(data) > 0 {
		l.add(code, data)
	}
}

// appendDefined appends the data of the option with this code to b; nothing if the definitions have none.
func appendDefined(b []byte, code uint8, c *Client) []byte {
	s := &c.Subnet
	for _, o := range c.Port.DHCPOptions {
		if o.Code == code {
			return append(b, o.Data...)
		}
	}
	switch code {
	case packet.OptSubnetMask:
		return binary.BigEndian.AppendUint32(b, ^uint32(0)<<(32-s.CIDR.Bits()))
	case packet.OptRouter:
		return packet.AppendAddrs(b, s.Gateway)
	case packet.OptDNS:
		return packet.AppendAddrs(b, s.DNS...)
	case packet.OptHostname:
		return append(b, c.Port.Hostname...)
	case packet.OptDomain:
		return append(b, s.Domain...)
	case packet.OptMTU:
		if c.Network.MTU > 0 && c.Network.MTU <= model.MTUMax {
			return binary.BigEndian.AppendUint16(b, uint16(c.Network.MTU))
		}
	case packet.OptBroadcast:
		if s.HasBroadcast() {
			return packet.AppendAddrs(b, s.At(1<<(32-s.CIDR.Bits())-1))
		}
	case packet.OptNTP:
		return packet.AppendAddrs(b, s.NTP...)
	case packet.OptLease:
		return binary.BigEndian.AppendUint32(b, leaseSeconds(s))
	case packet.OptRenewal: // T1 and T2 are the defaults of RFC 2131 section 4.4.5, said aloud
		return binary.BigEndian.AppendUint32(b, leaseSeconds(s)/2)
	case packet.OptRebinding:
		return binary.BigEndian.AppendUint32(b, uint32(uint64(leaseSeconds(s))*7/8))
	case packet.OptClasslessRoutes:
		return appendRoutes(b, s, router(c))
	}
	return b
}

// leaseSeconds is the lease time of s in seconds.
func leaseSeconds(s *model.Subnet) uint32 {
	lease := s.Lease
	if lease <= 0 {
		lease = model.DefaultLease
	}
	// 0xffffffff would mean for ever (RFC 2131 section 3.3).
	return uint32(min(time.Duration(lease)/time.Second, 1<<32-2))
}

// router is the default router of c, which a port may have its own of.
func router(c *Client) netip.Addr {
	for _, o := range c.Port.DHCPOptions {
		if o.Code == packet.OptRouter {
			a, _ := netip.AddrFromSlice(o.Data[:min(len(o.Data), 4)])
			return a
		}
	}
	return c.Subnet.Gateway
}

// appendRoutes appends the classless routes of s (RFC 3442) and that to the default router; nothing if it has none of
// its own.
func appendRoutes(b []byte, s *model.Subnet, gateway netip.Addr) []byte {
	linkLocal := s.DHCPServer == model.LinkLocalDHCPServer
	if len(s.Routes) == 0 && !linkLocal {
		return b
	}
	hasDefault := false
	if linkLocal { // without it, renewals would go to the gateway
		server := netip.PrefixFrom(s.DHCPServer, s.DHCPServer.BitLen())
		b = packet.AppendClasslessRoute(b, model.Route{To: server, Via: zeroAddr})
	}
	for _, r := range s.Routes {
		hasDefault = hasDefault || r.To.Bits() == 0
		b = packet.AppendClasslessRoute(b, r)
	}
	if gateway.Is4() && !hasDefault { // clients ignore option 3 now
		b = packet.AppendClasslessRoute(b, model.Route{To: netip.PrefixFrom(zeroAddr, 0), Via: gateway})
	}
	return b
}
