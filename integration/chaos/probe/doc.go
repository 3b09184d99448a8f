// Package probe counts every frame that goes between two guests, and every one that should not be where it is.
//
//	program in netns b1                    program in netns b2
//	   Sender ── 1,000 frames/s, 20 broadcasts/s ──► packet socket ─► Tally: of each number how often it came,
//	   Tally  ◄──────────────────────────────────── Sender             frames of another network
//	      ▲
//	      └─ commands on standard input, answers on standard output ── Process, in the program that injects faults
//
// Frames are UDP in IPv4, made here and sent by packet sockets, so that no neighbour cache of a guest's kernel takes
// part, and carry the sender's network and a number (Mark). A packet socket of the receiver sees every frame that its
// interface gets, also those that are not for it. On the underlay, Wire looks into every VXLAN packet instead, whether
// the VNI is that of the network that the frame inside was sent in.
package probe
