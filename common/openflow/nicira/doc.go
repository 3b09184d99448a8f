// Package nicira has the part of the Nicira extension that Open vSwitch adds to every version of OpenFlow: actions,
// appended to an action list in its wire form, and messages, which travel as experimenter messages.
//
//	Move, Load, Controller ─ append ─► of13.Actions           (nicira-ext.h and ofp-actions.c of Open vSwitch)
//	of13.Experimenter ─ DecodePacketIn ─► PacketIn             (NXT_PACKET_IN2)
//
// Open vSwitch writes fields inside of move and load by their NXM header where there is one, also in a dump of version
// 1.3. Whoever wants a flow dumped as the bytes that were sent gives Move and Load NXM fields.
package nicira
