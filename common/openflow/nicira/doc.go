// Package nicira has the Nicira extension that Open vSwitch adds to every version of OpenFlow: actions, appended to an
// action list in its wire form, messages and statistics (nicira-ext.h and ofp-msgs.h of Open vSwitch 3.1).
//
//	Move, Load, Controller ─ append ─► of13.Actions
//	bytes ─ Is ─ Decode ─► Message ─ type switch ─► *FlowMonitorReply, *TLVTableReply …      Message ─ Append ─► bytes
//	bytes ─ PacketIn.Decode ─► PacketIn ─ Resume ─► *Resume                    (NXT_PACKET_IN2, without allocating)
//	of13.Experimenter, of10.Vendor, statistics ─ From ─► Message ─ For13, For10 ─► of13.Experimenter, of10.Vendor
//
// A message has a header of its own, so that one structure does for OpenFlow 1.0 and 1.3; the packages of the versions
// know it as bytes only, their Experimenter or Vendor, and what nobody knows survives in them, and here in Unknown. The
// alternative, a structure in each version for each message, doubles thirty declarations and makes every controller of
// both versions switch twice. Messages of the ONF that exist in OpenFlow 1.3 only are in of13.
//
// Matches, actions and the insides of properties stay bytes. PacketIn, ParseContinuation, CTFlush.Match and
// FlowUpdate.Split look inside. Package ofp checks them as a switch does.
//
// Open vSwitch writes fields inside of move and load by their NXM header where there is one, also in a dump of version
// 1.3. Whoever wants a flow dumped as the bytes that were sent gives Move and Load NXM fields.
package nicira
