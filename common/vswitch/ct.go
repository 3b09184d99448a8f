package vswitch

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// tracking is an action ct, compiled.
type tracking struct {
	commit, force bool
	zone          func(p *packet) uint16
	table         uint8
	nat           *translation
	marks         []oxm.TLV // ct_mark and ct_label, with their masks
}

// translation is an action nat. Without an address it translates what is known already.
type translation struct {
	state      uint32     // ctSrcNAT or ctDstNAT
	addr       netip.Addr // the first of the range: the others are not used
	port, last uint16     // 0: as it is, or another when that is taken
}

// track compiles an action ct.
func track(a *action.CT) (op, error) {
	t := &tracking{commit: a.Flags&action.CTCommit != 0, force: a.Flags&action.CTForce != 0, table: a.Table}
	if a.Alg != 0 {
		return nil, fmt.Errorf("ct(alg): %w", ErrUnsupported)
	}
	if zone := a.Zone; a.ZoneSrc == 0 {
		t.zone = func(*packet) uint16 { return zone }
	} else {
		f, r := a.ZoneSrc.Field(), action.BitRange(a.Zone)
		if f.Info() == nil {
			return nil, fmt.Errorf("ct(zone=%v): %w", f, ErrUnsupported)
		}
		t.zone = func(p *packet) uint16 { return uint16(number(p.fields.Value(f), r.Offset(), r.Len())) }
	}
	list, err := action.Decode(openflow.Version13, a.Actions)
	if err != nil {
		return nil, err
	}
	for _, inner := range list {
		if err := t.nested(inner); err != nil {
			return nil, err
		}
	}
	return func(x *execution) { x.track(t) }, nil
}

// nested takes an action inside of ct.
func (t *tracking) nested(a action.Action) error {
	switch a := a.(type) {
	case *action.NAT:
		if a.Present&(action.NATIPv6Min|action.NATIPv6Max) != 0 {
			return fmt.Errorf("nat to IPv6: %w", ErrUnsupported)
		}
		n := &translation{port: a.ProtoMin, last: max(a.ProtoMin, a.ProtoMax)}
		switch {
		case a.Flags&action.NATSrc != 0:
			n.state = ctSrcNAT
		case a.Flags&action.NATDst != 0:
			n.state = ctDstNAT
		}
		if a.Present&action.NATIPv4Min != 0 {
			n.addr = netip.AddrFrom4(a.IPv4Min)
		}
		t.nat = n
		return nil
	case *action.SetField:
		return t.setMark(a.Entry)
	case *action.RegLoad2:
		return t.setMark(a.Entry)
	case *action.RegLoad:
		f := a.Dst.Field().Canonical()
		value, mask := make([]byte, f.Len()), make([]byte, f.Len())
		for i := range min(a.Bits.Len(), 64) {
			putBit(value, a.Bits.Offset()+i, a.Value>>i&1 == 1)
			putBit(mask, a.Bits.Offset()+i, true)
		}
		return t.mark(oxm.TLV{Field: f, Value: value, Mask: mask})
	}
	return fmt.Errorf("%T in ct: %w", a, ErrUnsupported)
}

func (t *tracking) setMark(e action.Entry) error {
	tlv, _, err := e.OXM.Next()
	if err != nil {
		return err
	}
	return t.mark(oxm.TLV{Field: tlv.Field.Canonical(), Value: slices.Clone(tlv.Value), Mask: slices.Clone(tlv.Mask)})
}

func (t *tracking) mark(m oxm.TLV) error {
	if m.Field != oxm.CTMark && m.Field != oxm.CTLabel {
		return fmt.Errorf("set_field of %v in ct: %w", m.Field, ErrUnsupported)
	}
	t.marks = append(t.marks, m)
	return nil
}

// track sends the packet through the tracker. What the tracker says of it is known to a copy that goes on in the table;
// the packet itself is untracked afterwards, but keeps what was translated.
func (x *execution) track(t *tracking) {
	p, now := x.p, x.s.o.Now()
	k, ok := p.ctKey(t.zone(p))
	var c *connection
	state := uint32(ctInvalid)
	if ok {
		c = x.s.conns.find(k, now)
		reply := c != nil && k == c.answer
		// Force turns a connection round, but not a translated one: the userspace datapath of 3.1 does not.
		if c != nil && (t.commit && t.force && reply && k == c.key.reverse() || c.restarts(p)) {
			x.s.conns.remove(c)
			c = nil
		}
		switch {
		case c != nil:
			state = c.update(p, reply, now)
			if t.nat != nil {
				state |= p.translate(c, reply)
			}
		case p.opens(k):
			if state = ctNew; t.commit {
				c, state = x.open(t, k)
			}
		}
	}
	p.tell(t, c, k.zone, state|ctTracked)
	if t.table != action.CTNoTable {
		set := slices.Clone(x.set)
		x.onCopy(func() {
			outer := x.set
			x.set = set
			x.table(t.table)
			x.finish()
			x.set = outer
		})
	}
	p.untrack()
}

// open makes a connection, with its translation. When all ports are taken there is none, and the packet is as it was.
func (x *execution) open(t *tracking, k ctKey) (*connection, uint32) {
	c := &connection{key: k, answer: k.reverse(), tcp: [2]tcpState{tcpSent}}
	c.expires = x.s.o.Now().Add(c.life())
	if t.nat == nil || t.nat.state == 0 {
		x.s.conns.add(c)
		return c, ctNew
	}
	if !x.s.conns.allocate(c, t.nat) {
		return nil, ctNew
	}
	x.s.conns.add(c)
	return c, ctNew | x.p.translate(c, false)
}

// allocate finds addresses and ports for the translated side that no other connection has: of those that nat names, or
// else, for both kinds of translation, another port of the sender.
func (t tracker) allocate(c *connection, n *translation) bool {
	c.nat = n.state
	a := &c.answer // is sent to the translated source, and comes from the translated destination
	addr, port := &a.dst, &a.dport
	if n.state == ctDstNAT {
		addr, port = &a.src, &a.sport
	}
	if n.addr.IsValid() {
		*addr = n.addr
	}
	if c.key.proto == protoICMP {
		return t[*a] == nil
	}
	if n.port != 0 && t.free(a, port, n.port, n.port, n.last) {
		return true
	}
	if n.port != 0 && n.state == ctSrcNAT {
		return false
	}
	least, most := portClass(c.key.sport)
	return t.free(a, &a.dport, c.key.sport, least, most)
}

// free sets a port of a key to the first, from one on and around, with which it is nobody's.
func (t tracker) free(k *ctKey, port *uint16, from, least, most uint16) bool {
	for *port = from; t[*k] != nil; {
		if *port++; *port > most || *port == 0 {
			*port = least
		}
		if *port == from {
			return false
		}
	}
	return true
}

// portClass is the ports among which one takes the place of another.
func portClass(port uint16) (least, most uint16) {
	switch {
	case port < 512:
		return 1, 511
	case port < 1024:
		return 600, 1023
	}
	return 1024, 65535
}

// translate writes the addresses of the other direction into the packet, and returns the bits of ct_state that say so.
func (p *packet) translate(c *connection, reply bool) uint32 {
	if c.nat == 0 {
		return 0
	}
	as := c.answer.reverse() // what the other side sees
	if reply {
		as = c.key.reverse() // what the first side sees
	}
	p.set(oxm.IPv4Src, as.src.AsSlice())
	p.set(oxm.IPv4Dst, as.dst.AsSlice())
	src, dst := binary.BigEndian.AppendUint16(nil, as.sport), binary.BigEndian.AppendUint16(nil, as.dport)
	switch p.proto {
	case protoTCP:
		p.set(oxm.TCPSrc, src)
		p.set(oxm.TCPDst, dst)
	case protoUDP:
		p.set(oxm.UDPSrc, src)
		p.set(oxm.UDPDst, dst)
	}
	if reply { // what is done to an answer is the reverse
		return c.nat ^ (ctSrcNAT | ctDstNAT)
	}
	return c.nat
}

// tell writes what the tracker says into the fields.
func (p *packet) tell(t *tracking, c *connection, zone uint16, state uint32) {
	p.untrack()
	p.set(oxm.CTState, binary.BigEndian.AppendUint32(nil, state))
	p.set(oxm.CTZone, binary.BigEndian.AppendUint16(nil, zone))
	if c == nil {
		return
	}
	for _, m := range t.marks {
		if m.Field == oxm.CTLabel {
			merge(c.label[:], m)
			continue
		}
		b := binary.BigEndian.AppendUint32(nil, c.mark)
		merge(b, m)
		c.mark = binary.BigEndian.Uint32(b)
	}
	p.set(oxm.CTMark, binary.BigEndian.AppendUint32(nil, c.mark))
	p.set(oxm.CTLabel, c.label[:])
}

// merge writes a value into b, as far as its mask goes.
func merge(b []byte, t oxm.TLV) {
	for i := range b {
		m := byte(0xff)
		if t.Mask != nil {
			m = t.Mask[i]
		}
		b[i] = b[i]&^m | t.Value[i]&m
	}
}

// untrack takes everything back that the tracker has said.
func (p *packet) untrack() {
	for _, f := range []oxm.Field{oxm.CTState, oxm.CTZone, oxm.CTMark, oxm.CTLabel} {
		p.set(f, make([]byte, f.Len()))
	}
}
