// Package store is the contract between the programs and whatever keeps the definitions: documents in scopes, one
// global revision, atomic commits with preconditions, a change log per scope, and hints that wake readers.
//
//	writer ── Commit(Txn) ─► documents + indexes + one log entry per scope ── hint ─► Watcher ─► Poll(cursor)
//
// A hint is never trusted to carry data and may be lost, late or doubled: truth is what Poll returns. Every method is
// blocking and safe for concurrent use; on the scheduler they are called through coroutine.Call.
//
// Implementations: store/memstore (tests, simulator) and store/redisstore (the only importer of go-redis). Both pass
// store/storetest.
package store
