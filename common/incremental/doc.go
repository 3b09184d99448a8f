// Package incremental keeps the outputs of rules equal to a function of their inputs, at a cost proportional to what
// changed. Inputs are tables; an index groups the rows of a table; a rule is a plain function from one row, or one
// group, to outputs, which may read anything else through its Ctx. What it read is remembered (the absence of a row
// too), so that a change runs exactly the rules that could see it, and their outputs are compared with what they gave
// before.
//
//	Table.Set ─► row changed ──┬─► readers of the row ─┐
//	                           └─► Index: a member came or went ─► readers of the group ─┤
//	                                                                         dirty nodes ─── Flush ─► rule
//	                                                                                                   │ outputs
//	                                                                    sink ◄─ changed, removed ◄─ diff
//
// Rules keep no state of their own and see no history, so any order, repetition or bundling of changes gives the same
// outputs; the tests hold every random history against a computation from scratch. The rejected alternative,
// change-by-change handlers, is what the original has: each handler is right by itself and their interplay is not.
//
// What is kept for a row is small, since there are as many as ports: the rules that gave something for it stand in the
// row, and what they read is kept once for all that read the same, see reads.go.
//
// Everything here is for one goroutine.
package incremental
