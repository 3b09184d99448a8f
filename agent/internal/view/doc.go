// Package view holds what this host needs to know: the definitions and bindings of the networks that have a port here,
// the hosts, and the local ports, as inputs of the incremental graph.
//
//	store.Batch ─ Apply ─┐
//	                     ├─► Ports, Bindings, Locals ─ place() per touched port ─► Places ─► modules' rules
//	vport ─ SetLocal ────┘
//
// A Place is where a port is as seen from here: behind a local OpenFlow port, behind another host's tunnel, or nowhere.
// It is a pure function of the port's definition, its binding and its local interface, computed again for every port
// that one of those three touches; that is the one join in the agent, so it stands here and not in each module.
//
// Ports of other hosts may be needed here only while somebody speaks to them, see demand.go.
package view
