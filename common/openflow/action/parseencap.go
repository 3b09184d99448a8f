package action

import (
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

var encapTypes = map[string]uint32{"ethernet": PacketEthernet, "nsh": PacketNSH, "mpls": PacketMPLS,
	"mpls_mc": PacketMPLSMulticast}

// parseEncap reads ethernet, mpls, mpls_mc, nsh or nsh(md_type=N,tlv(CLASS,TYPE,VALUE)…).
func parseEncap(l *list, a arg) error {
	if err := l.narrow(a, FormatOF13, ErrVersion); err != nil {
		return err
	}
	var e Encap
	count := 0
	err := a.pairs(func(key, value arg) error {
		if count++; count > 1 {
			return nil // as Open vSwitch does
		}
		typ, ok := encapTypes[key.s]
		if !ok {
			return key.errorf("%q: expected ethernet, nsh, mpls or mpls_mc", key.s)
		}
		e.PacketType = typ
		return key.named(value.pairs(func(key, value arg) error { return encapProperty(&e, key, value) }))
	})
	switch {
	case err != nil:
		return err
	case count == 0:
		return a.errorf("expected ethernet, nsh, mpls or mpls_mc")
	}
	if l.packet != nil {
		l.packet.encap(e.PacketType)
	}
	return l.add(&e)
}

func encapProperty(e *Encap, key, value arg) error {
	switch {
	case e.PacketType == PacketNSH && key.s == "md_type":
		t, err := value.u8()
		if err != nil || t < 1 || t > 2 {
			return value.errorf("md_type: %q: expected 1 or 2", value.s)
		}
		e.Properties = append(e.Properties, NSHMDType(t))
	case e.PacketType == PacketNSH && key.s == "tlv":
		p, err := value.tlv()
		if err != nil {
			return named("tlv", err)
		}
		e.Properties = append(e.Properties, p)
	default:
		return key.errorf("%q: expected md_type or tlv, of nsh", key.s)
	}
	return nil
}

// tlvValueMax is how many bytes a context header can have, as the length of a property has eight bits.
const tlvValueMax = 125

func (a arg) tlv() (p EncapProperty, err error) {
	classArg, rest, ok1 := a.cut(",")
	typeArg, valueArg, ok2 := rest.cut(",")
	digits, ok3 := strings.CutPrefix(valueArg.s, "0x")
	if !ok1 || !ok2 || !ok3 || !strings.HasPrefix(classArg.s, "0x") {
		return p, a.errorf("%q: expected 0xCLASS,TYPE,0xVALUE", a.s)
	}
	class, err := classArg.u16()
	if err != nil {
		return p, err
	}
	typ, err := typeArg.decimal(8)
	if err != nil {
		return p, err
	}
	value, err := arg{digits, valueArg.at + 2}.hex()
	if err == nil && len(value) > tlvValueMax {
		err = valueArg.errorf("expected no more than %d bytes", tlvValueMax)
	}
	return NSHTLV(class, uint8(typ), value), err
}

// encap makes the packet one of the type.
func (p *packet) encap(typ uint32) {
	p.set(oxm.PacketType, uint64(typ))
	if typ != PacketEthernet {
		p.set(oxm.EthType, uint64(typ&0xffff))
	}
	if !p.isIP() {
		p.set(oxm.IPProto, 0)
	}
}

const (
	nsEthertype   = 1
	packetUnknown = 0x1ffff // of an Ethernet type that there is not
	namespaceMax  = 4
)

// decap makes the packet what is in it.
func (p *packet) decap() {
	typ := uint64(packetUnknown)
	if p.packetType() == 0 {
		v, _ := p.flow.Uint(oxm.EthType.Info())
		typ = nsEthertype<<16 | v
	} else {
		p.set(oxm.EthType, 0xffff)
	}
	p.set(oxm.PacketType, typ)
}

// parseDecap reads nothing, or packet_type(ns=N,type=N).
func parseDecap(l *list, a arg) error {
	d := Decap{PacketType: PacketUseNextProto}
	count := 0
	err := a.pairs(func(key, value arg) (err error) {
		if count++; count > 1 {
			return nil // as Open vSwitch does
		}
		if key.s != "packet_type" {
			return key.errorf("%q: expected packet_type(ns=N,type=N)", key.s)
		}
		d.PacketType, err = value.packetType()
		return key.named(err)
	})
	if err != nil {
		return err
	}
	if l.packet != nil {
		l.packet.decap()
	}
	return l.add(&d)
}

func (a arg) packetType() (uint32, error) {
	var ns, typ uint16
	names := []string{"ns", "type"}
	err := a.pairs(func(key, value arg) (err error) {
		if len(names) == 0 {
			return nil
		}
		if key.s != names[0] {
			return key.errorf("%q: expected %s", key.s, names[0])
		}
		v, err := value.u16()
		if names = names[1:]; len(names) > 0 {
			ns = v
		} else {
			typ = v
		}
		return key.named(err)
	})
	switch {
	case err != nil:
		return 0, err
	case len(names) > 0:
		return 0, a.errorf("%q: expected ns=N,type=N", a.s)
	case ns > namespaceMax:
		return 0, a.errorf("ns: %d: expected 0 to %d", ns, namespaceMax)
	}
	return uint32(ns)<<16 | uint32(typ), nil
}

func parseDecNSHTTL(l *list, a arg) error {
	if err := l.needs(a, func(p *packet) bool {
		return p.packetType() == uint64(PacketNSH) || p.flow.Meets(oxm.NeedNSH)
	}, oxm.NeedNSH.String()); err != nil {
		return err
	}
	return l.add(&DecNSHTTL{})
}
