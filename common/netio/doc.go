// Package netio brings byte streams to the scheduler: one goroutine per connection reads and cuts the stream into
// messages, another writes, and everything that decides runs on the scheduler.
//
//	socket ─ read ─► Split ─ Post (one for all that arrived) ─► Handler.Message      goroutine │ scheduler
//	socket ◄─ write ─ queue ◄────────────────────────────────── Conn.Send            goroutine │ scheduler
//
// Back-pressure: a reader waits while the scheduler's inbox is full; a sender looks at Conn.Drain. A connection whose
// unsent bytes pass OutLimit is closed, because its peer has stopped reading.
package netio
