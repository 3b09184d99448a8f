// Command l2switch makes OpenFlow switches learn where addresses are, as an Ethernet switch does. It is the example
// that the framework is explained with; README.md goes through it line by line.
//
//	packet that no flow takes ─► learner.packet ─┬─► destination unknown: out of every port
//	                                             └─► known: a flow, and the packet with it
package main
