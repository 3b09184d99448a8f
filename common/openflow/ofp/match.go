package ofp

import (
	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// field is the name and the form of a field as actions print it.
type field struct {
	name string
	form oxm.Form
}

func describe(f oxm.Field) field {
	if i := f.Info(); i != nil {
		return field{i.Name, i.Form}
	}
	return field{f.String(), oxm.FormHex}
}

// FormatMatch writes a match as ovs-ofctl writes it, in the same order whatever the order of the fields; "" matches
// everything. What Open vSwitch would refuse or not print comes last.
func FormatMatch(m oxm.Match) string { return string(AppendMatch(nil, m)) }

// AppendMatch appends a match to b as FormatMatch writes it.
func AppendMatch(b []byte, m oxm.Match) []byte {
	var p printer
	p.b = b
	odd, rest := load(&p.flow, m)
	p.match()
	for _, t := range odd {
		p.odd(t)
	}
	if len(rest) > 0 {
		p.b = append(appendBytes(append(p.b, "malformed("...), rest), "),"...)
	}
	if len(p.b) > len(b) {
		p.b = p.b[:len(p.b)-1] // the last comma
	}
	return p.b
}

func appendBytes(b, v []byte) []byte {
	for _, c := range v {
		b = fieldtext.AppendByte(b, c)
	}
	return b
}

// load takes a match apart, in an order in which the fields meet their prerequisites. It returns the fields that a
// switch would refuse and the bytes that are no fields.
func load(w *oxm.Flow, m oxm.Match) (odd []oxm.TLV, rest oxm.Match) {
	for rest = m; len(rest) > 0; {
		t, next, err := rest.Next()
		if err != nil {
			break
		}
		if w.Take(t) != nil {
			odd = append(odd, t)
		}
		rest = next
	}
	for before := len(odd) + 1; len(odd) > 0 && len(odd) < before; {
		before = len(odd)
		kept := odd[:0]
		for _, t := range odd {
			if w.Take(t) != nil {
				kept = append(kept, t)
			}
		}
		odd = kept
	}
	return odd, rest
}

// matchNames are the names of fields that matches have and actions have not.
var matchNames = map[string]string{
	"eth_src": "dl_src", "eth_dst": "dl_dst", "eth_type": "dl_type", "ip_src": "nw_src", "ip_dst": "nw_dst",
	"ip_frag": "nw_frag", "tcp_src": "tp_src", "tcp_dst": "tp_dst", "udp_src": "tp_src", "udp_dst": "tp_dst",
	"sctp_src": "tp_src", "sctp_dst": "tp_dst", "in_port_oxm": "in_port", "icmpv6_type": "icmp_type",
	"icmpv6_code": "icmp_code",
}

// odd writes a field on its own.
func (p *printer) odd(t oxm.TLV) {
	d := describe(t.Field)
	if n, ok := matchNames[d.name]; ok {
		d.name = n
	}
	p.b = append(append(p.b, d.name...), '=')
	if t.Mask != nil && !fieldtext.AllBytes(t.Mask, 0) && !fieldtext.AllBytes(t.Mask, 0xff) && d.form == oxm.FormDecimal {
		d.form = oxm.FormHex
	}
	p.b = append(fieldtext.AppendField(p.b, d.form, t.Value, t.Mask), ',')
}
