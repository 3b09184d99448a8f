package model

import (
	"net/netip"
	"time"
)

// Kind is the noun of an object, as the CLI and store keys spell it.
type Kind string

// The kinds of object. The first four are defined by operators, the last two are written by agents.
const (
	KindPhysNet  Kind = "physnet"
	KindPhysPort Kind = "physport"
	KindNetwork  Kind = "network"
	KindSubnet   Kind = "subnet"
	KindPort     Kind = "port"
	KindHost     Kind = "host"
	KindBinding  Kind = "binding"

	// KindSubPort is written by the coordinator, beside the parent of a sub-port.
	KindSubPort Kind = "subport"

	// KindMirror is defined by operators, and in the network of the port that is copied from. KindMirrorEnd is the same
	// document in the network of the port that gets the copies, written by the coordinator.
	KindMirror    Kind = "mirror"
	KindMirrorEnd Kind = "mirrorend"
)

// PhysNet is a physical network: the transport under logical networks, and the range of segment ids on it.
type PhysNet struct {
	Name string `json:"name" yaml:"name"`
	// Type is how networks are kept apart on the wire, one of Types.
	Type string `json:"type" yaml:"type"`
	// VNI is the range of VXLAN network identifiers (RFC 7348: 24 bits) that networks are allocated from.
	VNI Range `json:"vni,omitzero" yaml:"vni,omitempty"`
	// VLAN is the range of VLAN ids (IEEE 802.1Q, 1-4094) that networks of type vlan are allocated from.
	VLAN Range `json:"vlan,omitzero" yaml:"vlan,omitempty"`
	// UDPPort that tunnels go to; 0 means that of the type, or what the agents' configuration says for vxlan.
	UDPPort uint16 `json:"udp_port,omitempty" yaml:"udp_port,omitempty"`
	// Underlay is the address family of the tunnels, for the MTU: ipv4 or ipv6; "" means ipv4.
	Underlay string `json:"underlay,omitempty" yaml:"underlay,omitempty"`
	// MTU of the underlay in bytes; 0 means 1500.
	MTU int `json:"mtu,omitempty" yaml:"mtu,omitempty"`
}

// Network is one layer 2 broadcast domain of a tenant.
type Network struct {
	Name    string `json:"name" yaml:"name"`
	PhysNet string `json:"physnet" yaml:"physnet"`
	// VNI on the wire; 0 in a request means "allocate".
	VNI uint32 `json:"vni,omitempty" yaml:"vni,omitempty"`
	// VLAN on the wire; 0 in a request means "allocate".
	VLAN uint16 `json:"vlan,omitempty" yaml:"vlan,omitempty"`
	// MTU in bytes for guests; 0 in a request means "derive from the physical network and the encapsulation".
	MTU int `json:"mtu,omitempty" yaml:"mtu,omitempty"`
	// Tag is the network's number in switch registers, unique in the deployment, allocated by the coordinator and
	// never changed, so that a restarted agent computes the same flows.
	Tag uint32 `json:"tag,omitempty" yaml:"tag,omitempty"`
	// Learning has the hosts' switches learn which machines there are outside, on a network that has uplinks.
	Learning bool `json:"learning,omitempty" yaml:"learning,omitempty"`
	// LearningMax is how many machines a host learns; 0 means DefaultLearningMax.
	LearningMax uint32 `json:"learning_max,omitempty" yaml:"learning_max,omitempty"`
	// LearningAge is how long a machine that is silent is known, in whole seconds; 0 means DefaultLearningAge.
	LearningAge Duration `json:"learning_age,omitempty" yaml:"learning_age,omitempty"`
	// UnknownUnicast is what becomes of a guest's frame to a machine that is not known, where hosts learn: UnknownFlood
	// or UnknownDrop; "" means UnknownFlood.
	UnknownUnicast string `json:"unknown_unicast,omitempty" yaml:"unknown_unicast,omitempty"`
	// SuppressARP has requests for addresses that nobody is known to have (ARP, neighbour discovery) dropped, where they
	// would be flooded. It is for networks in tunnels, where all machines are ports.
	SuppressARP bool `json:"suppress_arp,omitempty" yaml:"suppress_arp,omitempty"`
	// Strategy is how hosts come to the flows for ports of other hosts, one of Strategies; "" means StrategyPrepush.
	Strategy string `json:"strategy,omitempty" yaml:"strategy,omitempty"`
}

// Subnet is an IPv4 prefix of a network and what DHCP says about it.
type Subnet struct {
	Name    string       `json:"name" yaml:"name"`
	Network string       `json:"network" yaml:"network"`
	CIDR    netip.Prefix `json:"cidr" yaml:"cidr"`
	// Gateway is the default router handed out by DHCP (option 3); the zero Addr means none.
	Gateway netip.Addr `json:"gateway,omitzero" yaml:"gateway,omitempty"`
	// Range is what addresses are allocated from; empty means every usable address of CIDR.
	Range []AddrRange  `json:"range,omitempty" yaml:"range,omitempty"`
	DNS   []netip.Addr `json:"dns,omitempty" yaml:"dns,omitempty"`
	NTP   []netip.Addr `json:"ntp,omitempty" yaml:"ntp,omitempty"`
	// Domain is the domain name of option 15.
	Domain string `json:"domain,omitempty" yaml:"domain,omitempty"`
	// Lease is the DHCP lease time; 0 in a request means DefaultLease.
	Lease Duration `json:"lease,omitempty" yaml:"lease,omitempty"`
	// Routes are classless static routes (option 121, RFC 3442).
	Routes []Route `json:"routes,omitempty" yaml:"routes,omitempty"`
	// ProxyAddresses are answered for although no port has them: IPv4 ones of the subnet, and IPv6.
	ProxyAddresses []ProxyAddress `json:"proxy_addresses,omitempty" yaml:"proxy_addresses,omitempty"`
	// DHCP false means that the agents do not answer DHCP on this subnet; nil in a request means true.
	DHCP *bool `json:"dhcp,omitempty" yaml:"dhcp,omitempty"`
	// DHCPServer is the address that agents answer DHCP from (option 54), reserved in the subnet by the
	// coordinator so that renewals sent to it by unicast are on link; link-local 169.254.169.254 where the subnet
	// is too small to give one away.
	DHCPServer netip.Addr `json:"dhcp_server,omitzero" yaml:"dhcp_server,omitempty"`
}

// DHCPEnabled reports whether agents answer DHCP for s.
func (s *Subnet) DHCPEnabled() bool { return s.DHCP == nil || *s.DHCP }

// Port is one guest interface.
type Port struct {
	Name    string `json:"name" yaml:"name"`
	Network string `json:"network" yaml:"network"`
	// Parent is the port whose guest has this one, too, in a VLAN of its interface; "" for a port with an interface of its
	// own. VLAN is the tag (IEEE 802.1Q, 1-4094) that its frames have there.
	Parent string `json:"parent,omitempty" yaml:"parent,omitempty"`
	VLAN   uint16 `json:"vlan,omitempty" yaml:"vlan,omitempty"`
	// Subnet the address is taken from; "" in a request means the network's only subnet (none: no address).
	Subnet string `json:"subnet,omitempty" yaml:"subnet,omitempty"`
	// MAC; zero in a request means "allocate a locally administered one".
	MAC MAC `json:"mac,omitzero" yaml:"mac,omitempty"`
	// IP; zero in a request means "lowest free address of the subnet".
	IP netip.Addr `json:"ip,omitzero" yaml:"ip,omitempty"`
	// MoreIPs are addresses besides IP, which is the one that DHCP hands out: IPv4 ones of the subnet, and IPv6.
	MoreIPs []netip.Addr `json:"more_ips,omitempty" yaml:"more_ips,omitempty"`
	// Hostname is option 12 of DHCP.
	Hostname string `json:"hostname,omitempty" yaml:"hostname,omitempty"`
	// DHCPOptions are given to the guest in place of those of the subnet, and whether it asks for them or not.
	DHCPOptions []DHCPOption `json:"dhcp_options,omitempty" yaml:"dhcp_options,omitempty"`
	// LimitIn and LimitOut are the bits a second to and from the guest; nil is no limit. Burst is how many may come at
	// once; nil is 0.8 s worth, and 80 kB at least.
	LimitIn  *Rate `json:"limit_in,omitempty" yaml:"limit_in,omitempty"`
	LimitOut *Rate `json:"limit_out,omitempty" yaml:"limit_out,omitempty"`
	Burst    *Rate `json:"burst,omitempty" yaml:"burst,omitempty"`
	// Admin is "down" for a port that an operator took out of its network; "" or "up" else.
	Admin string `json:"admin,omitempty" yaml:"admin,omitempty"`
	// PortSecurity false means that the guest may send from any address; nil in a request means true.
	PortSecurity *bool `json:"port_security,omitempty" yaml:"port_security,omitempty"`
	// AllowedAddresses are what the guest may send from besides MAC and IP.
	AllowedAddresses []AllowedAddress `json:"allowed_addresses,omitempty" yaml:"allowed_addresses,omitempty"`
}

// Host is a hypervisor as its agent announces it. ID is stable over renames (OVS external_ids:system-id).
type Host struct {
	ID      string     `json:"id" yaml:"id"`
	Name    string     `json:"name" yaml:"name"`
	Tunnel  netip.Addr `json:"tunnel,omitzero" yaml:"tunnel,omitempty"`
	Version string     `json:"version,omitempty" yaml:"version,omitempty"`
	Bridge  string     `json:"bridge,omitempty" yaml:"bridge,omitempty"`
}

// Binding says that a host has a port, with its flows in the switch: it is written after the barrier came back, so
// a bound port is up. Token identifies the attach that made it; the newest attach wins.
type Binding struct {
	Port  string    `json:"port" yaml:"port"`
	Host  string    `json:"host" yaml:"host"`
	Token string    `json:"token" yaml:"token"`
	At    time.Time `json:"at" yaml:"at"`
	// To is the id of the host that the port is said to migrate to; whoever takes the port over ends that.
	To string `json:"to,omitempty" yaml:"to,omitempty"`
}

// StandbyMax is how many ports a heartbeat names: all of a host that is emptied onto another, as a host has 1,000.
const StandbyMax = 1000

// Beat is an agent's heartbeat: the store revision whose flows are in its switch, acknowledged by a barrier.
type Beat struct {
	Host    string `json:"host"`
	Applied int64  `json:"applied"`
	// Ports is the number of local ports that are up.
	Ports int `json:"ports"`
	// Interval is how often the agent beats when nothing happens, in milliseconds.
	IntervalMS int64 `json:"interval_ms"`
	// Epoch of the store that the agent follows.
	Epoch string `json:"epoch,omitempty"`
	// Standby are ports that have their flows here, and that another host has until their guest speaks here: at most
	// StandbyMax of them.
	Standby []string `json:"standby,omitempty"`
	// Hold is there while the agent refuses what the store says.
	Hold *Hold `json:"hold,omitempty"`
}

// Hold is what an agent says that refuses to remove what the store has no more: the store lost commits that it had
// acknowledged, or is another one.
type Hold struct {
	Since time.Time `json:"since"`
	Why   string    `json:"why"`
	// Known is the epoch that the definitions in force are of.
	Known string `json:"known"`
	// Refused are the objects that stay as they were, as "port/web1", at most MaxRefused of them; Count is how many.
	Refused []Refusal `json:"refused"`
	Count   int       `json:"count"`
}

// MaxRefused is how many objects a heartbeat names.
const MaxRefused = 200

// Refusal is an object that stays as it was.
type Refusal struct {
	Object string `json:"object"` // KIND/NAME
	Gone   bool   `json:"gone"`   // the store does not have it; else it has another one
}

// KindAcceptance is the kind of the document in scope "store" with which an operator accepts the store as it is.
const KindAcceptance Kind = "acceptance"

// AcceptanceID is its name: there is one.
const AcceptanceID = "acceptance"

// Acceptance says that the store is right as it is. An agent that knows commits of this epoch which the store lost
// before it drops them, and so does an agent that knows another epoch, provided that it is named here.
type Acceptance struct {
	Epochs []string  `json:"epochs,omitempty"`
	By     string    `json:"by,omitempty"`
	At     time.Time `json:"at"`
}

// MaxAcceptedEpochs bounds Acceptance.Epochs: the oldest are forgotten.
const MaxAcceptedEpochs = 100
