// Package integration tests the programs as a user has them: vlcp-agent on three hypervisors with real Open vSwitch,
// vlcp-coordinator, Redis, and guests with real DHCP clients, all in the network namespaces of scripts/lab.
//
//	   TestMain                                    a test
//	      |                                          |
//	 goes on in a cell                        on(t): a lab without definitions and guests
//	 builds the programs                             |
//	 lab up --hosts 3                         guests, definitions, faults ...
//	      |                                          |
//	      |                                   cleanup: every part runs again, no guest, no definition,
//	 the cell ends, and all in it             and no flow left that a fresh agent would not have
//
//	 netns hv1        netns hv2        netns hv3          Guests are namespaces with an eth0 that vlcp-agent
//	+---------+      +---------+      +---------+         attach gave them. Veth pairs phy0 -- hvN join the
//	| br-int  |      | br-int  |      | br-int  |         hypervisors to a bridge in the namespace underlay,
//	| phy0    |      | phy0    |      | phy0    |         where the tests capture VXLAN.
//	+----|----+      +----|----+      +----|----+
//	  hv1|------ br0 -----|hv2 ------------|hv3   netns underlay, Redis
//
// The tests need root and what scripts/install-deps installs. Whatever they make is in a cell (integration/cell), also
// names of namespaces: they can run beside another lab, and nothing is left of them, also when they are killed.
package integration
