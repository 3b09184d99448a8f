// Package reconcile holds the flows that should be in the switch and the flows that are, and says what to send. It does
// no I/O: it makes plans, and is told how they ended.
//
//	rules ─ Put/Remove ─► desired ┐
//	                              ├─ dirty keys ─ Plan ─► ops ─► switch ─ Done/Failed ─┐
//	flow dump ─ Found ─────► have ┘                                                    │
//	                              ▲────────────────────────────────────────────────────┘
//
// Adopt, never flush: a whole dump is taken in, at once (SetInstalled) or as it comes (BeginInstalled, Found,
// EndInstalled), and what is already right is never sent again, so counters and ages survive any restart of the
// program. Cost follows the change: a plan looks at dirty keys only.
//
// Order: additions from the last table to the first and then deletions from the first table to the last, so that no
// packet is sent on to flows that are not there yet; within a table the higher priority is added first and deleted
// last, so that no packet meets a rule without its exceptions. (Bundles would make each change atomic, but cost the
// switch a copy of its tables each time, which is a poor trade for the two or three flows of a usual change.)
//
// Two owners may want the same flow, for a moment, while an address moves from one port to another. The one with the
// lower name is installed and the other kept behind it, so the outcome does not depend on the order of events.
package reconcile
