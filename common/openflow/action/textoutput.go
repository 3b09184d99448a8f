package action

import (
	"encoding/binary"
	"strconv"
)

// toController is what NXController and NXController2 say.
type toController struct {
	maxLen   uint16
	id       uint16
	reason   uint8
	userData []byte
	pause    bool
	meter    uint32
}

func (a *NXController) text(p *printer) {
	p.controller(toController{maxLen: a.MaxLen, id: a.ControllerID, reason: a.Reason})
}

func (a *NXController2) text(p *printer) {
	c := toController{maxLen: 0xffff, reason: ReasonAction}
	for i := range a.Properties {
		c.take(&a.Properties[i])
	}
	p.controller(c)
}

// take sets what a property says; one that is too short says nothing.
func (c *toController) take(q *ControllerProperty) {
	switch d := q.Data; {
	case q.Type == PropertyMaxLen && len(d) >= 2:
		c.maxLen = binary.BigEndian.Uint16(d)
	case q.Type == PropertyControllerID && len(d) >= 2:
		c.id = binary.BigEndian.Uint16(d)
	case q.Type == PropertyReason && len(d) >= 1:
		c.reason = d[0]
	case q.Type == PropertyUserData:
		c.userData = d
	case q.Type == PropertyPause:
		c.pause = true
	case q.Type == PropertyMeterID && len(d) == 4:
		c.meter = binary.BigEndian.Uint32(d)
	}
}

var reasons = []string{"no_match", "action", "invalid_ttl", "action_set", "group", "packet_out", "", ""}

func (p *printer) controller(c toController) {
	if c.reason == ReasonAction && c.id == 0 && len(c.userData) == 0 && !c.pause && c.meter == 0 {
		p.num("CONTROLLER:", uint64(c.maxLen))
		return
	}
	p.str("controller(")
	if c.reason != ReasonAction {
		name := strconv.Itoa(int(c.reason))
		if int(c.reason) < len(reasons) {
			name = reasons[c.reason]
		}
		p.str("reason=" + name + ",")
	}
	p.unless(0xffff, "max_len=", uint64(c.maxLen))
	p.unless(0, "id=", uint64(c.id))
	if len(c.userData) > 0 {
		p.str("userdata=")
		p.dots(c.userData)
		p.str(",")
	}
	if c.pause {
		p.str("pause,")
	}
	p.unless(0, "meter_id=", uint64(c.meter))
	p.chomp()
	p.str(")")
}

// unless writes a name, a number and a comma, but for one number.
func (p *printer) unless(not uint64, name string, n uint64) {
	if n != not {
		p.num(name, n)
		p.str(",")
	}
}

func (a *OutputReg) text(p *printer) {
	p.str("output:")
	p.bits(a.Src, a.Bits)
}

func (a *OutputReg2) text(p *printer) {
	p.str("output:")
	p.subfield(a.Src.Field, a.Bits.Offset(), a.Bits.Len())
}

func (a *OutputTrunc) text(p *printer) {
	p.str("output(port=")
	p.port10(a.Port)
	p.arg(",max_len=", uint64(a.MaxLen))
}

func nameOf(names []string, n uint16) string {
	if int(n) < len(names) {
		return names[n]
	}
	return "<unknown>"
}

func (b *Bundle) text(p *printer) {
	p.hash("bundle(", b.Fields, b.Basis)
	p.str(nameOf(bundleNames, uint16(b.Algorithm)) + ",ofport,")
	p.members(b.Members)
}

func (a *BundleLoad) text(p *printer) {
	p.hash("bundle_load(", a.Fields, a.Basis)
	p.str(nameOf(bundleNames, uint16(a.Algorithm)) + ",ofport,")
	p.bits(a.Dst, a.Bits)
	p.str(",")
	p.members(a.Members)
}

func (p *printer) hash(name string, f HashFields, basis uint16) {
	p.str(name + nameOf(hashNames, uint16(f)))
	p.num(",", uint64(basis))
	p.str(",")
}

func (p *printer) members(ports []uint16) {
	p.str("members:")
	for i, port := range ports {
		if i > 0 {
			p.str(",")
		}
		p.port10(port)
	}
	p.str(")")
}

func (a *Multipath) text(p *printer) {
	p.hash("multipath(", a.Fields, a.Basis)
	p.str(nameOf(multipathNames, uint16(a.Algorithm)))
	p.num(",", uint64(a.MaxLink)+1)
	p.num(",", uint64(a.Arg))
	p.str(",")
	p.bits(a.Dst, a.Bits)
	p.str(")")
}

func (a *DebugSlow) text(p *printer)   { p.str("debug_slow") }
func (a *DebugRecirc) text(p *printer) { p.str("debug_recirc") }
