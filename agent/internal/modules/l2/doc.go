// Package l2 is the layer 2 module: which network a frame belongs to, unicast to the port or host that has the
// destination, and broadcast by head-end replication to exactly the hosts that have ports of the network. Unknown
// unicast is dropped: every port is known, so there is nobody it could reach.
//
// That is on an overlay. Networks on physical switches (VLAN, flat) leave the host by an uplink, where other machines
// may be too, see uplink.go; local ones do not leave it.
//
// There is one uplink per network and host, so there is nothing to learn about where to send: to whoever is not ours,
// by the uplink. What a network that learns (learning.go) gains is that the switch knows who is there at all: unicast
// to nobody need not leave the host, for the building's switches to flood it everywhere, and an operator sees who is
// outside. So a learnt flow holds no port but the word "known", and stays right when the uplink is replaced or the
// network gets another VLAN. The switch learns by itself (learn of Nicira), with a limit per network, by the action
// and not by that of an OVSDB Flow_Table: that would evict one network's machines for another's strangers, or, shared
// out in groups, for strangers of the same network, and it is the bridge's, which others configure. At the limit,
// newcomers are not learnt; who is known stays known as long as it speaks. Who is ours is not learnt but pushed, local
// or not: where guests are is a definition, and no frame from outside can say otherwise.
//
// A network may have its flows on demand (needed.go): a port of another host has some here only while a guest of this
// host speaks to it. Three ways were weighed by which the first frames could get there. That the agent has them and
// sends them on, as the original does, puts it into the way of packets: when it is restarted, or slow, or told more
// than it will take, guests do not reach whom they have not spoken to before, and who sends fast loses what comes in
// between. That the switch keeps them it cannot. So the switch sends them to all hosts of the network, as it does with
// a broadcast, and tells the agent: nothing waits, nothing is lost, and who is not meant drops them, as every host
// gives unicast to nobody but who has the MAC. It costs a copy per host for some milliseconds, and a guest that sends
// to nobody at all the frames that it may broadcast (the same meter). Requests for addresses are flooded as in a
// network of any bridges, and answered by who has the address; the next ones are answered here.
//
// Where requests for unknown addresses are dropped, and where the switch learns who is outside, it has to know all of
// ours nevertheless, and the flows for that (in arp, or learn and l2) are there for all ports: only the others are on
// demand.
//
// Flooding is two flows per network, one for the other hosts and one for our ports, and not a group: one flow-mod
// changes it atomically, nothing has to exist before it, and a dump shows it whole. With more than wholeMax members a
// flow goes through parts instead, and has another table do each:
//
//	flood        set tun_id, (set reg2 = part, resubmit to flood-hosts) per part ─► flood-local
//	flood-hosts  reg2 = part: (set tun_dst, output) per host of the part
//	flood-local  (set reg2 = part, resubmit to flood-ports) per part
//	flood-ports  reg2 = part: output per port of the part
//
// A member's part is a function of the member alone (the number of a port, a hash of a host's id), so that one that
// comes or goes changes the flow of its part and nothing else, at the same cost whatever the size: 16 bytes a port and
// 32 a host, of at most 64 ports or 1/64 of the hosts. No message gets near the 64 KiB that end at about 4,000 ports or
// 2,000 hosts in one flow. Parts are in later tables, which reconcile fills first and empties last, so that no frame
// meets a list whose part is not there yet.
package l2
