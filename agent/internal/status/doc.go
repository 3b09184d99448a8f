// Package status is what an agent tells of itself: the shapes, the server on the agent's unix socket, and the client
// that the commands use.
//
//	vlcp-agent status ─ Client ─ unix socket ─► Listen ─► Source (the agent, on its scheduler)
//
// A connection is for one question, a line of JSON, and its answer, another:
//
//	{"ask":"status"}                       {"answer":Status}
//	{"ask":"flows","port":"web1"}          {"answer":[Flow]}, of a port, network or table, or all
//	{"ask":"definition","port":"web1"}     {"answer":Definition}, what `attach` needs to know of a port
//	{"ask":"debug"}                        {"answer":Debug}, what the scheduler does; also when that is stuck
//	anything that fails                    {"error":"port web1: not found","kind":"not_found"}
//
// It is not HTTP, because all that speaks it is this package and tests, and net/http would be a tenth of the program.
//
// Exporter serves Metrics, which are made of a Status, to Prometheus, where the configuration says so.
//
// The socket is for root: what it says names tenants.
package status
