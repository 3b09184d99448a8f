// Package pkg tests the packages as an operator meets them: installed with their dependencies on Debian machines that
// have systemd as process 1, started, stopped, killed, upgraded under traffic, downgraded, removed and purged.
//
//	netns world            machine host1 (boot)               machine host2 (boot)
//	  br0 ──────── eth0 ── systemd, Redis, Open vSwitch  eth0 ── systemd, Open vSwitch
//	                       vlcp-agent, vlcp-coordinator          vlcp-agent
//	                       netns web1                            netns web2
//
// A machine is a set of namespaces and an overlay in memory over a Debian root that is kept between runs
// (debian-root). The kernel removes it when the test ends, however it ends; of a test that was killed an empty control
// group stays until the next. The tests and the packages they make are in a cell (integration/cell).
//
// The commands of README.md's production path are taken from README.md, and run as they stand there.
package pkg
