// Package pipeline is the layout of the bridge as data: its tables, what the registers mean, how cookies are made, and
// the Flow that modules emit and reconcile compares.
//
//	            in_port      its own?    DHCP?         who has IP?     to whom?           everybody
//	packet ─► classify ─ local ─► guard … ─► dhcp ──────► arp ───────► l2 ─ multicast ─► flood ─► flood-local
//	              │               │            │            │            │                 │          │
//	              │ tunnel     dropped,        ▼            ▼            ▼                 ▼          ▼
//	              │            counted       agent    reply in port   port or tunnel  other hosts   our ports
//	              └─────────────────────────────────────────────────────►┘
//
// Guard and the tables behind it check that a guest sends from its own addresses, see guard.go; a port without port
// security goes to dhcp at once.
//
// A network with many hosts or many ports here is flooded in parts: flood and flood-local then go through the parts,
// and have flood-hosts and flood-ports do each (resubmit). See modules/l2.
//
// A network that learns who is outside has frames from its uplink go through learn on their way to l2, and those for
// nobody of ours ask learnt on their way through outside to the uplink, see modules/l2/learning.go.
//
// A network whose flows are on demand has what finds no flow in l2, and requests that arp does not answer, go through
// needed, where the agent is told, on their way to the other hosts, see modules/l2/needed.go.
//
// The flow of an address in arp says only which MAC has it; the tables reply and advertise make the answer of that, see
// answer.go, and back sends it to who asked, who may be a sub-port, see way.go.
//
// A frame from the tunnel skips dhcp and arp (they answer our own guests only) and never goes back into a tunnel: the
// flows that send into one ask for reg1 = 1, which only classify sets, and only for our own ports. Split horizon is
// therefore explicit and does not lean on the switch's refusal to output to the ingress port.
//
// Network tags come from the definitions, never from a counter of this process, so a restarted agent computes the same
// bytes. A cookie is our mark, the module and a hash of the owner: from a dump alone one can tell whose flow it is.
package pipeline
