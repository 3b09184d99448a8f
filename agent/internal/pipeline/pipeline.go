package pipeline

import (
	"github.com/vlcp-go/vlcp/common/controller/cookie"
	"github.com/vlcp-go/vlcp/common/controller/reconcile"
)

// Table is the number of an OpenFlow table.
type Table = uint8

// The tables, in the order packets take them.
const (
	Classify   Table = 0
	DHCP       Table = 10
	ARP        Table = 20
	L2         Table = 30
	Flood      Table = 40
	FloodLocal Table = 41
	FloodHosts Table = 42
	FloodPorts Table = 43
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
	{DHCP, "dhcp", "DHCP of our guests goes to the agent"},
	{ARP, "arp", "ARP requests for known addresses are answered by the switch"},
	{L2, "l2", "unicast to the port or the host that has the destination; unknown unicast is dropped"},
	{Flood, "flood", "broadcast and multicast of our guests to the hosts that have ports of the network"},
	{FloodLocal, "flood-local", "broadcast and multicast to our ports of the network"},
	{FloodHosts, "flood-hosts", "a part of the hosts of a network that has many"},
	{FloodPorts, "flood-ports", "a part of our ports of a network that has many here"},
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
)

var moduleNames = map[Module]string{
	ModulePipeline: "pipeline", ModuleL2: "l2", ModuleARP: "arp", ModuleDHCP: "dhcp",
}

// String names the module.
func (m Module) String() string { return moduleNames[m] }

// Registers and their values.
const (
	RegNetwork = 0 // reg0: the network's tag
	RegOrigin  = 1 // reg1: OriginLocal for a frame from one of our guests, 0 from a tunnel
	RegPart    = 2 // reg2: which part of a network's hosts or ports flooding is at

	OriginLocal = 1
)

// Priorities within a table.
const (
	PrioMiss      = 0
	PrioMulticast = 50
	PrioNormal    = 100
	PrioOwn       = 110 // exceptions to PrioNormal
)

// Flow is a flow that a module wants.
type Flow = reconcile.Flow

// cookies of agents: mark "VL".
var cookies = cookie.Scheme{Mark: 0x564c, ModuleBits: 8}

// Cookie is the cookie of owner's flows in module m.
func Cookie(m Module, owner string) uint64 { return cookies.Of(uint16(m), owner) }

// Ours reports whether a flow with this cookie was made by an agent.
func Ours(c uint64) bool { return cookies.Ours(c) }

// ModuleOf is the module in a cookie of ours.
func ModuleOf(c uint64) Module { return Module(cookies.Module(c)) }
