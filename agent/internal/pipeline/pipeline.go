package pipeline

import (
	"github.com/vlcp-go/vlcp/common/controller/cookie"
	"github.com/vlcp-go/vlcp/common/controller/reconcile"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Table is the number of an OpenFlow table.
type Table = uint8

// The tables, in the order packets take them.
const (
	Classify   Table = 0
	Arrive     Table = 1
	Guard      Table = 2
	Source     Table = 4
	Neighbor   Table = 6
	Own        Table = 8
	Verdict    Table = 9
	DHCP       Table = 10
	ARP        Table = 20
	Reply      Table = 21
	Advertise  Table = 22
	Back       Table = 24
	Learn      Table = 26
	L2         Table = 30
	Learnt     Table = 31
	Outside    Table = 32
	Needed     Table = 34
	Flood      Table = 40
	FloodLocal Table = 41
	FloodHosts Table = 42
	FloodPorts Table = 43
	Limit      Table = 50
	Mirror     Table = 52
)

// Spec describes a table for people.
type Spec struct {
	Table Table
	Name  string
	What  string
}

// Tables is the whole layout.
var Tables = []Spec{
	{Classify, "classify", "which network a frame belongs to, by the port or tunnel it came from"},
	{Arrive, "arrive", "a guest that migrates to here speaks for the first time: the agent is told"},
	{Guard, "guard", "a guest's frame: is its source MAC one of the port's"},
	{Source, "source", "is the source address of the packet one of the port's, and is it nothing that only servers send"},
	{Neighbor, "neighbor", "does ARP or neighbour discovery speak of addresses of the port"},
	{Own, "own", "the addresses of each port, which guard, source and neighbor look up"},
	{Verdict, "verdict", "what is not the guest's own is dropped, and counted by port and reason"},
	{DHCP, "dhcp", "DHCP of our guests goes to the agent"},
	{ARP, "arp", "ARP requests and neighbour solicitations for known addresses are answered by the switch"},
	{Reply, "reply", "the answer to an ARP request, and the beginning of that to a neighbour solicitation"},
	{Advertise, "advertise", "the rest of that: a neighbour advertisement"},
	{Back, "back", "an answer goes out of the port that asked, with the tag of its sub-port if it is one"},
	{Learn, "learn", "frames from outside teach the switch who is there, on networks that learn"},
	{L2, "l2", "unicast to the port or the host that has the destination; unknown unicast is dropped"},
	{Learnt, "learnt", "the machines outside, as the switch has learnt them"},
	{Outside, "outside", "unicast to nobody of ours, where a network learns: to the uplink, or dropped"},
	{Needed, "needed", "frames for whom there is no flow yet, where flows are on demand: the agent is told"},
	{Flood, "flood", "broadcast and multicast of our guests to the hosts that have ports of the network"},
	{FloodLocal, "flood-local", "broadcast and multicast to our ports of the network"},
	{FloodHosts, "flood-hosts", "a part of the hosts of a network that has many"},
	{FloodPorts, "flood-ports", "a part of our ports of a network that has many here"},
	{Limit, "limit", "a copy of a broadcast for a port that has a limit goes through its meter"},
	{Mirror, "mirror", "what is delivered to a port is copied to where its mirrors say"},
}

// TableName names a table, "" when it is not ours.
func TableName(t Table) string {
	for _, s := range Tables {
		if s.Table == t {
			return s.Name
		}
	}
	return ""
}

// Module is the part of a cookie that says which module a flow is of.
type Module uint8

// The modules.
const (
	ModulePipeline Module = 1
	ModuleL2       Module = 2
	ModuleARP      Module = 3
	ModuleDHCP     Module = 4
	ModuleSecurity Module = 5
	ModuleUplink   Module = 6 // what comes in by an uplink: a network takes it from one
	ModuleDemand   Module = 7 // flows on demand: those that are wanted, and those by which the agent is told
	ModuleMirror   Module = 8
	ModuleLearnt   Module = 9 // flows that the switch makes: machines outside
)

var moduleNames = map[Module]string{
	ModulePipeline: "pipeline", ModuleL2: "l2", ModuleARP: "arp", ModuleDHCP: "dhcp",
	ModuleSecurity: "security", ModuleUplink: "uplink", ModuleDemand: "demand",
	ModuleMirror: "mirror", ModuleLearnt: "learnt",
}

// String names the module.
func (m Module) String() string { return moduleNames[m] }

// Registers and their values.
const (
	RegNetwork = 0 // reg0: the network's tag
	RegOrigin  = 1 // reg1: OriginLocal for a frame from one of our guests, 0 from a tunnel
	RegPart    = 2 // reg2: which part of a network's hosts or ports flooding is at
	RegKnown   = 2 // reg2, of unicast: 1 when it is for a machine outside that was learnt

	// What guard, source and neighbor ask the table own, see modules/security.
	RegVerdict = 3  // reg3: why a frame is dropped, 0 if it is not
	RegMACHigh = 4  // reg4, reg5: the MAC in question, 16 and 32 bits
	RegMACLow  = 5  //
	RegServed  = 6  // reg6: 1 when the agent answers DHCP of the port
	RegReason  = 7  // reg7: the verdict when the MAC is the port's and the address is not
	RegIPv6    = 8  // reg8 to reg11: the IPv6 address in question
	RegIPv4    = 12 // reg12: the IPv4 address in question
	RegFamily  = 13 // reg13: 4 or 6 when there is one

	RegAnswer = 14 // reg14: AnswerRouter when a neighbour solicitation is answered for a router
	RegVLAN   = 15 // reg15: the tag that a sub-port's frame had, as in vlan_vid, which the switch has taken off; else 0

	OriginLocal = 1
)

// Reason is why a frame of a guest is dropped.
type Reason uint32

// The reasons.
const (
	ReasonMAC      Reason = 1
	ReasonVLAN     Reason = 2
	ReasonReserved Reason = 3
	ReasonSource   Reason = 4
	ReasonNeighbor Reason = 5
	ReasonServer   Reason = 6
	ReasonDHCP     Reason = 7
	ReasonUnknown  Reason = 8
)

var reasonNames = map[Reason]string{
	ReasonMAC: "mac", ReasonVLAN: "vlan", ReasonReserved: "reserved", ReasonSource: "source", ReasonNeighbor: "neighbor",
	ReasonServer: "server", ReasonDHCP: "dhcp", ReasonUnknown: "unknown",
}

// String is the reason in status.
func (r Reason) String() string { return reasonNames[r] }

// Priorities within a table.
const (
	PrioMiss      = 0
	PrioOutside   = 40 // who is not one of ours may be behind the uplink
	PrioProxied   = 45 // whoever is answered for is outside, unless he is one of ours
	PrioMulticast = 50
	PrioSuppress  = 50 // requests that nobody is known to answer
	PrioLimited   = 60 // multicast of one of our guests, through its meter
	PrioAsker     = 60 // exceptions to PrioSuppress: by who asks
	PrioAsked     = 90 // and by what is asked for
	PrioNormal    = 100
	PrioStrange   = 105 // in classify: tags that no sub-port has
	PrioOwn       = 110 // exceptions to PrioNormal, and sub-ports in classify
	PrioTwice     = 120 // in classify: frames with two tags
)

// Flow is a flow that a module wants.
type Flow = reconcile.Flow

// cookies of agents: mark "VL".
var cookies = cookie.Scheme{Mark: 0x564c, ModuleBits: 8}

// Cookie is the cookie of owner's flows in module m.
func Cookie(m Module, owner string) uint64 { return cookies.Of(uint16(m), owner) }

// Owned is what the cookies of an owner's flows have in common in all modules, and OwnerBits that of a cookie.
func Owned(owner string) uint64 { return OwnerBits(Cookie(0, owner)) }

// OwnerBits are the bits of the owner.
func OwnerBits(c uint64) uint64 { return c & cookies.OwnerMask() }

// LocalSource reports whether a flow says that what comes in by an OpenFlow port is from the port that owns the flow,
// and which OpenFlow port that is.
func LocalSource(t Table, c uint64, m oxm.Match) (number uint32, is bool) {
	if t != Classify || !Ours(c) || ModuleOf(c) != ModuleL2 {
		return 0, false
	}
	if _, tunnel := m.Get(oxm.TunnelID); tunnel {
		return 0, false
	}
	n, is := m.GetUint(oxm.InPort)
	return uint32(n), is
}

// Ours reports whether a flow with this cookie was made by an agent.
func Ours(c uint64) bool {
	return cookies.Ours(c) && c != Counter && c != told && ModuleOf(c) != ModuleLearnt
}

// FromUplink reports whether a flow with this cookie takes what comes in by an uplink for a network.
func FromUplink(c uint64) bool { return Ours(c) && cookies.Module(c) == uint16(ModuleUplink) }

// Counter is the cookie of the flows that the switch makes itself, in the table verdict, when a frame is dropped for
// the first time for its port and reason. They are nobody's wish, and nobody removes them but whoever counts.
var Counter = Cookie(ModuleSecurity, "counter")

// Learned reports whether a flow is one that the switch makes, and not one that somebody planted who has read this.
func Learned(t Table, c uint64, instr []byte) bool {
	switch {
	case t == Verdict && c == Counter, t == Arrive && c == told:
		return len(instr) == 0
	case t == Learnt && cookies.Ours(c) && ModuleOf(c) == ModuleLearnt:
		return string(instr) == known || len(instr) == 0 // without, when a flow monitor tells that it has ended
	}
	return false
}

// ModuleOf is the module in a cookie of ours.
func ModuleOf(c uint64) Module { return Module(cookies.Module(c)) }
