// Package ovsdb is a client of an OVSDB server (RFC 7047 and the extensions of ovsdb-server(7)): it keeps a copy of the
// rows of some tables, tells of every change, runs transactions and holds locks, over a connection that it keeps up.
//
//	server ─ stream ─► splitter ─► message ─┬─ reply ──────────► who asked (Transact, Lock, Watch …)
//	                                        ├─ update, 2, 3 ───► scanner ─► changes ─► copy ─► OnUpdate … OnBatch
//	                                        ├─ locked, stolen ─► OnLock
//	                                        └─ echo ───────────► answered
//	Transact ─► server ─► one result per operation, or an *OpError with the operation it is about
//
// Everything behind the splitter runs on the scheduler, one message after the other, in the order of the stream. A
// message is read whole before any of it is applied.
//
// # What is promised
//
//   - The copy is what the server said at one point in time, and OnUpdate tells every difference between two such
//     points, once: before is what the last call for the row had as after.
//   - Whatever happens to the connection, no change is missed: after a reconnect the copy is brought up to date, and
//     what changed meanwhile is told. Until then the copy stays as it was; Synced says so.
//   - When Transact returns nil the copy has what it changed. Updates are never reordered, nor is the reply to a
//     request overtaken by what follows it.
//   - A refused operation is an *OpError with its index. A transaction that was sent and whose reply did not come wraps
//     ErrUnknown: look at the copy. One whose coroutine is cancelled is cancelled at the server too.
//   - A message that is malformed, contradicts the schema or changes a row that is not there ends the connection, and
//     the next one reads everything. A message of more than MessageMax bytes ends it with ErrTooLong.
//   - A server that is silent is asked for a sign of life, and given up after four times Probe.
//   - A panic in one of the functions of Options ends Run with an error that has its stack.
//   - Locks that are wanted are asked for again after a reconnect; between, OnLock says that they are lost.
//   - The cost of an update is that of its rows.
//
// # How the copy is kept
//
// The client asks by monitor_cond_since; a server that refuses is asked by monitor_cond, and then by monitor, which
// every server has but which knows no conditions. The last transaction that the copy has goes with monitor_cond_since.
// A server that remembers it sends only what came after. That is so for a clustered database, for about the last
// hundred transactions; ovsdb-server does not keep a history of the standalone database of a hypervisor. Otherwise
// everything is read and compared with the copy, so that only differences are told either way. Everything is also read
// after the schema changed, after a message could not be read, and when Watch could not finish.
//
// Watch changes conditions by monitor_cond_change, which sends the difference, and tables and columns by a new monitor
// that replaces the old one; updates of the old one that are on their way are known by its id.
//
// set_db_change_aware is not used: without it the server ends the connection when the schema changes, and a new
// connection is what we need then anyway.
//
// # Values
//
// Values have Go types: string, int64, float64, bool, UUID, and Set, Map and Pairs of those. The text of a value does
// not tell which: a set of one element is written like an atom, and 5 may be real. The schema, which is read at each
// connect, does; hence a column always has the same Go type, see Type. Reading is by a scanner of our own:
// encoding/json would read every byte once for each level that it is deep.
package ovsdb
