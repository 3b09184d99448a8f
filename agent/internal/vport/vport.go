// Package vport says which guest ports this host has: it joins the OVSDB rows of the bridge, its ports and their
// interfaces into one Local per external_ids:iface-id, however the rows arrive.
//
//	OVSDB monitor ─ rows ─► Tracker (joins, marks iface-ids dirty) ─ Flush ─► changed Locals ─► view
//
// The Interface rows are watched themselves, so an iface-id that is set late, changed or removed, and an OpenFlow port
// that is renumbered, take effect at once (the original looked at interfaces only when ports changed). Rows of one
// transaction may come in any order; work is proportional to the rows that changed.
package vport

import "sort"

// Interface is what we read of an OVSDB Interface row.
type Interface struct {
	Name    string
	IfaceID string // external_ids:iface-id
	Claim   string // external_ids:vlcp-claim, see ClaimKey
	Attach  string // external_ids:vlcp-attach, see AttachKey
	Error   string // the row's error column
	OFPort  int64  // 0 unknown, -1 failed
	MTU     int    // bytes; 0 unknown
}

// ClaimKey is the Interface external_ids key in which the agent notes the attach that it announced, as PORT:TOKEN. It
// lives and dies with the interface, so that an agent that restarts can tell a new attach from one it has announced.
const ClaimKey = "vlcp-claim"

// AttachKey is the Interface external_ids key by which who attaches a guest recognises his own attach in the status.
const AttachKey = "vlcp-attach"

// Claim is the text of a claim.
func Claim(port, token string) string { return port + ":" + token }

// Local is a guest interface on our bridge.
type Local struct {
	UUID   string // of the Interface row
	Name   string
	OFPort uint32
	VLAN   uint16 // of a sub-port on it, 0 for the port that it is
	Claim  string
	Attach string
}

// Problem is something about a local port that an operator should know.
type Problem struct{ Code, Object, Message string }

// Tracker joins rows. It is not safe for concurrent use.
type Tracker struct {
	bridge     string
	bridgeUUID string
	portIfaces map[string][]string // port row → interface rows
	ifacePort  map[string]string
	inBridge   map[string]bool // port rows of our bridge
	ifaces     map[string]Interface
	byID       map[string]map[string]bool // iface-id → interface rows
	byName     map[string]string          // interface name → row
	dirty      map[string]bool            // iface-ids to look at again
}

// New returns a tracker of the bridge with this name.
func New(bridge string) *Tracker {
	return &Tracker{
		bridge: bridge, portIfaces: map[string][]string{}, ifacePort: map[string]string{}, inBridge: map[string]bool{},
		ifaces: map[string]Interface{}, byID: map[string]map[string]bool{}, byName: map[string]string{},
		dirty: map[string]bool{},
	}
}

// SetBridge tells of a Bridge row; ports are the row ids of its ports.
func (t *Tracker) SetBridge(uuid, name string, ports []string) {
	if name != t.bridge {
		return
	}
	t.bridgeUUID = uuid
	now := make(map[string]bool, len(ports))
	for _, p := range ports {
		now[p] = true
		if !t.inBridge[p] {
			t.touchPort(p)
		}
	}
	for p := range t.inBridge {
		if !now[p] {
			t.touchPort(p)
		}
	}
	t.inBridge = now
}

// DeleteBridge tells that a Bridge row is gone.
func (t *Tracker) DeleteBridge(uuid string) {
	if uuid == t.bridgeUUID {
		t.SetBridge("", t.bridge, nil)
	}
}

// SetPort tells of a Port row and the interface rows it holds; none when the row is gone.
func (t *Tracker) SetPort(uuid string, ifaces []string) {
	t.touchPort(uuid)
	for _, i := range t.portIfaces[uuid] {
		if t.ifacePort[i] == uuid {
			delete(t.ifacePort, i)
		}
	}
	delete(t.portIfaces, uuid)
	if len(ifaces) > 0 {
		t.portIfaces[uuid] = ifaces
	}
	for _, i := range ifaces {
		t.ifacePort[i] = uuid
	}
	t.touchPort(uuid)
}

// SetInterface tells of an Interface row.
func (t *Tracker) SetInterface(uuid string, i Interface) {
	if old, ok := t.ifaces[uuid]; ok && old == i {
		return
	}
	t.forget(uuid)
	t.ifaces[uuid] = i
	t.byName[i.Name] = uuid
	if i.IfaceID == "" {
		return
	}
	if t.byID[i.IfaceID] == nil {
		t.byID[i.IfaceID] = map[string]bool{}
	}
	t.byID[i.IfaceID][uuid] = true
	t.dirty[i.IfaceID] = true
}

// SetClaim tells of a claim that is on its way to the row of an interface.
func (t *Tracker) SetClaim(uuid, claim string) {
	if i, ok := t.ifaces[uuid]; ok {
		i.Claim = claim
		t.SetInterface(uuid, i)
	}
}

// DeleteInterface tells that an Interface row is gone.
func (t *Tracker) DeleteInterface(uuid string) { t.forget(uuid) }

func (t *Tracker) forget(uuid string) {
	old, ok := t.ifaces[uuid]
	if !ok {
		return
	}
	delete(t.ifaces, uuid)
	if t.byName[old.Name] == uuid {
		delete(t.byName, old.Name)
	}
	if old.IfaceID == "" {
		return
	}
	delete(t.byID[old.IfaceID], uuid)
	if len(t.byID[old.IfaceID]) == 0 {
		delete(t.byID, old.IfaceID)
	}
	t.dirty[old.IfaceID] = true
}

func (t *Tracker) touchPort(port string) {
	for _, i := range t.portIfaces[port] {
		if id := t.ifaces[i].IfaceID; id != "" {
			t.dirty[id] = true
		}
	}
}

// Flush calls set with the Local of every iface-id that may have changed since the last Flush, nil where there is none
// (any more). In sorted order, so that equal histories give equal runs.
func (t *Tracker) Flush(set func(ifaceID string, l *Local)) {
	ids := make([]string, 0, len(t.dirty))
	for id := range t.dirty {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	clear(t.dirty)
	for _, id := range ids {
		set(id, t.local(id))
	}
}

// candidates are the usable interfaces of an iface-id, lowest name first.
func (t *Tracker) candidates(id string) []string {
	var out []string
	for u := range t.byID[id] {
		if t.inBridge[t.ifacePort[u]] && t.ifaces[u].OFPort > 0 {
			out = append(out, u)
		}
	}
	sort.Slice(out, func(a, b int) bool { return t.ifaces[out[a]].Name < t.ifaces[out[b]].Name })
	return out
}

func (t *Tracker) local(id string) *Local {
	c := t.candidates(id)
	if len(c) == 0 {
		return nil
	}
	i := t.ifaces[c[0]]
	return &Local{UUID: c[0], Name: i.Name, OFPort: uint32(i.OFPort), Claim: i.Claim, Attach: i.Attach}
}

// OFPort is the OpenFlow port of the interface with this name on our bridge, 0 when it has none.
func (t *Tracker) OFPort(name string) uint32 {
	u, ok := t.byName[name]
	if !ok || !t.inBridge[t.ifacePort[u]] || t.ifaces[u].OFPort <= 0 {
		return 0
	}
	return uint32(t.ifaces[u].OFPort)
}

// MTU is that of the interface with this name on our bridge in bytes, 0 when it is not known.
func (t *Tracker) MTU(name string) int {
	if t.OFPort(name) == 0 {
		return 0
	}
	return t.ifaces[t.byName[name]].MTU
}

// Problems lists interfaces of our bridge that cannot be used, in stable order.
func (t *Tracker) Problems() []Problem {
	var out []Problem
	for id := range t.byID {
		out = append(out, t.problemsOf(id)...)
	}
	sort.Slice(out, func(a, b int) bool { return out[a].Object+out[a].Code < out[b].Object+out[b].Code })
	return out
}

func (t *Tracker) problemsOf(id string) []Problem {
	var out []Problem
	if c := t.candidates(id); len(c) > 1 {
		out = append(out, Problem{"duplicate_iface_id", id, "interfaces " + t.ifaces[c[0]].Name + " and " +
			t.ifaces[c[1]].Name + " have the same external_ids:iface-id; " + t.ifaces[c[0]].Name + " is used"})
	}
	for u := range t.byID[id] {
		if i := t.ifaces[u]; t.inBridge[t.ifacePort[u]] && i.OFPort < 0 {
			out = append(out, Problem{"interface_failed", id, "interface " + i.Name +
				" could not be opened by Open vSwitch: " + i.Error})
		}
	}
	return out
}
