// Package agent is one hypervisor's controller: it follows the store, watches the local Open vSwitch, and keeps the
// flows of the bridge equal to a function of both. Everything that decides runs on one coroutine scheduler; what waits
// on the world (sockets, Redis, commands) sits behind Env, so that a simulator can be the world.
//
//	          hints, batches                 rows
//	store ──────────────► follower    vports ◄──── OVSDB
//	  ▲                      │           │
//	  │                      ▼           ▼
//	  │                     view (tables, indexes, places)
//	  │                      │ Flush
//	  │                      ▼
//	  │                    rules (l2, arp, dhcp) ─► reconcile.Set
//	  │ bindings, beat                                │ Plan / Done
//	  └──────── binder ◄──── barrier ◄──── engine ────┴───► OpenFlow ─► packet-in ─► dhcp ─► packet-out
//
// The coroutines and what wakes them:
//
//	follower  a hint, a changed set of local ports, or the heartbeat interval: polls, applies, wakes the engine
//	engine    any change of an input, or a new OpenFlow session: flushes rules, sends the difference, barrier
//	binder    the engine's acknowledgement: announces ports whose flows are in the switch, withdraws those that left
//	announcer a port was bound to here, or an uplink is new or has its link back: tells physical switches of guests
//	beater    the applied revision moved, or the interval passed: writes the heartbeat
//	demand    from time to time: asks the switch who is still spoken to, of ports whose flows are on demand
//	audit     every few seconds: a slice of the switch's flows is compared with what is known of them
//	journal   the follower took something in, or a binding of ours was: writes it down, before flows of it are sent, and
//	          before the interface has the claim
//	journal-sync  something was written, and two seconds passed: the disk has it
//	setup     start, or the OVSDB connection came back: bridge and tunnel port exist, fail mode is secure
//
// A build that has another layout of tables than its predecessor changes all flows in one bundle; everything else goes
// in an order in which no packet falls into a gap, flow by flow or, where there are many, in bundles of a thousand,
// and of five thousand to a switch that has none yet. The switch reads one of them while it is heard how the one before
// has ended.
//
// Which modules there are is the build's to say, and no configuration's: what a tenant gets must not depend on the host
// that its guest is on, and a host without a module would be a hole (security) or a riddle (arp). What can be switched
// off is switched off in the definitions, where it holds on all hosts and everybody sees it: DHCP of a subnet
// (--dhcp=false) and security of a port (--port-security=false). A build with other modules than its predecessor's
// sends the flows of the modules that differ, and leaves all others as they are, with their counters.
//
// Nothing is sent to the switch before the agent has seen all of OVSDB and every scope it needs: read from the store,
// or, when the store does not answer, as its journal has them. Without either it leaves the flows of its predecessor as
// they are. What operators can count on is in README.md.
package agent
