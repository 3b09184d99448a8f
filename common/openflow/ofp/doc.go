// Package ofp is the text form of flows and messages that operators know: the syntax of ovs-ofctl (ovs-fields(7),
// ovs-actions(7)).
//
//	oxm.Match ─ FormatMatch ─► "arp,reg0=0x7,arp_tpa=10.0.0.9,arp_op=1"
//	"arp,reg0=7,arp_tpa=10.0.0.9" ─ ParseMatch ─► oxm.Match
//	"priority=5,tcp,actions=output:1" ─ ParseFlow ─► of13.FlowMod, of10.FlowMod or nicira.FlowMod
//	of13.Instructions ─ FormatInstructions ─► "set_field:0x7->reg0,goto_table:10"
//	whole message ─ FormatMessage ─► "OFPT_FLOW_MOD (OF1.3) (xid=0x2): ADD table:1 actions=output:3"
//	whole message ─ EncodeJSON ─► JSON ─ DecodeJSON ─► the same bytes
//
// Messages are read strictly, unlike on a connection: FormatMessage and Check refuse what ovs-ofctl refuses, with the
// code that Open vSwitch answers (Refused). What kind a message is stands in one table (kinds); its body is written by
// a function of its family, from the structures of packages of10, of13, of14 and nicira.
//
// Of single matches and actions, what it does not know it prints as hexadecimal bytes, never as nothing.
package ofp
