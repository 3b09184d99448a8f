// Package bench measures the product as users run it: the built agent, a real Redis, a real Open vSwitch (with a dummy
// datapath, since no packet is sent), and the coordinator's catalog in the benchmark itself.
//
//	catalog.Commit ─► Redis ─► notification ─► vlcp-agent ─► flow-mod ─► Open vSwitch ◄─ asked for the flow
//	└──────────────────────── what is measured ────────────────────────┘                     until it is there
//
// Run it with `make bench`, or: go test -run '^$' -bench . -benchtime 1x ./integration/bench
package bench
