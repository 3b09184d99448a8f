// Package controller is the API for writing an OpenFlow controller: modules, which are loaded and unloaded while it
// runs, and switches, which come and go. common/README.md is the guide to it; this is how it works inside.
//
//	Module: name, needs, tables, Start ─ Load ─► Instance: handlers, coroutines
//	                                                 │ OnSwitch, OnPacket …     ▲
//	                                                 ▼                          │ by cookie, by table
//	       Want, Send, Delete, PacketOut ─► Switch (per module and connection)  │
//	                │                                                           │
//	                │ flow.Flow, tables by name                                 │
//	                ▼                                                           │
//	   tables.Layout: numbers ─► encoder ─► reconcile.Set ─ plan ─► ofconn.Session
//
// # Modules
//
// A Module is a declaration; its state is made by Start, each time anew. (Fields for the handlers in Module itself were
// tried: their state then had to be global or to be reset by hand when a module is restarted.) Needs are loaded first,
// and a module that others need is not unloaded. What goes wrong in a module's coroutines and handlers is the module's:
// it is reported with the name and the stack, and the module is unloaded, with those that need it, or restarted.
//
// # Tables and flows
//
// Tables have names and constraints, the controller gives them numbers (package tables). When the numbers change, the
// flows are made anew that are in a moved table or go on to one, nothing else is touched, and what changes is sent as a
// bundle where the switch has bundles, else additions from the last table to the first before deletions from the first
// to the last.
//
// A flow is wanted or sent. Wanted flows are state: Switch.Want replaces what an owner wanted, a reconcile.Set holds
// them against what the switch has, and the difference is sent behind a barrier. Sent flows are events: they go out at
// once, may time out, and nobody looks after them. A cookie has the program's mark, the module's number, one bit for
// sent or wanted, and a hash of the owner (package cookie), so that after a restart of the program or of the connection
// wanted flows are found and kept, sent flows are left alone, and those of modules that are no more are removed.
//
// # Switches
//
// A Switch is one connection: when the switch connects again, modules are told of a new one and say again what they
// want. Nothing of the old connection reaches it. What the version of OpenFlow makes different is behind encoder, of
// which there are three: 1.3, 1.0 with the flow-mods of Nicira (Open vSwitch), and plain 1.0.
//
// # The agent
//
// vlcp-agent uses packages reconcile and cookie, with a pipeline of fixed numbers; its modules are functions of
// package incremental and could become Modules that call Want from a sink, one owner per rule row.
package controller
