package vswitch

import (
	"net/netip"
	"time"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Bits of ct_state (ovs-fields(7)).
const (
	ctNew         = 0x01
	ctEstablished = 0x02
	ctReply       = 0x08
	ctInvalid     = 0x10
	ctTracked     = 0x20
	ctSrcNAT      = 0x40
	ctDstNAT      = 0x80
)

// ctKey is one direction of a connection in a zone.
type ctKey struct {
	zone         uint16
	proto        uint8
	src, dst     netip.Addr
	sport, dport uint16 // of ICMP, both are the identifier
	kind         uint8  // of ICMP: the type of this direction
}

// reverse is the key of the answers.
func (k ctKey) reverse() ctKey {
	k.src, k.dst, k.sport, k.dport = k.dst, k.src, k.dport, k.sport
	if k.proto == protoICMP {
		k.kind = icmpAnswer[k.kind]
	}
	return k
}

// icmpAnswer is what a type of ICMP answers or is answered by: echo, time-stamp and information. Errors, which are
// related to another connection, are not in the model: they are invalid.
var icmpAnswer = map[uint8]uint8{8: 0, 0: 8, 13: 14, 14: 13, 15: 16, 16: 15}

// connection is a connection that was committed. Answers come with the reverse of key, or with addresses translated,
// with another.
type connection struct {
	key, answer ctKey
	nat         uint32 // ctSrcNAT or ctDstNAT, 0 for none
	mark        uint32
	label       [16]byte
	answered    bool
	tcp         [2]tcpState
	closing     [2]bool // TCP: each side has sent FIN, or somebody RST
	expires     time.Time
}

// tcpState is how far a side of a TCP connection has come.
type tcpState uint8

const (
	tcpSilent tcpState = iota
	tcpSent            // something
	tcpHeard           // which the other side has acknowledged
)

// Lifetimes of connections without a packet, those of the userspace datapath.
const (
	ctBriefLife  = 30 * time.Second
	ctUDPLife    = 60 * time.Second
	ctTCPOpening = 30 * time.Second
	ctTCPLife    = 24 * time.Hour
)

// tracker is the connections of a switch, each by both of its keys.
type tracker map[ctKey]*connection

// find is the connection of a key that has not expired.
func (t tracker) find(k ctKey, now time.Time) *connection {
	c := t[k]
	if c != nil && !now.Before(c.expires) {
		t.remove(c)
		return nil
	}
	return c
}

func (t tracker) add(c *connection) { t[c.key], t[c.answer] = c, c }

func (t tracker) remove(c *connection) {
	delete(t, c.key)
	delete(t, c.answer)
}

// flush ends the connections of a zone.
func (t tracker) flush(zone uint16) {
	for k, c := range t {
		if k.zone == zone {
			t.remove(c)
		}
	}
}

// ctKey is the key of a packet in a zone. Packets of other kinds, and parts of packets, are invalid to the tracker.
func (p *packet) ctKey(zone uint16) (ctKey, bool) {
	k := ctKey{zone: zone, proto: p.proto}
	if p.l3 == 0 || p.eth != ethIPv4 || p.l4 == 0 || !zero(p.fields.Value(oxm.IPFrag)) {
		return k, false
	}
	k.src, k.dst = p.addr(oxm.IPv4Src), p.addr(oxm.IPv4Dst)
	switch p.proto {
	case protoTCP:
		k.sport, k.dport = p.port16(oxm.TCPSrc), p.port16(oxm.TCPDst)
	case protoUDP:
		k.sport, k.dport = p.port16(oxm.UDPSrc), p.port16(oxm.UDPDst)
	case protoICMP:
		k.kind = p.fields.Value(oxm.ICMPv4Type)[0]
		id := uint16(u16(p.frame[p.l4+4:]))
		k.sport, k.dport = id, id
		_, known := icmpAnswer[k.kind]
		return k, known
	default:
		return k, false
	}
	return k, true
}

func (p *packet) addr(f oxm.Field) netip.Addr {
	a, _ := netip.AddrFromSlice(p.fields.Value(f)) // of four bytes
	return a
}

func (p *packet) port16(f oxm.Field) uint16 { return uint16(u16(p.fields.Value(f))) }

// Flags of TCP.
const (
	tcpFIN = 0x01
	tcpSYN = 0x02
	tcpRST = 0x04
	tcpACK = 0x10
)

func (p *packet) tcpFlags() uint8 {
	if p.proto != protoTCP {
		return 0
	}
	return p.fields.Value(oxm.TCPFlags)[1]
}

// opens reports whether a packet may be the first of a connection: of TCP all but the second of a handshake, of ICMP a
// request.
func (p *packet) opens(k ctKey) bool {
	if k.proto == protoICMP {
		return k.kind == 8 || k.kind == 13 || k.kind == 15
	}
	return p.tcpFlags()&(tcpSYN|tcpACK) != tcpSYN|tcpACK
}

// update takes a packet of the connection and returns its ct_state. Before an answer, all are of a new connection; of
// TCP, whose sequence numbers are not looked at, it is every SYN before it is acknowledged.
func (c *connection) update(p *packet, reply bool, now time.Time) uint32 {
	state := uint32(ctEstablished)
	switch {
	case p.proto == protoTCP && !c.segment(p, reply):
		state, reply = ctNew, false
	case reply:
		c.answered = true
		state |= ctReply
	case !c.answered && p.proto != protoTCP:
		state = ctNew
	}
	if f := p.tcpFlags(); f&tcpRST != 0 {
		c.closing = [2]bool{true, true}
	} else if f&tcpFIN != 0 {
		c.closing[side(reply)] = true
	}
	c.expires = now.Add(c.life())
	return state
}

// segment takes a segment of TCP and reports whether the connection is not a new one any more.
func (c *connection) segment(p *packet, reply bool) bool {
	from, to := &c.tcp[side(reply)], &c.tcp[side(!reply)]
	f := p.tcpFlags()
	opening := f&(tcpSYN|tcpACK) == tcpSYN && *from <= tcpSent
	*from = max(*from, tcpSent)
	if f&tcpACK != 0 && *to == tcpSent {
		*to = tcpHeard
	}
	return !opening
}

func side(reply bool) int {
	if reply {
		return 1
	}
	return 0
}

func (c *connection) life() time.Duration {
	switch {
	case c.key.proto != protoTCP && !c.answered && c.key.proto == protoUDP:
		return ctUDPLife
	case c.key.proto != protoTCP:
		return ctBriefLife
	case c.closing[0] && c.closing[1]:
		return ctBriefLife
	case !c.answered:
		return ctTCPOpening
	}
	return ctTCPLife
}

// restarts reports whether the packet opens a connection in place of one that is over.
func (c *connection) restarts(p *packet) bool {
	return c.closing[0] && c.closing[1] && p.tcpFlags()&(tcpSYN|tcpACK) == tcpSYN
}
