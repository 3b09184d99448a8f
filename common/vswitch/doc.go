// Package vswitch is a model of Open vSwitch in memory: an OpenFlow 1.3 switch with the extensions that controllers
// here use, which executes its flows on frames. It needs no process, no time and no privileges, so that a test can ask
// where a frame comes out, and a simulator can have a thousand of them.
//
//	bytes ─ Control.Handle ─► flow tables, groups, meters ─► replies
//	frame ─ Switch.Receive ─► parse ─► table 0 ─ lookup ─► actions ─┬─► Out (port, frame, tunnel)
//	                                      ▲      resubmit, goto      └─► packet-in to the controllers
//	                                      └───────────────┘
//
// Connections are tracked as the userspace datapath does (ct.go): IPv4 with TCP, UDP and ICMP, without looking at
// sequence numbers and checksums, without fragments, helpers and errors that are related to a connection.
//
// It is a model and not a switch where it is simpler: there is no cache and nothing is fast, but what comes out is what
// Open vSwitch sends (oracle_test.go). What it does not know it refuses as a switch would that lacks it, instead of
// passing over it: an action that is silently nothing would make tests lie. Its user is one goroutine.
package vswitch
