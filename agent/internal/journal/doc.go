// Package journal keeps the last good view of the store on the local disk, so that an agent that starts while the store
// is away, also after the host was started again, knows what was defined, answers DHCP and boots guests.
//
//	follower ─ batch ─► Change (grows until it is written) ─ Append ─► file: magic, header, record, record, ...
//	                                                                                    │
//	follower ◄─ State (documents, positions, epoch) ◄──────────── Load ◄────────────────┘
//
// The file is a log of what the store said, each record with its length and CRC-32C, behind a header that says of which
// deployment it is. What is written follows the change: a port that is defined in a network of 10,000 costs one record
// of some hundred bytes, where the usual whole file for each change (temporary file, fsync, rename) would be 5 MB.
// When records have grown to twice what they come to, the file is written anew: beside it, synced, and renamed.
//
// What a crash leaves of the last record is passed over, since the view without it is one that was in force a moment
// before. Anything else that cannot be read (damaged, of another deployment, of another version) is not guessed at: the
// file is put aside as NAME.bad, and the agent starts as if there had been none, which changes no flow.
package journal
