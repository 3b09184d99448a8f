// Package netio brings byte streams to the scheduler: one goroutine per connection reads and cuts the stream into
// messages, and everything that decides runs on the scheduler.
//
//	socket ─ read ─► Split ─ Post (one for all that arrived) ─► Handler.Message      goroutine │ scheduler
//	socket ◄─ write what the socket takes at once ◄─ queue ◄─── Conn.Send            scheduler
//	socket ◄─ write the rest ◄──────────────────────┘                                goroutine
//
// What is sent in one round of the scheduler is written by one call, and from the scheduler itself as long as the
// socket takes it without waiting: handing it to another goroutine costs two switches of threads, which was half of the
// time of a short answer. Only what the socket does not take goes to the connection's writer, as does everything on
// TLS.
//
// Back-pressure: a reader waits while inboundMax of its reads are not handled yet; a sender looks at Conn.Drain. A
// connection whose unsent bytes pass OutLimit is closed, because its peer has stopped reading. SendUrgent overtakes
// everything that waits, at the border of a message.
//
// Addresses are written as Open vSwitch writes them, see ParseAddress. TLS checks the peer's certificate unless it is
// told not to.
package netio
