package action

import (
	"math/bits"

	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

func (a *RegMove) text(p *printer) {
	p.move(a.Src, int(a.SrcOffset), a.Dst, int(a.DstOffset), int(a.NBits))
}

func (a *CopyField) text(p *printer) {
	p.move(a.Src, int(a.SrcOffset), a.Dst, int(a.DstOffset), int(a.NBits))
}

func (p *printer) move(src FieldHeader, srcOfs int, dst FieldHeader, dstOfs, n int) {
	p.str("move:")
	p.subfield(src.Field, srcOfs, n)
	p.str("->")
	p.subfield(dst.Field, dstOfs, n)
}

func (a *RegLoad) text(p *printer) {
	p.str("load:")
	p.cHex(a.Value)
	p.str("->")
	p.bits(a.Dst, a.Bits)
}

func (a *RegLoad2) text(p *printer) { p.setField(a.Entry) }

// setField writes what sets a whole field or bits of it under a mask.
func (p *printer) setField(e Entry) {
	i, value, mask := e.parts()
	if i == nil {
		p.hex("set_field", e.OXM)
		return
	}
	p.str("set_field:")
	p.value(i, value, mask)
	p.str("->" + i.Name)
}

// value writes the value of a field. Ports that there are not are none.
func (p *printer) value(i *oxm.Info, value, mask []byte) {
	if fieldtext.AllBytes(mask, 0xff) {
		mask = nil
	}
	if i.Form == oxm.FormPort && len(value) == 4 && mask == nil && !i.Valid(value) {
		p.str("ANY")
		return
	}
	p.b = fieldtext.AppendField(p.b, i.Form, value, mask)
}

// parts takes a field with value apart; the mask is nil for none. Values of tunnel options are as long as the longest.
func (e *Entry) parts() (i *oxm.Info, value, mask []byte) {
	if len(e.OXM) < entryHeadLen {
		return nil, nil, nil
	}
	f := e.field()
	i, masked := oxm.Known(f)
	if i == nil {
		return nil, nil, nil
	}
	value = e.OXM[f.HeaderLen():]
	if masked {
		n := len(value) / 2
		value, mask = value[:n], value[n:2*n]
	}
	if i.Variable {
		value = widen(value)
		if mask != nil {
			mask = widen(mask)
		}
	}
	return i, value, mask
}

// field is the field by its header as it stands.
func (e *Entry) field() oxm.Field {
	f := oxm.Field(fieldtext.Number(e.OXM[:entryHeadLen])) << 32
	if f.Class() == oxm.ClassExperimenter && len(e.OXM) >= entryHeadLen+expIDLen {
		f |= oxm.Field(fieldtext.Number(e.OXM[entryHeadLen : entryHeadLen+expIDLen]))
	}
	return f
}

// widen is a value of a tunnel option with zeros before it; one that is too long loses its end.
func widen(v []byte) []byte {
	out := make([]byte, oxm.TunMetadataLenMax)
	v = v[:min(len(v), len(out))]
	copy(out[len(out)-len(v):], v)
	return out
}

func (a *StackPush) text(p *printer) {
	p.str("push:")
	p.subfield(a.Field.Field, int(a.Offset), int(a.NBits))
}

func (a *StackPop) text(p *printer) {
	p.str("pop:")
	p.subfield(a.Field.Field, int(a.Offset), int(a.NBits))
}

func (a *DeleteField) text(p *printer) {
	p.str("delete_field:")
	if i, _ := oxm.Known(a.Field.Field); i != nil {
		p.str(i.Name)
	} else {
		p.str(a.Field.Field.String())
	}
}

func (a *CheckPktLarger) text(p *printer) {
	p.num("check_pkt_larger(", uint64(a.PktLen))
	p.str(")->")
	p.subfield(a.Dst.Field, int(a.Offset), 1)
}

func (a *DecTTLCntIDs) text(p *printer) {
	p.str("dec_ttl(")
	for i, id := range a.IDs {
		if i > 0 {
			p.str(",")
		}
		p.dec(uint64(id))
	}
	p.str(")")
}

func (a *SetTunnel) text(p *printer) {
	p.str("set_tunnel:")
	p.cHex(uint64(a.TunnelID))
}

func (a *SetTunnel64) text(p *printer) {
	p.str("set_tunnel64:")
	p.cHex(a.TunnelID)
}

func (a *PopQueue) text(p *printer)  { p.str("pop_queue") }
func (a *DecNSHTTL) text(p *printer) { p.str("dec_nsh_ttl") }

// log2Ceil is how many bits it takes to tell n things apart.
func log2Ceil(n int) int { return bits.Len(uint(n - 1)) }

var packetTypes = map[uint32]string{PacketEthernet: "ethernet", PacketNSH: "nsh", PacketMPLS: "mpls",
	PacketMPLSMulticast: "mpls_mc"}

func (e *Encap) text(p *printer) {
	name, ok := packetTypes[e.PacketType]
	if !ok {
		name = "UNKNOWN"
	}
	p.str("encap(" + name)
	if len(e.Properties) > 0 {
		p.str("(")
		for i := range e.Properties {
			e.Properties[i].text(p)
			p.str(",")
		}
		p.chomp()
		p.str(")")
	}
	p.str(")")
}

func (p *EncapProperty) text(w *printer) {
	d := p.Data
	switch {
	case p.Class == EncapNSH && p.Type == EncapNSHMDType && len(d) > 0:
		w.num("md_type=", uint64(d[0]))
	case p.Class == EncapNSH && p.Type == EncapNSHTLV && len(d) >= 4 && len(d) >= 4+int(d[3]):
		w.str("tlv(")
		w.wide(fieldtext.Number(d[:2]))
		w.num(",", uint64(d[2]))
		w.str(",")
		w.bytes(d[4 : 4+int(d[3])])
		w.str(")")
	default:
		w.hex("property", d)
	}
}

func (a *Decap) text(p *printer) {
	p.str("decap(")
	if a.PacketType != PacketUseNextProto {
		p.num("packet_type(ns=", uint64(a.PacketType>>16))
		p.str(",type=")
		p.cHex(uint64(a.PacketType & 0xffff))
		p.str(")")
	}
	p.str(")")
}
