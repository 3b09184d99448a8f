package action

import "github.com/vlcp-go/vlcp/common/openflow/oxm"

// verbs are the actions by name.
var verbs map[string]verb

func init() {
	verbs = map[string]verb{
		"meter":          {stageMeter, parseMeter},
		"clear_actions":  {stageClear, parseClearActions},
		"write_actions":  {stageWrite, parseWriteActions},
		"write_metadata": {stageMetadata, parseWriteMetadata},
		"goto_table":     {stageGoto, parseGoto},
	}
	for name, parse := range applied {
		verbs[name] = verb{stageApply, parse}
	}
	for name, a := range bare {
		verbs[name] = verb{stageApply, func(l *list, _ arg) error { return l.add(a()) }}
	}
}

// bare are the actions that have no arguments and need nothing. Open vSwitch ignores arguments where there are none.
var bare = map[string]func() Action{
	"exit":         func() Action { return &Exit{} },
	"ct_clear":     func() Action { return &CTClear{} },
	"pop_queue":    func() Action { return &PopQueue{} },
	"debug_slow":   func() Action { return &DebugSlow{} },
	"debug_recirc": func() Action { return &DebugRecirc{} },
}

// applied are the actions of apply_actions that have arguments or need something of the match.
var applied = map[string]func(*list, arg) error{
	"output":           parseOutput,
	"output_reg":       parseOutput,
	"group":            parseGroup,
	"controller":       parseController,
	"enqueue":          parseEnqueue,
	"bundle":           parseBundle,
	"bundle_load":      parseBundleLoad,
	"multipath":        parseMultipath,
	"set_field":        parseSetField,
	"load":             parseLoad,
	"move":             parseMove,
	"push":             parsePush,
	"pop":              parsePop,
	"delete_field":     parseDeleteField,
	"check_pkt_larger": parseCheckPktLarger,
	"set_vlan_vid":     parseVLANVID(false),
	"mod_vlan_vid":     parseVLANVID(true),
	"set_vlan_pcp":     parseVLANPCP(false),
	"mod_vlan_pcp":     parseVLANPCP(true),
	"strip_vlan":       parseStripVLAN,
	"pop_vlan":         parseStripVLAN,
	"push_vlan":        parsePushVLAN,
	"mod_dl_src":       parseMAC(oxm.EthSrc),
	"mod_dl_dst":       parseMAC(oxm.EthDst),
	"mod_nw_src":       parseIP(oxm.IPv4Src),
	"mod_nw_dst":       parseIP(oxm.IPv4Dst),
	"mod_nw_tos":       parseNwTOS,
	"mod_nw_ecn":       parseNwECN,
	"mod_nw_ttl":       parseNwTTL,
	"set_nw_ttl":       parseNwTTL,
	"mod_tp_src":       parseTpPort(oxm.TCPSrc, oxm.UDPSrc, oxm.SCTPSrc),
	"mod_tp_dst":       parseTpPort(oxm.TCPDst, oxm.UDPDst, oxm.SCTPDst),
	"dec_ttl":          parseDecTTL,
	"set_mpls_label":   parseMPLS(oxm.MPLSLabel, func(v uint64) Action { return &NXSetMPLSLabel{Label: uint32(v)} }),
	"set_mpls_tc":      parseMPLS(oxm.MPLSTC, func(v uint64) Action { return &NXSetMPLSTC{TC: uint8(v)} }),
	"set_mpls_ttl":     parseMPLS(oxm.MPLSTTL, func(v uint64) Action { return &NXSetMPLSTTL{TTL: uint8(v)} }),
	"dec_mpls_ttl":     parseDecMPLSTTL,
	"push_mpls":        parsePushMPLS,
	"pop_mpls":         parsePopMPLS,
	"encap":            parseEncap,
	"decap":            parseDecap,
	"dec_nsh_ttl":      parseDecNSHTTL,
	"set_tunnel":       parseTunnel(false),
	"set_tunnel64":     parseTunnel(true),
	"set_queue":        parseSetQueue,
	"fin_timeout":      parseFinTimeout,
	"resubmit":         parseResubmit,
	"learn":            parseLearn,
	"conjunction":      parseConjunction,
	"note":             parseNote,
	"sample":           parseSample,
	"ct":               parseCT,
	"nat":              parseNAT,
	"clone":            parseClone,
}
