// Package tables gives numbers to the tables that modules ask for by name.
//
//	Table{Name, Path, After, Before, To} ─┐
//	                                      ├─ Arrange ─► Layout: name → number, and what comes next
//	the Layout so far ────────────────────┘
//
// A packet enters at table 0, the first table of the main path (Path ""), and goes on along its path unless a flow
// sends it into a branch: a table of another path, named in To.
//
//	main      0 admission ──► 10 arp ──► 20 l2
//	                                       │ To: flood
//	flood                                  └──► 30 flood ──► 40 flood-local
//
// Numbers are a function of the tables that are asked for and of the layout so far, nothing else, so the same steps
// give the same numbers in every run. Tables that stay keep their numbers wherever the order allows it: of all ways to
// number them in their new order, Arrange takes one that changes the fewest (a longest run of numbers with enough room
// between them), and puts the others into the middle of the gaps. A layout from nothing leaves room between tables, so
// that one more finds a place.
package tables
