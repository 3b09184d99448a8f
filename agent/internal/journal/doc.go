// Package journal keeps the last good view of the store on the local disk, so that an agent that starts while the store
// is away, also after the host was started again, knows what was defined, answers DHCP and boots guests.
//
//	follower ─ batch ─► Change (grows until written) ─ Append ─► file: magic, header, record, record, ... ─ Sync ─► disk
//	                                                                         │
//	follower ◄─ State (documents, positions, epoch) ◄─────────── Load ◄──────┘
//
// Flows are sent when what they come from has been appended, and do not wait until that is synced: an agent that was
// killed finds its flows in the switch again, and so everything that they came from must be there; when the machine
// loses its power, which may take what was not synced, the switch has lost its flows, too. Only a file that is begun is
// synced at once.
//
// The file is a log of what the store said, each record with its length and CRC-32C, behind a header that says of which
// deployment it is. What is written follows the change: a port that is defined in a network of 10,000 costs one record
// of some hundred bytes, where the usual whole file for each change (temporary file, fsync, rename) would be 5 MB.
// When records have grown to twice what they come to, the file is written anew by Sync: beside it, and renamed. So it
// is when it could not be synced, since the system may have lost any part of what it did not write; if it has, the
// journal is gone, and begun anew with everything.
//
// What is behind a record that is broken, and was not synced as far as later ones know, is passed over: a loss of power
// leaves that, and the view without it is one that was in force a moment before. Anything else that cannot be read
// (damaged, of another deployment, of another version) is not guessed at: the file is put aside as NAME.bad, and the
// agent starts as if there had been none, which changes no flow.
package journal
