// Package of13 has the messages, instructions and actions of OpenFlow 1.3 (ONF TS-006), and the bundle messages that
// the ONF extension carries to it.
//
//	bytes ─ Decode ─► Message ─ type switch ─► *PacketIn, *FlowStatsReply …
//	Message ─ Append ─► bytes               Version, Type and Length are set from the Go type
//
// Structures are declared in the files named after their chapter and their codecs generated into zz_*.go by wiregen.
// Matches, actions and instructions stay bytes inside of messages (see package openflow for why); Decode checks that
// their lengths add up, so a decoded message can be walked without further care, and Actions.All, Instructions.All and
// oxm.Match.All look inside.
//
// The hot path has two ends. AppendFlow writes a flow-mod from a FlowKey and instruction bytes without decoding
// anything. FlowKey brings a desired flow and the same flow as the switch dumps it to the same bytes; instructions are
// compared as they are, so whoever wants flows writes them in the form in which Open vSwitch dumps them: apply before
// goto, set_field for whole fields, with OXM headers where there is one.
package of13
