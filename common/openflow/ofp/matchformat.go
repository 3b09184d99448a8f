package ofp

import (
	"strconv"

	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// printer writes what a flow matches, each field with a comma after it.
type printer struct {
	b    []byte
	flow oxm.Flow
	tags string // further VLAN tags, which only packets have
	lses string // further labels of MPLS
	nsh  string // all of NSH, for packets: matches need not have all of it
	// asOVS leaves out what ovs-ofctl does: fields that mean nothing without another.
	asOVS bool
}

// style is how matches print a field; there are more of them than forms, as masks differ.
type style uint8

const (
	hexNumber style = iota // 0x7, 0x7/0xff
	decimal                // 7, 0x7/0xff
	octet                  // 7, 0x07/0xff
	bare                   // 7 whatever the mask
	bareHex                // 0x7 whatever the mask
	path                   // 0x7, also 0x0
	long32                 // 0x7/0xff, also 0x0
	address                // of Ethernet or IP
	port
	long  // more than eight bytes of hexadecimal
	label // 0x00007/0x000ff
)

// line is a field that is printed where it stands in a list.
type line struct {
	name  string
	info  *oxm.Info
	style style
}

func line1(name string, f oxm.Field, s style) line { return line{name, f.Info(), s} }

func (p *printer) lines(lines []line) {
	for _, l := range lines {
		p.line(l)
	}
}

func (p *printer) line(l line) {
	if p.flow.Wild(l.info) || p.asOVS && p.meaningless(l.info.Field) {
		return
	}
	p.name(l.name)
	value, mask := p.flow.Bytes(l.info)
	switch l.style {
	case address:
		if len(value) == 6 {
			p.b = fieldtext.AppendMAC(p.b, value, mask)
		} else {
			p.b = fieldtext.AppendIP(p.b, value, mask)
		}
	case long:
		p.b = fieldtext.AppendHexBytes(p.b, value)
		if !fieldtext.AllBytes(mask, 0xff) {
			p.b = fieldtext.AppendHexBytes(append(p.b, '/'), mask)
		}
	default:
		v, m := p.flow.Uint(l.info)
		p.number(l.style, v, m, fullMask(l.info))
	}
	p.b = append(p.b, ',')
}

// meaningless says whether a field means nothing in this match: others say that it is not there. To Open vSwitch, zero
// in a few fields of tunnels is a wildcard.
func (p *printer) meaningless(f oxm.Field) bool {
	is := func(f oxm.Field, want uint64) bool {
		v, _ := p.flow.Uint(f.Info())
		return v == want
	}
	switch f {
	case oxm.ERSPANIdx:
		return !is(oxm.ERSPANVer, 1)
	case oxm.ERSPANDir, oxm.ERSPANHwID:
		return !is(oxm.ERSPANVer, 2) || is(f, 0)
	case oxm.ERSPANVer, oxm.GTPUFlags, oxm.GTPUMsgType:
		return is(f, 0)
	case oxm.NSHC1, oxm.NSHC2, oxm.NSHC3, oxm.NSHC4:
		return !is(oxm.NSHMDType, 1)
	case oxm.CTTpSrc, oxm.CTTpDst:
		return p.flow.Wild(oxm.CTNwProto.Info())
	}
	return false
}

// fullMask is the mask of a number of which all is matched.
func fullMask(i *oxm.Info) uint64 { return ^uint64(0) >> (64 - 8*i.Field.Len()) }

func (p *printer) name(n string) { p.b = append(append(p.b, n...), '=') }

// number writes a value under a mask, of which full is the one of all bits.
func (p *printer) number(s style, v, m, full uint64) {
	exact := m == full
	switch {
	case s == hexNumber || s == bareHex:
		p.b = fieldtext.AppendHex(p.b, v)
		if !exact && s == hexNumber {
			p.b = fieldtext.AppendHex(append(p.b, '/'), m)
		}
		return
	case s == bare || exact && (s == decimal || s == octet):
		p.b = strconv.AppendUint(p.b, v, 10)
		return
	case s == port:
		p.b = append(p.b, fieldtext.FormatPort(uint32(v))...)
		return
	}
	width := map[style]int{octet: 2, label: 5}[s]
	p.b = fieldtext.AppendHexWide(p.b, v, width)
	if !exact && s != path {
		p.b = fieldtext.AppendHexWide(append(p.b, '/'), m, width)
	}
}

var (
	dlType, nwProto    = oxm.EthType.Info(), oxm.IPProto.Info()
	ctState            = oxm.CTState.Info()
	packetType         = oxm.PacketType.Info()
	recircID           = oxm.RecircID.Info()
	vlanTCI            = oxm.NXVLANTCI.Info()
	tunFlagsInfo       = oxm.TunnelFlags.Info()
	ipFrag, tcpFlagsIn = oxm.IPFrag.Info(), oxm.TCPFlags.Info()
	ipDSCP             = oxm.NXIPTOS.Info()
)

var metaLines = []line{line1("pkt_mark", oxm.PktMark, hexNumber), line1("recirc_id", oxm.RecircID, hexNumber),
	line1("dp_hash", oxm.DPHash, hexNumber), line1("conj_id", oxm.ConjID, bare),
	line1("actset_output", oxm.ActsetOutput, port)}

var ctLines = []line{line1("ct_zone", oxm.CTZone, decimal), line1("ct_mark", oxm.CTMark, hexNumber),
	line1("ct_label", oxm.CTLabel, long), line1("ct_nw_src", oxm.CTNwSrc, address),
	line1("ct_ipv6_src", oxm.CTIPv6Src, address), line1("ct_nw_dst", oxm.CTNwDst, address),
	line1("ct_ipv6_dst", oxm.CTIPv6Dst, address), line1("ct_nw_proto", oxm.CTNwProto, bare),
	line1("ct_tp_src", oxm.CTTpSrc, decimal), line1("ct_tp_dst", oxm.CTTpDst, decimal)}

var regLines = func() []line {
	var out []line
	for n := range oxm.RegCount {
		out = append(out, line1("reg"+strconv.Itoa(n), oxm.Reg(n), hexNumber))
	}
	return out
}()

var tunLines = []line{line1("tun_id", oxm.TunnelID, hexNumber), line1("tun_src", oxm.TunnelSrc, address),
	line1("tun_dst", oxm.TunnelDst, address), line1("tun_ipv6_src", oxm.TunnelIPv6Src, address),
	line1("tun_ipv6_dst", oxm.TunnelIPv6Dst, address), line1("tun_gbp_id", oxm.TunnelGBPID, decimal),
	line1("tun_gbp_flags", oxm.TunnelGBPFlags, bareHex), line1("tun_erspan_ver", oxm.ERSPANVer, bare),
	line1("tun_erspan_idx", oxm.ERSPANIdx, bareHex), line1("tun_erspan_dir", oxm.ERSPANDir, bare),
	line1("tun_erspan_hwid", oxm.ERSPANHwID, bareHex), line1("gtpu_flags", oxm.GTPUFlags, bareHex),
	line1("gtpu_msgtype", oxm.GTPUMsgType, bare)}

var inLines = []line{line1("metadata", oxm.Metadata, hexNumber), line1("in_port", oxm.InPort, port)}

var macLines = []line{line1("dl_src", oxm.EthSrc, address), line1("dl_dst", oxm.EthDst, address)}

// match writes all of the flow.
func (p *printer) match() {
	p.lines(metaLines)
	if !p.flow.Wild(ctState) {
		v, m := p.flow.Uint(ctState)
		p.name("ct_state")
		p.b = append(fieldtext.AppendFlags(p.b, fieldtext.CTStates, v, m, fieldtext.CTStateMask), ',')
	}
	p.lines(ctLines)
	dl := p.packet()
	proto, hideProto := p.protocol(dl)
	p.lines(regLines)
	p.lines(tunLines)
	p.tunnel()
	p.lines(inLines)
	p.vlan()
	p.b = append(p.b, p.tags...)
	p.lines(macLines)
	if _, m := p.flow.Uint(dlType); m != 0 && proto == "" {
		p.name("dl_type")
		p.b = append(fieldtext.AppendHexWide(p.b, dl, 4), ',')
	}
	p.network(dl, hideProto)
	p.transport(dl)
}

// packet writes the type of the packet where it is not what everybody has; it returns the Ethernet type that counts.
func (p *printer) packet() uint64 {
	dl, _ := p.flow.Uint(dlType)
	v, m := p.flow.Uint(packetType)
	if m == 0 || v == 0 && p.flow.Wild(recircID) {
		return dl
	}
	p.b = append(fieldtext.AppendPacketType(p.b, v), ',')
	if v>>16 == 1 {
		return v & 0xffff
	}
	return dl
}
