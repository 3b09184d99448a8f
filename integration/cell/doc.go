// Package cell has a program that makes network namespaces, processes and files run where nothing outlives it.
//
//	program ─ clone: namespaces of processes and mounts      SIGINT, SIGTERM, SIGHUP, SIGQUIT ─┐
//	   └─ its first process: a /proc and a /run of its own, TMPDIR in it  ◄──── passed on ─────┤
//	        ├─ program, inside: Enter returns                             ◄────────────────────┘
//	        │     └─ network namespaces (their names are in /run/netns), daemons, builds, sockets ...
//	        └─ orphans, which it takes up
//
// Whatever ends the program, also SIGKILL, ends the first process of its namespace of processes with it, and with that
// every other one. Then nobody has the mounts any more: the files of /run, and the network namespaces, which only their
// names there kept, are gone. So nothing has to be cleaned, several such programs can run on one machine, and beside a
// lab (scripts/lab) of somebody's. What they share is the machine's own network namespace, in which they make nothing,
// and the machine's time.
//
// Rejected: to clean up when a signal comes, and in the next run. It needs a list of all that can be left, which a test
// adds to without knowing.
//
// The results of tests in a cell are never cached: go knows what a test program reads, not what it builds and runs.
package cell
