// Command ofbench measures an OpenFlow controller that acts as a learning switch, as cbench does: it connects fake
// switches to it, sends packet-ins, and counts the flow-mods and packet-outs that come back.
//
//	for each switch: window not full ─► packet-ins of hosts that talk to each other ─► controller
//	                 window, answer's age ◄─ number in the packet or buffer id ◄─ packet-out, flow-mod
//
// In latency mode each switch has one packet outstanding, in throughput mode up to a window of them. Each switch has a
// bounded number of hosts, which the controller learns before the measurement, so that every packet that counts has a
// known destination. As Open vSwitch since 2.7 does, the switches keep no packets: the answer to a packet is the
// packet-out that has it, and a flow-mod comes with it. With --buffers they keep them, as the switches of cbench do:
// then one message is the answer, a flow-mod or a packet-out with the buffer's number.
//
// It ends by itself after the time that it was given, a minute at most for each measurement, and connects to nothing
// but this machine.
//
// BenchmarkControllers runs it against l2switch and ovs-testcontroller in turn.
package main
