package vswitch

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	pkt "github.com/vlcp-go/vlcp/common/packet"
)

// gen makes pipelines and frames from few values, so that they meet.
type gen struct {
	*rand.Rand
	texts []string // of flows, for whoever reads a difference
}

type injected struct {
	port  uint32
	frame []byte
}

const (
	genTables = 5
	genFlows  = 10
	genGroups = 3
)

func (g *gen) coin() bool { return g.IntN(2) == 0 }

func (g *gen) mac() [6]byte { return [6]byte{2, 0, 0, 0, 0, byte(g.IntN(3))} }

func (g *gen) ip() netip.Addr {
	return netip.AddrFrom4([4]byte{10, 0, byte(g.IntN(2)), byte(g.IntN(3))})
}

func (g *gen) l4() uint16 { return uint16(1000 + g.IntN(3)) }

// kind is what a flow's match says of the packet, so that actions on its fields are allowed.
type kind int

const (
	anything kind = iota
	tagged
	untagged
	arp
	ipv4
	udp
	tcp
	ipv6
	solicit
	advert
	udp6
	last = udp6
)

// match returns a match of a kind.
func (g *gen) match(k kind) oxm.Match {
	var m oxm.Match
	if g.coin() {
		m = m.Uint(oxm.InPort, uint64(1+g.IntN(ports)))
	}
	if g.IntN(3) == 0 {
		m = m.MAC(oxm.EthDst, g.mac())
	}
	if g.IntN(3) == 0 {
		m = m.UintMasked(oxm.Reg(g.IntN(2)), uint64(g.IntN(4)), uint64(g.IntN(4)))
	}
	if g.IntN(6) == 0 {
		m = m.Uint(oxm.Metadata, uint64(g.IntN(2)))
	}
	switch k {
	case tagged:
		m = m.UintMasked(oxm.NXVLANTCI, 0x1000, 0x1000)
	case untagged:
		m = m.Uint(oxm.NXVLANTCI, 0)
	case arp:
		m = m.Uint(oxm.EthType, 0x806)
		if g.coin() {
			m = m.Uint(oxm.ARPOp, 1)
		}
		if g.coin() {
			m = m.IPv4(oxm.ARPTPA, g.ip())
		}
	case ipv4, udp, tcp:
		m = g.matchIP(m.Uint(oxm.EthType, 0x800), k)
	case ipv6, solicit, advert, udp6:
		m = g.matchIPv6(m.Uint(oxm.EthType, 0x86dd), k)
	}
	return m
}

func (g *gen) matchIP(m oxm.Match, k kind) oxm.Match {
	if k == udp {
		m = m.Uint(oxm.IPProto, 17)
	} else if k == tcp {
		m = m.Uint(oxm.IPProto, 6)
	}
	if g.coin() {
		m = m.Prefix(oxm.IPv4Dst, netip.PrefixFrom(g.ip(), 24+8*g.IntN(2)))
	}
	if k == udp && g.coin() {
		m = m.Uint(oxm.UDPDst, uint64(g.l4()))
	}
	return m
}

// actions returns actions that are allowed for a kind, in a table.
func (g *gen) actions(k kind, table uint8) of13.Actions {
	var a of13.Actions
	for range 1 + g.IntN(4) {
		switch g.IntN(9) {
		case 0:
			a = nicira.Load(a, oxm.Reg(g.IntN(2)), g.IntN(2), 1+g.IntN(3), uint64(g.IntN(2)))
		case 1:
			a = a.SetField(oxm.Match(nil).MAC(oxm.EthSrc, g.mac()))
		case 2:
			a = nicira.Move(a, oxm.NXEthSrc, oxm.NXEthDst)
		case 3:
			if table+1 < genTables {
				a = nicira.Resubmit(a, table+1+uint8(g.IntN(int(genTables-table-1))))
			}
		case 4:
			a = a.Output(of13.PortInPort, 0)
		case 5:
			a = a.Output(of13.PortAll, 0)
		case 6:
			a = g.special(a, k)
		case 7:
			a = a.Group(uint32(1 + g.IntN(genGroups)))
		default:
			a = a.Output(uint32(1+g.IntN(ports)), 0)
		}
	}
	switch { // last, since it changes which actions are allowed
	case k == tagged && g.coin():
		a = a.PopVLAN().Output(uint32(1+g.IntN(ports)), 0)
	case k == untagged && table+1 == genTables && g.coin(): // so that it is the only tag: a third one Open vSwitch loses
		a = a.PushVLAN(0x8100).Output(uint32(1+g.IntN(ports)), 0)
	}
	return a
}

func (g *gen) special(a of13.Actions, k kind) of13.Actions {
	switch k {
	case tagged:
		return a.SetField(oxm.Match(nil).Uint(oxm.VLANVID, uint64(0x1000|g.IntN(4))))
	case arp:
		a = nicira.Move(a, oxm.NXARPSPA, oxm.NXARPTPA)
		return a.SetField(oxm.Match(nil).Uint(oxm.ARPOp, 2)).SetField(oxm.Match(nil).MAC(oxm.ARPSHA, g.mac()))
	case ipv4:
		return a.SetField(oxm.Match(nil).IPv4(oxm.IPv4Dst, g.ip())).DecNwTTL()
	case udp:
		return a.SetField(oxm.Match(nil).Uint(oxm.UDPSrc, uint64(g.l4()))).SetNwTTL(9)
	case ipv6, solicit, advert, udp6:
		return g.special6(a, k)
	case tcp:
		return a.SetField(oxm.Match(nil).Uint(oxm.TCPDst, uint64(g.l4()))).SetField(oxm.Match(nil).IPv4(oxm.IPv4Src, g.ip()))
	}
	return a.SetField(oxm.Match(nil).MAC(oxm.EthDst, g.mac()))
}

// pipeline is the messages that program a switch anew, the flow for the mark included.
func (g *gen) pipeline() [][]byte {
	mods := [][]byte{
		of13.Encode(&of13.FlowMod{Command: of13.FlowDelete, Table: of13.AllTables, BufferID: of13.NoBuffer,
			OutPort: of13.PortAny, OutGroup: of13.AnyGroup}),
		of13.Encode(&of13.GroupMod{Command: of13.GroupDelete, Group: of13.AllGroups}),
		g.group(1, of13.GroupAll, g.bucket(of13.PortAny), g.bucket(of13.PortAny)),
		g.group(2, of13.GroupIndirect, g.bucket(of13.PortAny)),
		// The first of group 3 may have no port. A select group is not compared: Open vSwitch chooses by its own hash, for
		// which it sends the packet through the datapath once more, and what was changed before is not always kept. The
		// agent makes none.
		g.group(3, of13.GroupFastFailover, g.bucket(uint32(ports+g.IntN(2))), g.bucket(1)),
		addFlow(0, 60000, oxm.Match(nil).Uint(oxm.EthType, 0x7777), of13.Instructions(nil).
			Apply(of13.Actions(nil).Output(of13.PortInPort, 0))),
	}
	for t := range uint8(genTables) {
		for _, prio := range g.Perm(1000)[:genFlows] {
			k := kind(g.IntN(int(last) + 1))
			mods = append(mods, addFlow(t, uint16(prio+1), g.match(k), g.instructions(k, t)))
		}
		if t+1 < genTables && g.IntN(3) > 0 {
			mods = append(mods, addFlow(t, 0, nil, of13.Instructions(nil).Goto(t+1)))
		}
	}
	return mods
}

// bucket is a bucket that watches a port, whose actions are out of the order in which they are done.
func (g *gen) bucket(watch uint32) of13.Bucket {
	var a of13.Actions
	for _, n := range g.Perm(3) {
		switch n {
		case 0:
			a = a.Output(uint32(1+g.IntN(ports)), 0)
		case 1:
			a = a.SetField(oxm.Match(nil).MAC(oxm.EthDst, g.mac()))
		case 2:
			a = a.SetField(oxm.Match(nil).MAC(oxm.EthSrc, g.mac()))
		}
	}
	return of13.Bucket{WatchPort: watch, WatchGroup: of13.AnyGroup, Actions: a}
}

func (g *gen) group(number uint32, kind of13.GroupType, buckets ...of13.Bucket) []byte {
	return of13.Encode(&of13.GroupMod{Command: of13.GroupAdd, Group: number, Type: kind, Buckets: buckets})
}

func (g *gen) instructions(k kind, t uint8) of13.Instructions {
	i := of13.Instructions(nil).Apply(g.actions(k, t))
	if g.IntN(4) == 0 {
		i = i.Clear()
	}
	if g.IntN(4) == 0 {
		i = i.Write(of13.Actions(nil).Output(uint32(1+g.IntN(ports)), 0))
	}
	if g.IntN(4) == 0 {
		i = i.WriteMetadata(uint64(g.IntN(2)), 1)
	}
	if t+1 < genTables && g.coin() {
		i = i.Goto(t + 1)
	}
	return i
}

func addFlow(table uint8, prio uint16, m oxm.Match, i of13.Instructions) []byte {
	return of13.Encode(&of13.FlowMod{Table: table, Priority: prio, BufferID: of13.NoBuffer, OutPort: of13.PortAny,
		OutGroup: of13.AnyGroup, Match: of13.Match{Fields: m}, Instructions: i})
}

func (g *gen) frames(n int) (out []injected) {
	for i := range n {
		f := g.frame()
		binary.BigEndian.PutUint32(f[len(f)-4:], uint32(i)) // all are different
		out = append(out, injected{uint32(1 + g.IntN(ports)), f})
	}
	return out
}

// frame is a frame of Ethernet II, or sometimes the same with LLC and SNAP.
func (g *gen) frame() []byte {
	f := g.frame2()
	if at := 12; g.IntN(10) == 0 {
		if binary.BigEndian.Uint16(f[at:]) == 0x8100 {
			at += 4
		}
		body := append([]byte{0xaa, 0xaa, 3, 0, 0, byte(g.IntN(8) / 7)}, f[at:]...)
		f = append(binary.BigEndian.AppendUint16(slices.Clone(f[:at]), uint16(len(body))), body...)
	}
	return f
}

func (g *gen) frame2() []byte {
	e := &pkt.Ethernet{Src: g.mac(), Dst: g.mac()}
	if g.IntN(3) == 0 {
		e.Tags[0] = pkt.VLAN{TPID: 0x8100, TCI: uint16(g.IntN(2)<<13 | g.IntN(3))}
	}
	switch g.IntN(6) {
	case 4, 5:
		e.Type = pkt.EtherTypeIPv6
		return g.appendIPv6(pkt.AppendEthernet(nil, e))
	case 0:
		e.Type = pkt.EtherTypeARP
		b := pkt.AppendARP(pkt.AppendEthernet(nil, e), &pkt.ARP{Op: uint16(1 + g.IntN(2)), SenderMAC: g.mac(),
			TargetMAC: g.mac(), SenderIP: g.ip(), TargetIP: g.ip()})
		return append(b, make([]byte, 24)...)
	case 1:
		e.Type = 0x1234
		return append(pkt.AppendEthernet(nil, e), make([]byte, 50)...)
	}
	e.Type = pkt.EtherTypeIPv4
	return g.appendIP(pkt.AppendEthernet(nil, e))
}

// appendIP appends an IPv4 packet, whose last four bytes are not in it, and no checksum covers.
func (g *gen) appendIP(b []byte) []byte {
	src, dst := g.ip(), g.ip()
	var seg []byte
	proto := uint8(17)
	if g.coin() {
		seg = pkt.AppendUDP(nil, &pkt.UDP{SrcPort: g.l4(), DstPort: g.l4(), Payload: make([]byte, 20)}, src, dst)
	} else {
		proto = 6
		seg = make([]byte, 30)
		binary.BigEndian.PutUint16(seg, g.l4())
		binary.BigEndian.PutUint16(seg[2:], g.l4())
		seg[12], seg[13] = 5<<4, 2
		p := parse(nil)
		p.proto = 6
		ip := make([]byte, 20)
		copy(ip[12:], src.AsSlice())
		copy(ip[16:], dst.AsSlice())
		p.sumL4(ip, seg, 16)
	}
	b = pkt.AppendIPv4(b, &pkt.IPv4{Src: src, Dst: dst, Protocol: proto, TTL: uint8(1 + g.IntN(3)), TOS: 0x28}, len(seg))
	return append(append(b, seg...), make([]byte, 10)...)
}
