// Package status is what an agent tells of itself: the shapes, the server on the agent's unix socket, and the client
// that the commands use.
//
//	vlcp-agent status ─ Client ─ HTTP over unix socket ─► Listen ─► Source (the agent, on its scheduler)
//
//	GET /v1/status            Status
//	GET /v1/flows?port=&network=&table=   []Flow
//	GET /v1/ports/NAME        Definition, what `attach` needs to know of a port
//	GET /v1/debug             Debug, what the scheduler does; answers also when that is stuck
//
// The socket is for root: what it says names tenants.
package status
