package action

import "github.com/vlcp-go/vlcp/common/openflow/fieldtext"

func (a *CT) text(p *printer) {
	p.str("ct(")
	if a.Flags&CTCommit != 0 {
		p.str("commit,")
	}
	if a.Flags&CTForce != 0 {
		p.str("force,")
	}
	p.unless(uint64(CTNoTable), "table=", uint64(a.Table))
	if a.ZoneSrc != 0 {
		p.str("zone=")
		p.bits(a.ZoneSrc, BitRange(a.Zone))
		p.str(",")
	} else {
		p.unless(0, "zone=", uint64(a.Zone))
	}
	p.ctActions(a.Actions)
	switch a.Alg {
	case 0:
	case CTAlgFTP:
		p.str("alg=ftp,")
	case CTAlgTFTP:
		p.str("alg=tftp,")
	default:
		p.unless(0, "alg=", uint64(a.Alg))
	}
	p.chomp()
	p.str(")")
}

// ctActions writes the actions inside of CT: NAT, when it comes first, on its own.
func (p *printer) ctActions(b []byte) {
	if n, err := length(b); err == nil {
		if a, err := decodeOne(p.v, b[:n:n]); err == nil {
			if nat, ok := a.(*NAT); ok {
				nat.text(p)
				p.str(",")
				b = b[n:]
			}
		}
	}
	if len(b) > 0 {
		p.nested("exec(", b)
		p.str(",")
	}
}

func (n *NAT) text(p *printer) {
	p.str("nat")
	if n.Flags&(NATSrc|NATDst) == 0 {
		return
	}
	if n.Flags&NATSrc != 0 {
		p.str("(src")
	} else {
		p.str("(dst")
	}
	if n.Present&(NATIPv4Min|NATIPv6Min) != 0 {
		p.natRange(n)
	}
	p.str(")")
}

// natRange writes the range, and the flags, which Open vSwitch writes behind a range only.
func (p *printer) natRange(a *NAT) {
	p.str("=")
	if a.Present&NATIPv4Min != 0 {
		p.ipv4("", a.IPv4Min)
		if a.IPv4Max != a.IPv4Min && a.IPv4Max != [4]byte{} {
			p.ipv4("-", a.IPv4Max)
		}
	} else {
		p.ipv6(a.IPv6Min, a.ProtoMin != 0)
		if a.IPv6Max != a.IPv6Min && a.IPv6Max != [16]byte{} {
			p.str("-")
			p.ipv6(a.IPv6Max, a.ProtoMin != 0)
		}
	}
	if a.ProtoMin != 0 {
		p.num(":", uint64(a.ProtoMin))
		if a.ProtoMax != 0 && a.ProtoMax != a.ProtoMin {
			p.num("-", uint64(a.ProtoMax))
		}
	}
	p.str(",")
	for _, f := range []struct {
		flag NATFlags
		name string
	}{{NATPersistent, "persistent,"}, {NATProtoHash, "hash,"}, {NATProtoRandom, "random,"}} {
		if a.Flags&f.flag != 0 {
			p.str(f.name)
		}
	}
	p.chomp()
}

// ipv6 writes an address, in brackets before a port.
func (p *printer) ipv6(ip [16]byte, bracket bool) {
	if bracket {
		p.str("[")
	}
	p.b = fieldtext.AppendIP(p.b, ip[:], nil)
	if bracket {
		p.str("]")
	}
}

func (a *CTClear) text(p *printer) { p.str("ct_clear") }
func (a *Clone) text(p *printer)   { p.nested("clone(", a.Actions) }
