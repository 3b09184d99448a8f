// Package memstore is the store in one process: for tests and for the simulator, where it stands in for Redis.
//
//	Commit ─► data (guarded by one mutex) ─► pending hints per watcher ─► Options.Deliver ─► hint
//
// It behaves as redisstore does, down to the trimmed change log, and the same suite (storetest) proves both. It can
// also misbehave as Redis does: Fault refuses calls, CutWatchers drops hints, Flush loses everything, Snapshot and
// Restore bring back an old state without telling anybody. Data is plain maps copied on Snapshot: simpler than
// persistent trees, and a simulated data centre takes few snapshots.
package memstore
