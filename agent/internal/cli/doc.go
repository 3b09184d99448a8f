// Package cli is the command line of the agent: `run` is the agent itself, the others ask a running one through its
// socket, and attach and detach change the host's interfaces and its switch.
//
//	arguments ─► cobra ─┬─ run ────────────► agent.Run
//	                    ├─ status, ports, flows ─► status.Client ─► print
//	                    ├─ openflow ───────► ofp, action (bytes, text, JSON; no agent, no switch)
//	                    └─ attach, detach ─► status.Client (MAC, MTU) ─► hostnet (veth) ─► ovsctl (bridge)
package cli
