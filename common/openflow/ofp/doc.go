// Package ofp is the text form of flows that operators know: the syntax of ovs-ofctl (ovs-fields(7), ovs-actions(7)).
//
//	oxm.Match ─ FormatMatch ─► "arp,reg0=0x7,arp_tpa=10.0.0.9,arp_op=1"
//	"arp,reg0=7,arp_tpa=10.0.0.9" ─ ParseMatch ─► oxm.Match
//	"priority=5,tcp,actions=output:1" ─ ParseFlow ─► of13.FlowMod, of10.FlowMod or nicira.FlowMod
//	of13.Instructions ─ FormatInstructions ─► "set_field:0x7->reg0,goto_table:10"
//
// What it does not know it prints as hexadecimal bytes, never as nothing.
package ofp
