// Package ovsdb is a client of an OVSDB server (RFC 7047): it keeps a copy of the rows of some tables and tells of
// every change, and it runs transactions.
//
//	server ─ monitor, update ─► cache ─► OnUpdate(table, row id, before, after)
//	         (after a reconnect the whole is read again and compared, so only true differences are told)
//	Transact ─► server ─► one result per operation, or the error with the operation it is about
//
// Values stay in Go's terms: string, int64, float64, bool, UUID, and Set and Map of those.
package ovsdb
