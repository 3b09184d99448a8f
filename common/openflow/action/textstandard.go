package action

import (
	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

const (
	firstReserved = 0xffffff00
	portInPort10  = 0xfff8
	portNone10    = 0xffff
)

func (a *Output10) text(p *printer) { p.output(oxm.Port32(a.Port), a.MaxLen) }
func (a *Output) text(p *printer)   { p.output(a.Port, a.MaxLen) }

func (p *printer) output(port uint32, maxLen uint16) {
	if port < firstReserved {
		p.str("output:")
	}
	p.port(port)
	if port == portController {
		p.num(":", uint64(maxLen))
	}
}

func (a *SetVLANVID10) text(p *printer) { p.num("mod_vlan_vid:", uint64(a.VID)) }
func (a *SetVLANPCP10) text(p *printer) { p.num("mod_vlan_pcp:", uint64(a.PCP)) }
func (a *StripVLAN10) text(p *printer)  { p.str("strip_vlan") }
func (a *SetDLSrc10) text(p *printer)   { p.mac("mod_dl_src:", a.MAC) }
func (a *SetDLDst10) text(p *printer)   { p.mac("mod_dl_dst:", a.MAC) }
func (a *SetNwSrc10) text(p *printer)   { p.ipv4("mod_nw_src:", a.IP) }
func (a *SetNwDst10) text(p *printer)   { p.ipv4("mod_nw_dst:", a.IP) }
func (a *SetNwTOS10) text(p *printer)   { p.num("mod_nw_tos:", uint64(a.TOS)) }
func (a *SetTpSrc10) text(p *printer)   { p.num("mod_tp_src:", uint64(a.Port)) }
func (a *SetTpDst10) text(p *printer)   { p.num("mod_tp_dst:", uint64(a.Port)) }

func (a *Enqueue10) text(p *printer) {
	p.str("enqueue:")
	p.port10(a.Port)
	p.num(":", uint64(a.Queue))
}

func (p *printer) mac(name string, mac [6]byte) {
	p.str(name)
	p.b = fieldtext.AppendMAC(p.b, mac[:], nil)
}

func (p *printer) ipv4(name string, ip [4]byte) {
	p.str(name)
	p.b = fieldtext.AppendIP(p.b, ip[:], nil)
}

func (a *SetVLANVID) text(p *printer)   { p.num("set_vlan_vid:", uint64(a.VID)) }
func (a *SetVLANPCP) text(p *printer)   { p.num("set_vlan_pcp:", uint64(a.PCP)) }
func (a *SetDLSrc) text(p *printer)     { p.mac("mod_dl_src:", a.MAC) }
func (a *SetDLDst) text(p *printer)     { p.mac("mod_dl_dst:", a.MAC) }
func (a *SetNwSrc) text(p *printer)     { p.ipv4("mod_nw_src:", a.IP) }
func (a *SetNwDst) text(p *printer)     { p.ipv4("mod_nw_dst:", a.IP) }
func (a *SetNwTOS) text(p *printer)     { p.num("mod_nw_tos:", uint64(a.TOS)) }
func (a *SetNwECN) text(p *printer)     { p.num("mod_nw_ecn:", uint64(a.ECN)) }
func (a *SetTpSrc) text(p *printer)     { p.num("mod_tp_src:", uint64(a.Port)) }
func (a *SetTpDst) text(p *printer)     { p.num("mod_tp_dst:", uint64(a.Port)) }
func (a *SetMPLSLabel) text(p *printer) { p.arg("set_mpls_label(", uint64(a.Label)) }
func (a *SetMPLSTC) text(p *printer)    { p.arg("set_mpls_tc(", uint64(a.TC)) }

// arg writes a name and a number, and shuts the parenthesis.
func (p *printer) arg(name string, n uint64) {
	p.num(name, n)
	p.str(")")
}

func (a *Group) text(p *printer)    { p.num("group:", uint64(a.Group)) }
func (a *SetQueue) text(p *printer) { p.num("set_queue:", uint64(a.Queue)) }
func (a *SetField) text(p *printer) { p.setField(a.Entry) }
func (a *PopVLAN) text(p *printer)  { p.str("pop_vlan") }

func (a *PushVLAN) text(p *printer) {
	p.str("push_vlan:")
	p.cHex(uint64(a.EthType))
}

func (a *PushMPLS) text(p *printer)   { p.ethType("push_mpls:", a.EthType) }
func (a *PopMPLS) text(p *printer)    { p.ethType("pop_mpls:", a.EthType) }
func (a *SetMPLSTTL) text(p *printer) { p.arg("set_mpls_ttl(", uint64(a.TTL)) }
func (a *DecMPLSTTL) text(p *printer) { p.str("dec_mpls_ttl") }
func (a *SetNwTTL) text(p *printer)   { p.num("mod_nw_ttl:", uint64(a.TTL)) }
func (a *DecNwTTL) text(p *printer)   { p.str("dec_ttl") }

func (p *printer) ethType(name string, t uint16) {
	p.str(name)
	p.wide(uint64(t))
}

func (a *NXSetQueue) text(p *printer)     { p.num("set_queue:", uint64(a.Queue)) }
func (a *NXGroup) text(p *printer)        { p.num("group:", uint64(a.Group)) }
func (a *NXDecTTL) text(p *printer)       { p.str("dec_ttl") }
func (a *NXPushMPLS) text(p *printer)     { p.ethType("push_mpls:", a.EthType) }
func (a *NXPopMPLS) text(p *printer)      { p.ethType("pop_mpls:", a.EthType) }
func (a *NXSetMPLSTTL) text(p *printer)   { p.arg("set_mpls_ttl(", uint64(a.TTL)) }
func (a *NXDecMPLSTTL) text(p *printer)   { p.str("dec_mpls_ttl") }
func (a *NXSetMPLSLabel) text(p *printer) { p.arg("set_mpls_label(", uint64(a.Label)) }
func (a *NXSetMPLSTC) text(p *printer)    { p.arg("set_mpls_tc(", uint64(a.TC)) }

func (a *Unknown10) text(p *printer)        { p.hex("action_"+a.Type.String(), a.Data) }
func (a *Unknown13) text(p *printer)        { p.hex("action_"+a.Type.String(), a.Data) }
func (a *UnknownExtension) text(p *printer) { p.unknown(a.Vendor, "_"+a.Subtype.String(), a.Data) }
func (a *Experimenter) text(p *printer)     { p.unknown(a.Vendor, "", a.Data) }

func (p *printer) unknown(vendor uint32, subtype string, b []byte) {
	p.str("experimenter_")
	p.cHex(uint64(vendor))
	p.hex(subtype, b)
}
