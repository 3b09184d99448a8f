// Package dhcp answers the DHCP of local guests (RFC 2131) from their definitions: a pure function from a frame and the
// definitions of the port it came in on to the frame to send back on that port.
//
//	frame, port ─ Answer ─► parse ─► check identity ─► decide (state of RFC 2131 section 4.3) ─► compose ─► Reply
//	                          └───────────┴───────────────┴─► reason why there is no answer
//
// A guest is who its port says: a port has one MAC and one address, so there is no pool, no lease database and no
// clock, and every agent gives the same answer. A lease time is still handed out, because it bounds how long a guest
// keeps what was changed in its definitions.
package dhcp
