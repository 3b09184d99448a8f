// Package openflow has what all versions of OpenFlow share: the eight bytes every message starts with, read and
// patched in place, so that a connection can frame, match replies and renumber requests without decoding them.
//
//	bytes ─ Frame ─► one message ─ of13.Decode ─► of13.Message ─ type switch ─► user
//	                                   │                └─ of13.Experimenter ─ nicira.From ─► nicira messages
//	                                   └ match and actions stay bytes: oxm.Match, of13.Actions, of13.Instructions
//
// The packages under it: oxm (match fields of OXM and NXM), action (actions and instructions), of10 (OpenFlow 1.0),
// of13 (OpenFlow 1.3 and what the ONF adds), of14 (the bundles of OpenFlow 1.4), nicira (messages of the Nicira
// extension, the same for every version), ofperr (names of errors), and fieldtext and ofp (the text of ovs-ofctl).
//
// Matches, actions and instructions are kept as the bytes they have on the wire and are parsed where somebody looks
// inside. Three things follow: a dump of 100,000 flows costs no allocation per field, flows are compared by comparing
// bytes, and what we do not know survives unchanged. The alternative, trees of Go values, was measured in other
// controllers at microseconds and a dozen allocations a flow.
package openflow
