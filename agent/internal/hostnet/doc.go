// Package hostnet makes and removes the network interfaces of guests that live in network namespaces: a veth pair whose
// one end goes into the namespace with the port's MAC address and MTU, and whose other end stays here for the switch.
//
//	attach: veth pair ─► guest end: namespace, name, MAC, MTU, up      host end: fenced, up, ready for Open vSwitch
//
// Transmit checksum offload is switched off on both ends: a userspace datapath takes frames as they are, and without
// a kernel behind it nobody would fill the checksum in (TCP stalls, ping does not).
package hostnet
