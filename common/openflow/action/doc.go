// Package action has the actions of OpenFlow 1.0, OpenFlow 1.3 and of the extensions of Nicira and ONF, and the
// instructions of OpenFlow 1.3, as Open vSwitch 3.1 knows them (ovs-actions(7); 5.2.4 of OpenFlow 1.0, 7.2.4 and 7.2.5
// of OpenFlow 1.3; nicira-ext.h).
//
//	bytes ─ Decode, DecodeInstructions ─► []Action ─ Append ─► the same bytes
//	bytes ─ Check, CheckInstructions ─► what Open vSwitch would refuse, and why
//	bytes ─ Format, FormatInstructions ─► "load:0x7->NXM_NX_REG0[0..3],resubmit(,5)"
//	"load:7->reg0[0..3],resubmit(,5)" ─ Parse, ParseInstructions ─► bytes
//
// Each action is a struct with a codec by wiregen. The three ways in which actions tell their kind are three bases:
// Header10 and Header13 by type, Extension by vendor and subtype. Names are those of OpenFlow 1.3; what OpenFlow 1.0
// has in another form ends in 10, what Nicira has besides a standard action begins with NX.
//
// Bytes that Open vSwitch does not look at are fields called Pad: decoding and encoding again loses nothing. Bytes that
// have to be zero are no fields, and are zero when they are encoded again, so Check finds those that were not.
//
// Actions that a switch holds are compared and sent as bytes, in large numbers; package openflow says why messages
// keep them so. What is here is for looking inside.
package action
