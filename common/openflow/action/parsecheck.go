package action

import (
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// packet is what is known of the packets that come to an action: what the flow matches and what the actions before it
// made of that.
type packet struct {
	flow oxm.Flow
	tags [2]bool // of VLANs, outermost first; Open vSwitch keeps two
}

func (p *packet) set(f oxm.Field, v uint64) {
	for t := range oxm.Match(nil).Uint(f, v).All() {
		_ = p.flow.Set(t) // the value is one that the field can have
	}
}

// tag says whether there is a tag outermost.
func (p *packet) tag(present bool) {
	p.tags[0] = present
	v := uint64(0)
	if present {
		v = 0x1000
	}
	p.set(oxm.NXVLANTCI, v)
}

// push adds a tag; ok is false if there is no room.
func (p *packet) push() (ok bool) {
	if p.tags[1] {
		return false
	}
	p.tags[1] = p.tags[0]
	p.tag(true)
	return true
}

func (p *packet) pop() {
	inner := p.tags[1]
	p.tags[1] = false
	p.tag(inner)
}

func (p *packet) isIP() bool { return p.flow.Meets(oxm.NeedIP) }

func (p *packet) proto() uint64 {
	v, _ := p.flow.Uint(oxm.IPProto.Info())
	return v
}

func (p *packet) packetType() uint64 {
	v, _ := p.flow.Uint(oxm.PacketType.Info())
	return v
}

// needs checks that the match has what an action needs. OpenFlow 1.0 does not ask for that.
func (l *list) needs(a arg, ok func(*packet) bool, what string) error {
	if l.packet == nil || ok(l.packet) {
		return nil
	}
	if l.outer == "write_actions" {
		return nil // the packets are not known that the action set will meet
	}
	return l.narrow(a, formats10, fmt.Errorf("%w: expected %s", ErrMatch, what))
}

func (l *list) needsPrereq(a arg, p oxm.Prereq) error {
	return l.needs(a, func(k *packet) bool { return k.flow.Meets(p) }, p.String())
}

// prereq checks that the match has what a field needs, in every version.
func (l *list) prereq(a arg, i *oxm.Info) error {
	if l.packet == nil {
		return nil
	}
	return needsIn(&l.packet.flow, a, i)
}

// needsIn checks that a flow, if it is known, matches what a field needs.
func needsIn(w *oxm.Flow, a arg, i *oxm.Info) error {
	if w == nil || w.Meets(i.Prereq) {
		return nil
	}
	return a.errorf("field %s: %w: expected %s", i.Name, ErrMatch, i.Prereq)
}

// source checks bits that an action reads.
func (l *list) source(a arg, b subfield) error { return l.prereq(a, b.info) }

// target checks bits that an action writes.
func (l *list) target(a arg, b subfield) error {
	if err := writable(a, b.info); err != nil {
		return err
	}
	return l.prereq(a, b.info)
}
