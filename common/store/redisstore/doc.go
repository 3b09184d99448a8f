// Package redisstore keeps the store in Redis: single server, Sentinel or Cluster, over TCP, TLS or a unix socket. It
// is the only importer of go-redis.
//
//	Commit ─ one script ─► doc:SCOPE  hash     KIND/ID → "REV\nJSON"; bindings in bnd:SCOPE, for the sake of ACLs
//	                       log:SCOPE  stream   REV-0: prev, docs (names), at, author, note ── keyspace event ─┐
//	                       scopes     hash     SCOPE → REV                                                   │
//	                       idx:INDEX  hash     KEY → "TOKEN OWNER"                                           ▼
//	                       pool:INDEX:N bitmap taken numbers, 2^20 to a key                             Watcher ─► hint
//	                       at:INDEX/KEY string OWNER, of watched indexes ──────────── keyspace event ────────┘   │
//	                       meta (epoch, schema, rev, term), terms, seq, beats + beat:HOST, ids + idlog, probe:ID ▼
//	Poll ── one script ◄──────────────────────────────────────────────────────────────────────────────────── reader
//
// Every key starts with vlcp:{NAME}: and the braces keep a deployment in one slot of a Redis Cluster, so that a script
// may touch all of it and one subscription, to that slot's master, hears all of it.
//
// # Why it is so
//
// Every operation is one Lua script. It costs no more than the plain command, sees one moment, and can say "not
// initialised" or "another schema" in the same round trip. Commit checks everything before its first write, because
// Redis never rolls a script back.
//
// The log names the documents that changed and does not carry them: Poll adds what they are now, read in the same
// script. That is the net change without folding, a document changed ten times travels once, and a log of big commits
// stays small. Rejected: documents in the stream, which keeps every value up to a thousand times.
//
// An entry of the log has the scope's revision before it. Where the chain from the reader's revision is broken
// (trimmed, or a log from another life) the reader gets the whole scope.
//
// An index entry remembers its number and whether it is watched, so that a release needs to know neither. The string
// key at:INDEX/KEY is only the bell that keyspace notifications ring. A pool is cut into chunks of 128 KiB that go when
// they are empty: one number near 2^32 must not cost the server 512 MB.
//
// Poll reads the run id inside its script with INFO (about 6 µs), not once per connection: behind a proxy or a
// Sentinel failover the connection does not say which process answered, the script does.
//
// A revision alone does not name a commit: after a failover that lost some, the new master makes others of the same
// revisions. So each commit belongs to a term, which begins when the server that commits is not the one that made the
// commit before (by run id and replication id: another process, or a promoted one). The list of terms tells a reader
// who knows "105 of term A" whether that is in this history, in the same script that it polls with. Rejected: comparing
// the run ids of two polls, which takes every restart for a loss, and a loss before the reader's own start for none.
//
// A commit is sent again when its outcome is unknown: Txn.ID, made up when empty, lets the server return the first
// result. Nothing here has a time to live: Redis may expire keys half a minute late, and what expired cannot be told
// from what was removed.
//
// A restore or repair writes everything anew below load:TOKEN: in pieces, while a field of meta keeps commits out, and
// one script renames it all into place. Redis does not roll a script back, so that script first tries each command that
// it needs on a key of its own: an ACL that lacks one stops it before anything is in danger.
//
// # Watching
//
// Each watcher has a subscription of its own with its own receive loop: go-redis's channel API swallows reconnects, and
// its health check does not notice a connection that lost its other end. We ping with a deadline, and touch a key of
// ours every few seconds to hear of it: a demoted master answers pings and says nothing. Every acknowledgement of a
// subscription is passed on as a Gap, after it. Where CONFIG is refused and notifications do not come, the watcher
// says Gap every second, which makes its reader poll.
package redisstore
