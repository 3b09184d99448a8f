// Package dhcpflows brings the DHCP of our guests to the agent: requests by broadcast, renewals by unicast to the
// server address of the subnet, and the ARP reply for that address. It is apart from the responder (modules/dhcp),
// which knows packets and no flows.
//
//	guest ─► in_port, DHCP ─► meter of the port ─► agent          port of a subnet with DHCP
//	guest ─────────────────────────────────────► the network      any other port
//
// Who is answered is decided port by port: a port whose subnet has no DHCP, or that has no address, is not known to the
// responder, so its requests are flooded like any broadcast and an operator may run a server of his own for it, beside
// subnets in the same network that the agent serves.
//
// Each port has a meter of its own, with the port's number, so that a guest that floods requests loses its own and
// nobody else's, in the switch, before they cost the agent anything. A meter must exist before a flow that uses it, and
// deleting one deletes its flows: the engine sees to the order.
package dhcpflows
