package status

import (
	"net/netip"
	"time"

	"github.com/vlcp-go/vlcp/common/model"
)

// Status is everything at a glance.
type Status struct {
	Host          string   `json:"host"`
	HostID        string   `json:"host_id"`
	Version       string   `json:"version"`
	UptimeSeconds int64    `json:"uptime_seconds"`
	Ready         bool     `json:"ready"`
	Switch        Switch   `json:"switch"`
	Store         Store    `json:"store"`
	Journal       *Journal `json:"journal,omitempty"` // nil: none is kept
	Ports         []Port   `json:"ports"`
	Tunnels       []Tunnel `json:"tunnels"`
	// Mirrors are those that copy from a port here, or to one.
	Mirrors []Mirror `json:"mirrors,omitempty"`
	// Announcements is there once guests were announced on physical networks.
	Announcements *Announcements `json:"announcements,omitempty"`
	// Learning is there for networks that have ports here and learn who is outside.
	Learning []Learning `json:"learning,omitempty"`
	// Demand is there for networks that have ports here and whose flows are on demand.
	Demand *Demand `json:"demand,omitempty"`
	Flows  Flows   `json:"flows"`
	Drift  Drift   `json:"drift"`
	DHCP   DHCP    `json:"dhcp"`
	// PacketIns counts the packets that the switch handed up since the agent started: dhcp, arrived (of guests that were
	// awaited in a migration), and other, which were passed over.
	PacketIns map[string]int64 `json:"packet_ins,omitempty"`
	// Limited counts frames that the switch dropped since the agent started because their port sent too many: dhcp-flood,
	// flood, which is broadcast and multicast, limit-in and limit-out.
	Limited  map[string]int64 `json:"limited,omitempty"`
	Problems []Problem        `json:"problems"`
}

// Switch is the local Open vSwitch.
type Switch struct {
	Bridge     string `json:"bridge"`
	Connected  bool   `json:"connected"`
	OpenFlow   string `json:"openflow"`
	DatapathID string `json:"datapath_id"`
	OVSVersion string `json:"ovs_version"`
	// Sessions is how often the switch was connected since the agent started.
	Sessions int64 `json:"sessions"`
}

// Store is where the definitions come from.
type Store struct {
	Connected       bool   `json:"connected"`
	Revision        int64  `json:"revision"`
	AppliedRevision int64  `json:"applied_revision"`
	State           string `json:"state"`
	Epoch           string `json:"epoch,omitempty"`
	Reason          string `json:"reason,omitempty"`
	// Since is when the store was not current any more; nil while it is.
	Since *time.Time `json:"since,omitempty"`
	// Seen is when the definitions in force were what the store has; nil while there are none. They may be from the
	// journal, of an earlier life of the agent.
	Seen        *time.Time `json:"seen,omitempty"`
	FromJournal bool       `json:"from_journal,omitempty"`
	// CatchUps is how often the store became current since the agent started, which counts, too.
	CatchUps      int64         `json:"catch_ups"`
	Notifications Notifications `json:"notifications"`
	// Hold is there while the agent keeps what the store does not have.
	Hold *Hold `json:"hold,omitempty"`
}

// Notifications is how the agent hears of changes. Without them it polls every few seconds.
type Notifications struct {
	Working bool `json:"working"`
	// Gaps is how often something may have been missed, and everything was read again; Losses how often the
	// subscription broke: cut, silent, overrun, or its server became a replica. Both since the agent started.
	Gaps     int64      `json:"gaps"`
	Losses   int64      `json:"losses"`
	LastLoss *time.Time `json:"last_loss,omitempty"`
	Reason   string     `json:"reason,omitempty"` // of the last loss
}

// Hold is what is kept against the store.
type Hold struct {
	Since         time.Time       `json:"since"`
	KnownEpoch    string          `json:"known_epoch"` // of the definitions in force
	KnownRevision int64           `json:"known_revision"`
	Count         int             `json:"count"`   // objects that the store does not have, or has differently
	Refused       []model.Refusal `json:"refused"` // some of them
}

// Drift is what others have changed in the switch since the agent started.
type Drift struct {
	Monitored bool       `json:"monitored"` // the switch tells of changes; else it is asked
	Audited   *time.Time `json:"audited,omitempty"`
	Deleted   int64      `json:"deleted"`
	Changed   int64      `json:"changed"`
	Planted   int64      `json:"planted"`
	Foreign   int64      `json:"foreign"` // planted, and left because of ovs.foreign_flows
	Meters    int64      `json:"meters"`
	Repaired  int64      `json:"repaired"`
	// Recent are the last of them, the newest at the end.
	Recent []DriftEvent `json:"recent"`
}

// DriftEvent is one flow that was not as it should be.
type DriftEvent struct {
	At        time.Time `json:"at"`
	What      string    `json:"what"` // deleted, changed, planted, foreign
	Table     uint8     `json:"table"`
	TableName string    `json:"table_name"`
	Priority  uint16    `json:"priority"`
	Match     string    `json:"match"`
	Owner     string    `json:"owner,omitempty"`  // whose flow it was
	Cookie    string    `json:"cookie,omitempty"` // that was found
	Found     string    `json:"found,omitempty"`  // actions
}

// Journal is where the definitions are kept for an agent that starts without the store.
type Journal struct {
	Path    string     `json:"path"`
	Bytes   int64      `json:"bytes"`
	Written *time.Time `json:"written,omitempty"` // when what is in it was what the store has
	Problem string     `json:"problem,omitempty"`
}

// States of a port.
const (
	PortUp        = "up"         // its flows are in the switch and it was announced
	PortPending   = "pending"    // defined, and its flows are on the way
	PortUndefined = "undefined"  // nobody defined a port of this name
	PortElsewhere = "elsewhere"  // another host has taken it over
	PortDown      = "admin-down" // an operator took it out of its network: no frame goes in or out
	// PortStandby has its flows here; another host has it until its guest speaks here.
	PortStandby = "standby"
	// PortUnannounced works here, and other hosts will hear of it when the store is back.
	PortUnannounced = "unannounced"
)

// Port is an interface of a guest here.
type Port struct {
	ID        string       `json:"id"`
	Network   string       `json:"network"`
	Interface string       `json:"interface"`
	OFPort    uint32       `json:"ofport"`
	Parent    string       `json:"parent,omitempty"` // of a sub-port, which is on the interface of that
	VLAN      uint16       `json:"vlan,omitempty"`   // and the tag that its frames have there
	MAC       string       `json:"mac"`
	IPs       []netip.Addr `json:"ips"`
	State     string       `json:"state"`
	Attach    string       `json:"attach,omitempty"` // what `attach` marked the interface with
	// Holder has a port that is on standby here; MigratesTo is the host that a port of this one is said to go to.
	Holder     string `json:"holder,omitempty"`
	MigratesTo string `json:"migrates_to,omitempty"`
	// LimitIn and LimitOut are how many bits a second may go to the guest and come from it, Burst how many at once.
	LimitIn  *model.Rate `json:"limit_in,omitempty"`
	LimitOut *model.Rate `json:"limit_out,omitempty"`
	Burst    *model.Rate `json:"burst,omitempty"`
	// Drops counts the guest's frames that were dropped, by reason: not its own (mac, vlan, reserved, source, neighbor,
	// server, dhcp), asking for what nobody has (unknown), or too many (dhcp-flood, flood, limit-in, limit-out).
	Drops map[string]uint64 `json:"drops,omitempty"`
}

// Tunnel is another host that has ports of networks that are here.
type Tunnel struct {
	Host    string     `json:"host"`
	Address netip.Addr `json:"address"`
}

// States of a mirror.
const (
	MirrorCopying   = "copying"   // from a port here
	MirrorReceiving = "receiving" // from another host, if that has the port
	MirrorIdle      = "idle"      // the port that is copied from is down here, or on standby
	MirrorNoTarget  = "no target" // nobody has the port that is copied to
	MirrorNoTunnel  = "no tunnel" // to where that is
)

// Mirror is a mirror with a port here.
type Mirror struct {
	Name      string `json:"name"`
	From      string `json:"from"`
	To        string `json:"to"` // port, or address of a machine outside
	Direction string `json:"direction"`
	VNI       uint32 `json:"vni"`
	State     string `json:"state"`
	Host      string `json:"host,omitempty"` // the other one that gets the copies
}

// Learning is what this host's switch has learnt of a network. Who they are is in the flows of the table learnt.
type Learning struct {
	Network  string `json:"network"`
	Machines uint32 `json:"machines"` // outside, that were heard of lately
	Max      uint32 `json:"max"`      // that it learns
	// Unknown is what becomes of guests' unicast to a MAC that is neither a port's nor learnt: flood or drop.
	// UnknownFrames is how many such there were, KnownFrames how many to machines that were learnt.
	Unknown       string `json:"unknown"`
	UnknownFrames uint64 `json:"unknown_frames"`
	KnownFrames   uint64 `json:"known_frames"`
}

// Demand is which ports of other hosts have flows here because a guest speaks to them. Counts are since the agent
// started.
type Demand struct {
	Wanted   int             `json:"wanted"` // ports
	Max      int             `json:"max"`
	Asked    int64           `json:"asked"`   // frames for whom there was no flow
	Unknown  int64           `json:"unknown"` // of them, those that were for no port of another host
	Limited  int64           `json:"limited"` // and those that were passed over, as there were too many
	Evicted  int64           `json:"evicted"` // ports that made room for others
	Aged     int64           `json:"aged"`    // ports that nobody spoke to any more
	Networks []DemandNetwork `json:"networks"`
}

// DemandNetwork is a network whose flows are on demand.
type DemandNetwork struct {
	Network  string `json:"network"`
	Strategy string `json:"strategy"` // on-demand or auto
	Ports    int    `json:"ports"`    // wherever they are
	Wanted   int    `json:"wanted"`   // those of other hosts that have flows here
}

// Announcements are the frames with which the switches of physical networks are told where guests are.
type Announcements struct {
	Sent int64 `json:"sent"` // since the agent started
	Due  int   `json:"due"`  // ports that are still to be announced, or once more
}

// Flows is the state of the switch's flows.
type Flows struct {
	Desired   int            `json:"desired"`
	Installed int            `json:"installed"`
	Pending   int            `json:"pending"`
	Foreign   int            `json:"foreign"`
	Sent      int64          `json:"sent"` // flow-mods since the agent started
	ByTable   map[string]int `json:"by_table"`
}

// DHCP counts answers since the agent started.
type DHCP struct {
	Offers  int64            `json:"offers"`
	Acks    int64            `json:"acks"`
	Naks    int64            `json:"naks"`
	Ignored map[string]int64 `json:"ignored,omitempty"`
	Limited int64            `json:"limited"` // requests dropped because their port sent too many
}

// Problem is something an operator should know.
type Problem struct {
	Code    string `json:"code"`
	Object  string `json:"object"`
	Message string `json:"message"`
}

// States of a flow.
const (
	FlowInstalled = "installed"
	FlowMissing   = "missing" // wanted, not in the switch (yet)
	FlowForeign   = "foreign" // in the switch, not ours
	FlowDiffers   = "differs" // in the switch with other actions than wanted (yet)
	FlowLearned   = "learned" // made by the switch, as one of our flows told it to
	FlowStale     = "stale"   // ours, in the switch, not wanted (any more)
)

// Flow is one flow of the switch, with whose it is.
type Flow struct {
	Table      uint8  `json:"table"`
	TableName  string `json:"table_name"`
	Priority   uint16 `json:"priority"`
	Match      string `json:"match"`
	Actions    string `json:"actions"`
	Cookie     string `json:"cookie"`
	Module     string `json:"module"`
	Owner      string `json:"owner"`
	State      string `json:"state"`
	Packets    uint64 `json:"packets"`
	Bytes      uint64 `json:"bytes"`
	AgeSeconds uint32 `json:"age_seconds"`
}

// Filter chooses flows; empty fields choose all.
type Filter struct {
	Port    string `json:"port,omitempty"`
	Network string `json:"network,omitempty"`
	Table   string `json:"table,omitempty"` // number or name
}

// Definition is what attach needs to know of a port.
type Definition struct {
	Port    string    `json:"port"`
	Network string    `json:"network"`
	MAC     model.MAC `json:"mac"`
	MTU     int       `json:"mtu"`
	Parent  string    `json:"parent,omitempty"` // of a sub-port
	// DB, Bridge and DatapathType are where the agent's bridge is.
	DB           string `json:"db"`
	Bridge       string `json:"bridge"`
	DatapathType string `json:"datapath_type"`
}
