// Command chaos runs the programs of this repository with real Open vSwitch and Redis in the lab (scripts/lab), breaks
// one thing after the other, and counts what that cost: frames, seconds, flow-mods.
//
//	chaos, in a cell (integration/cell): several can run on one machine, and beside another lab
//	  │   scripts/lab up --hosts 3          netns hv1         netns hv2        netns hv3
//	  │   two networks, the same addresses  b1 g1 (b3 b4 ..)  b2 g2
//	  │                                      └─ 1,000 frames a second, each way, of each network ─┘
//	  │                                         netns underlay: every VXLAN packet is looked into
//	  ├─ the faults in order, each once, then by chance (SEED), also several at once (storm)
//	  │       inject ─► noticed? ─► put back ─► converged? ─► count frames, flow-mods, foreign frames
//	  └─ report, as text or JSON; the exit code is 1 when a limit was passed
//
// What a fault may cost is said with the fault (faults*.go). Losing no frame means: none but those that were thrown
// away because a program that should have read or written them got no processor time, which kernel and switch count
// (starved); on an idle machine these are none.
package main
