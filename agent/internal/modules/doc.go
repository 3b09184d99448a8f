// Package modules holds the tests that look at several modules at once. Each module, a package below, says in rules
// from objects to flows how one thing is done: l2 (to whom a frame goes), arp, dhcpflows (what is answered).
//
//	view (tables) ─► rules of a module ─► pipeline.Sink ─► reconcile
//
// A module reads the view and emits flows, and knows no other module: what one leaves to the next is in registers,
// which package pipeline names.
package modules
