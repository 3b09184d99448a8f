// Package event is typed publish and subscribe for coroutines. A topic is one Go type of events with an index, a key
// of a few comparable fields. A matcher gives a value or a wildcard for each field, and perhaps a predicate. Listeners
// are coroutines that wait for one, any or all of some matchers, callbacks, and bounded streams.
//
//	goroutines ── Topic.Post ─► scheduler's inbox ─┐
//	steps ── Topic.Publish ────────────────────────┴─► Bus: pending events of all its topics, in one order
//	                                                        │ dispatch step: take one event
//	                                                        ▼
//	                  for each mask in use: key without the open fields ─► map ─► listeners with that key
//	                                                        │ predicates, then all listeners in one order
//	                                                        ▼
//	           run each: waiting coroutine until its next wait │ callback │ stream ─► take the next event
//
// Dispatch costs one map look-up for each set of open fields that somebody uses, however many coroutines wait; only the
// predicates of equal keys are evaluated one by one.
//
// The contract:
//
//  1. Events are taken in the order in which they were published, over all topics of a bus.
//  2. Publish runs no listener: it returns first, and dispatch is a step of its own.
//  3. An event goes to those who listen when it is taken, not when it is published: who publishes a request and then
//     waits misses no answer. If nobody listens, the event is dropped.
//  4. One event is taken, each listener runs until its next wait, then the next event is taken: a coroutine that waits
//     again at once misses nothing.
//  5. An event reaches every matching listener, in the order in which they began to wait or subscribed.
//  6. A coroutine wakes at most once for an event, and a wait begun while an event is delivered does not get that
//     event.
//  7. WaitAny returns the first of its cases that the event matches; for WaitAll an event counts for every case that
//     it matches, each case keeps its first one, and the coroutine wakes once.
//  8. Events published while a dispatch step runs are taken in a later step, so that timers and input get their turn.
//  9. A wait that ends, with an event, a timeout, a cancellation or a panic, leaves nothing registered; a closed
//     subscription gets nothing more, not even the event being delivered.
//  10. An event that is taken in the step in which a wait times out counts as an event, not as a timeout; a cancelled
//     coroutine gets coroutine.ErrCancelled, not the event.
//  11. A panic in a predicate, a callback or a coroutine does not keep the event from the other listeners.
//  12. A stream keeps at most its limit; what happens then is its policy, and what it lost is counted.
//  13. An event of a topic that extends another reaches those who listen to that one too, in one order with the rest;
//     an event of the other does not come down.
//  14. An event of a Backlog is delivered once, when a handler listens for it; who looks on sees it then, and once.
//  15. Without a handler it stays, and blocks the events of its key behind it, and no other key. A handler that comes
//     unblocks what it matches. Events of a key are delivered in the order in which they were sent.
//  16. A larger priority goes first; keys of the same priority take turns, one event at a time.
//  17. Who sends to a full backlog waits, in order for its key; a cancelled sender has sent nothing, unless its event
//     was taken in that very step. Room that is reserved is for keys that have no event.
//  18. What a handler was given is its own, also when it is cancelled in that step: its wait returns the event, the
//     next one coroutine.ErrCancelled. A handler that ends leaves its key to the next.
//  19. What is given up, because it is stale, ignored or nobody came in time, is counted and told.
//
// Tests name the sentences that they hold the package to.
//
// Backlog is the answer to "events that must not be lost". The original marks each event as handled by hand, and a
// handler that forgets blocks the queue for ever; here being a handler is a property of the matcher, so a delivered
// event is a handled one.
//
// A bus and everything on it is used on its scheduler's goroutine only, except Topic.Post. The queue of pending events
// has no limit of its own: a dispatch step takes all that was pending when it began.
package event
