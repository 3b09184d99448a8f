// Package nicira has the part of the Nicira extension that Open vSwitch adds to every version of OpenFlow: actions,
// appended to an action list in its wire form, and messages, which travel as experimenter messages.
//
//	Move, Load, Controller ─ append ─► of13.Actions           (nicira-ext.h and ofp-actions.c of Open vSwitch)
//	of13.Experimenter ─ DecodePacketIn ─► PacketIn             (NXT_PACKET_IN2)
//
// Field names inside actions are OXM headers where OXM has the field, as Open vSwitch writes them in a dump of version
// 1.3: a flow that is sent in this form is dumped as the same bytes.
package nicira
