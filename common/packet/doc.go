// Package packet reads and writes the packets that agents answer or make: Ethernet with up to two VLAN tags, ARP, IPv4,
// TCP, UDP and DHCPv4. It decides nothing; responders do.
//
//	frame ─ ParseEthernet ─┬─► ParseARP
//	                       └─► ParseIPv4 ─► ParseUDP ─► ParseDHCPv4 ─► DHCPv4 ─┐
//	                                                                         responder
//	frame ◄─ AppendEthernet ◄─ AppendIPv4 ◄─ AppendUDP ◄─ AppendDHCPv4 ◄───────┘
//
// The headers are declared with package wire in headers.go; what is not of a fixed shape (options, checksums) is beside
// them by hand.
//
// Packets come from guests, which are hostile until proven otherwise: no decoder panics or reads beyond its input, and
// what a layer's own rules make impossible is an error. What is decoded points into the input, so it is valid as long
// as that is not overwritten. Append functions write to the end of a slice and allocate only when it has no room.
package packet
