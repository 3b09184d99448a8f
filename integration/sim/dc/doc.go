// Package dc is a data centre in one process: the real agents and the real coordinator code on one virtual clock, over
// models of everything they talk to, driven and disturbed as a seed says.
//
//	                    ┌── World: one clock, one goroutine, a turn for whoever the seed picks ──┐
//	workload ─ catalog ─► memstore ◄─ view (latency, faults) ─ agent ─ conn (latency, cuts) ─┬► vswitch (model)
//	                                                                                        └► database (model)
//	guests ◄─ frames ─ vswitch ═ underlay (delay, loss) ═ vswitch
//	                           ═ wire (VLANs, learning) ═ vswitch, and a station outside
//
// Nothing here runs on goroutines, and nothing asks the real clock or the real random source, so that a seed and a
// commit give the same run, step by step; its hash says so. An agent is killed by not giving its scheduler another
// turn: between any two of its steps.
//
// A run is steps (schedule.go) of operators (workload.go, deployment.go), guests (guests.go, guest.go) and faults
// (fault.go, switchfault.go, storefault.go). What is checked all the time is in check.go and fresh.go, what after each
// storm in settle.go and agree.go. fleet.go runs many seeds, shrink.go looks for the steps that a failure needs.
package dc
