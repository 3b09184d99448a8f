// Package security says which addresses a guest may send from: the rows of the table own, which the check in package
// pipeline (guard.go) looks up.
//
//	port ─► MAC                  the frame's source, and that in ARP and neighbour discovery
//	     ─► MAC, IPv4            its own addresses, and allowed ones
//	     ─► MAC, IPv6            link-local, made from the MAC, and allowed ones
//	     ─► MAC, prefix          of a guest that routes: packets pass, but it cannot claim the addresses
//
// A port that has no address, in a network whose guests bring their own, may use any that is in no subnet of the
// network: those are given out by us, to others. A port without security has no rows, and its frames skip the check.
package security
