// Package coordinator is the program that operators define networks with. It runs as a command, not as a service: each
// call reads the store, decides, and commits one atomic change that the agents follow.
//
//	operator ──▶ internal/cli ──▶ catalog ──one store.Txn──▶ store ──▶ agents
//	             (flags, output)  (decides)
package coordinator
