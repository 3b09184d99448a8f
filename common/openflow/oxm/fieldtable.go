package oxm

import (
	"strconv"
	"strings"
)

// Maskability of a row.
const (
	exact  = false
	masked = true
)

// row describes a field: its names (the first is the one that is printed), its headers, the one that OpenFlow 1.3 uses
// last, and the rest of Info.
type row struct {
	names   string
	headers string
	fields  []Field
	form    Form
	need    Prereq
	bits    int
	mask    bool
	part    part
}

func plain(at, n int) part { return part{at: uint16(at), n: uint8(n)} }

func bitsAt(at, n, shift int, keep uint64) part {
	return part{at: uint16(at), n: uint8(n), shift: uint8(shift), keep: keep}
}

func register(r row) {
	names := strings.Fields(r.names)
	last := r.fields[len(r.fields)-1]
	i := &Info{Field: last, Name: names[0], Aliases: names[1:], Bits: r.bits, Maskable: r.mask, Form: r.form,
		Prereq: r.need, part: r.part, Headers: strings.Fields(r.headers), Fields: r.fields, Foreign: r.part == part{},
		ReadOnly: readOnly[last]}
	i.Variable = last.Class() == ClassNXM1 && last.Number() >= tunMetadataBase &&
		last.Number() < tunMetadataBase+TunMetadataCount
	i.Foreign = i.Foreign && !i.Variable && last != PacketType
	infos = append(infos, i)
	for _, n := range names {
		if infoByName[n] == nil { // in_port has two headers of different length; the one of OXM comes first
			infoByName[n] = i
		}
	}
	for n, f := range r.fields {
		infoByField[f] = i
		infoByHeader[i.Headers[n]] = i
	}
}

func init() {
	for _, rows := range [][]row{metaRows, tunnelRows, ctRows, linkRows, networkRows, transportRows, nshRows,
		foreignRows} {
		for _, r := range rows {
			register(r)
		}
	}
	for n := range RegCount {
		register(row{numbered("reg", n), numbered("NXM_NX_REG", n), []Field{Reg(n)}, FormHex, NeedNothing, 32, masked,
			plain(atRegs+4*n, 4)})
	}
	for n := range XRegCount {
		register(row{numbered("xreg", n), numbered("OXM_OF_PKT_REG", n), []Field{XReg(n)}, FormHex, NeedNothing, 64,
			masked, plain(atRegs+8*n, 8)})
	}
	for n := range XXRegCount {
		register(row{numbered("xxreg", n), numbered("NXM_NX_XXREG", n), []Field{XXReg(n)}, FormHex, NeedNothing, 128,
			masked, plain(atRegs+16*n, 16)})
	}
	for n := range TunMetadataCount {
		register(row{numbered("tun_metadata", n), numbered("NXM_NX_TUN_METADATA", n),
			[]Field{TunMetadata(n, TunMetadataLenMax)}, FormHex, NeedNothing, 8 * TunMetadataLenMax, masked, part{}})
	}
	initOrder()
}

func numbered(s string, n int) string { return s + strconv.Itoa(n) }

// metaRows are the fields that come with a packet.
var metaRows = []row{
	{"packet_type", "OXM_OF_PACKET_TYPE", []Field{PacketType}, FormPacketType, NeedNothing, 32, exact,
		plain(atPacketType, 4)},
	{"dp_hash", "NXOXM_ET_DP_HASH NXM_NX_DP_HASH", []Field{ETDPHash, DPHash}, FormHex, NeedNothing, 32, masked,
		plain(atDPHash, 4)},
	{"recirc_id", "NXM_NX_RECIRC_ID", []Field{RecircID}, FormDecimal, NeedNothing, 32, exact, plain(atRecircID, 4)},
	{"conj_id", "NXM_NX_CONJ_ID", []Field{ConjID}, FormDecimal, NeedNothing, 32, exact, plain(atConjID, 4)},
	{"in_port_oxm", "OXM_OF_IN_PORT", []Field{InPort}, FormPort, NeedNothing, 32, exact, plain(atInPort, 4)},
	{"in_port", "NXM_OF_IN_PORT", []Field{NXInPort}, FormPort16, NeedNothing, 16, exact,
		part{at: atInPort, n: 4, port16: true, keep: 0xffffffff}},
	{"actset_output", "OXM_OF_ACTSET_OUTPUT ONFOXM_ET_ACTSET_OUTPUT", []Field{ActsetOutput15, ActsetOutput}, FormPort,
		NeedNothing, 32, exact, plain(atActset, 4)},
	{"pkt_mark", "NXM_NX_PKT_MARK", []Field{PktMark}, FormHex, NeedNothing, 32, masked, plain(atPktMark, 4)},
	{"metadata", "OXM_OF_METADATA", []Field{Metadata}, FormHex, NeedNothing, 64, masked, plain(atMetadata, 8)},
}

var tunnelRows = []row{
	{"tun_id tunnel_id", "NXM_NX_TUN_ID OXM_OF_TUNNEL_ID", []Field{NXTunnelID, TunnelID}, FormHex, NeedNothing, 64, masked,
		plain(atTunID, 8)},
	{"tun_src", "NXM_NX_TUN_IPV4_SRC", []Field{TunnelSrc}, FormIPv4, NeedNothing, 32, masked, plain(atTunSrc, 4)},
	{"tun_dst", "NXM_NX_TUN_IPV4_DST", []Field{TunnelDst}, FormIPv4, NeedNothing, 32, masked, plain(atTunDst, 4)},
	{"tun_ipv6_src", "NXM_NX_TUN_IPV6_SRC", []Field{TunnelIPv6Src}, FormIPv6, NeedNothing, 128, masked,
		plain(atTunIPv6Src, 16)},
	{"tun_ipv6_dst", "NXM_NX_TUN_IPV6_DST", []Field{TunnelIPv6Dst}, FormIPv6, NeedNothing, 128, masked,
		plain(atTunIPv6Dst, 16)},
	{"tun_flags", "NXM_NX_TUN_FLAGS", []Field{TunnelFlags}, FormTunFlags, NeedNothing, 1, masked,
		bitsAt(atTunFlags, 2, 0, 1)},
	{"tun_gbp_id", "NXM_NX_TUN_GBP_ID", []Field{TunnelGBPID}, FormDecimal, NeedNothing, 16, masked, plain(atGBPID, 2)},
	{"tun_gbp_flags", "NXM_NX_TUN_GBP_FLAGS", []Field{TunnelGBPFlags}, FormHex, NeedNothing, 8, masked,
		plain(atGBPFlags, 1)},
	{"tun_erspan_idx", "NXOXM_ET_ERSPAN_IDX", []Field{ERSPANIdx}, FormHex, NeedNothing, 20, masked, plain(atERSPANIdx, 4)},
	{"tun_erspan_ver", "NXOXM_ET_ERSPAN_VER", []Field{ERSPANVer}, FormDecimal, NeedNothing, 4, masked,
		plain(atERSPANVer, 1)},
	{"tun_erspan_dir", "NXOXM_ET_ERSPAN_DIR", []Field{ERSPANDir}, FormDecimal, NeedNothing, 1, masked,
		plain(atERSPANDir, 1)},
	{"tun_erspan_hwid", "NXOXM_ET_ERSPAN_HWID", []Field{ERSPANHwID}, FormHex, NeedNothing, 6, masked,
		plain(atERSPANHwID, 1)},
	{"tun_gtpu_flags", "NXOXM_ET_GTPU_FLAGS", []Field{GTPUFlags}, FormHex, NeedNothing, 8, masked, plain(atGTPUFlags, 1)},
	{"tun_gtpu_msgtype", "NXOXM_ET_GTPU_MSGTYPE", []Field{GTPUMsgType}, FormDecimal, NeedNothing, 8, masked,
		plain(atGTPUMsgType, 1)},
}

var ctRows = []row{
	{"ct_state", "NXM_NX_CT_STATE", []Field{CTState}, FormCTState, NeedNothing, 32, masked, bitsAt(atCTState, 4, 0, 0xff)},
	{"ct_zone", "NXM_NX_CT_ZONE", []Field{CTZone}, FormHex, NeedNothing, 16, exact, plain(atCTZone, 2)},
	{"ct_mark", "NXM_NX_CT_MARK", []Field{CTMark}, FormHex, NeedNothing, 32, masked, plain(atCTMark, 4)},
	{"ct_label", "NXM_NX_CT_LABEL", []Field{CTLabel}, FormHex, NeedNothing, 128, masked, plain(atCTLabel, 16)},
	{"ct_nw_proto", "NXM_NX_CT_NW_PROTO", []Field{CTNwProto}, FormDecimal, NeedCT, 8, exact, plain(atCTNwProto, 1)},
	{"ct_nw_src", "NXM_NX_CT_NW_SRC", []Field{CTNwSrc}, FormIPv4, NeedCT, 32, masked, plain(atCTNwSrc, 4)},
	{"ct_nw_dst", "NXM_NX_CT_NW_DST", []Field{CTNwDst}, FormIPv4, NeedCT, 32, masked, plain(atCTNwDst, 4)},
	{"ct_ipv6_src", "NXM_NX_CT_IPV6_SRC", []Field{CTIPv6Src}, FormIPv6, NeedCT, 128, masked, plain(atCTIPv6Src, 16)},
	{"ct_ipv6_dst", "NXM_NX_CT_IPV6_DST", []Field{CTIPv6Dst}, FormIPv6, NeedCT, 128, masked, plain(atCTIPv6Dst, 16)},
	{"ct_tp_src", "NXM_NX_CT_TP_SRC", []Field{CTTpSrc}, FormDecimal, NeedCT, 16, masked, plain(atCTTpSrc, 2)},
	{"ct_tp_dst", "NXM_NX_CT_TP_DST", []Field{CTTpDst}, FormDecimal, NeedCT, 16, masked, plain(atCTTpDst, 2)},
}
