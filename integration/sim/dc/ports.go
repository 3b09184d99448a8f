package dc

import (
	"context"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/agent"
	"github.com/vlcp-go/vlcp/common/ovsdb"
	"github.com/vlcp-go/vlcp/common/vswitch"
)

// setup makes bridge and tunnel port, in place of ovs-vsctl.
type setup struct{ h *Host }

// Ensure implements agent.SwitchSetup.
func (s setup) Ensure(_ context.Context, want agent.BridgeSetup) error {
	h := s.h
	if !h.dbUp {
		return errRefused
	}
	h.makeBridge()
	if _, r := h.db.find("Interface", "name", tunnelPort); r == nil {
		h.addPort(tunnelPort, "", "vxlan")
	}
	for _, t := range want.More {
		if _, r := h.db.find("Interface", "name", t.Name); r == nil {
			h.addPort(t.Name, "", t.Type)
		}
	}
	return nil
}

func (h *Host) bridged() bool {
	_, r := h.db.find("Bridge", "name", bridge)
	return r != nil
}

// addPort puts an interface on the bridge, for a port of the network if id is not "", and returns its number.
func (h *Host) addPort(ifname, id, tunnel string) uint32 {
	h.ofport++
	number := h.ofport
	ids := ovsdb.Map{}
	if id != "" {
		ids["iface-id"] = id
	}
	iface := ovsdb.Row{"name": ifname, "external_ids": ids, "ofport": int64(number), "error": ovsdb.Set{}}
	if tunnel != "" {
		iface["type"] = tunnel
		iface["options"] = ovsdb.Map{"remote_ip": "flow", "key": "flow"}
	}
	ifaceID, portID := h.db.newRow(), h.db.newRow()
	bridgeID, b := h.db.find("Bridge", "name", bridge)
	ports, _ := b["ports"].(ovsdb.Set)
	h.sw.SetPort(vswitch.Port{Number: number, Name: ifname, Tunnel: tunnel != ""})
	if tunnel != "" {
		h.tunnels[ifname] = number
	}
	h.db.commit(change{table: "Interface", uuid: ifaceID, after: iface},
		change{table: "Port", uuid: portID, after: ovsdb.Row{"name": ifname, "interfaces": ovsdb.Set{ovsdb.UUID(ifaceID)}}},
		change{table: "Bridge", uuid: bridgeID, after: with(b, ovsdb.Row{"ports": append(slices.Clone(ports),
			ovsdb.UUID(portID))})})
	return number
}

// removePort takes an interface off the bridge, if it is there.
func (h *Host) removePort(ifname string) {
	ifaceID, iface := h.db.find("Interface", "name", ifname)
	if iface == nil {
		return
	}
	portID, _ := h.db.find("Port", "name", ifname)
	bridgeID, b := h.db.find("Bridge", "name", bridge)
	ports, _ := b["ports"].(ovsdb.Set)
	ports = slices.DeleteFunc(slices.Clone(ports), func(v any) bool { return v == ovsdb.UUID(portID) })
	h.db.commit(change{table: "Interface", uuid: ifaceID}, change{table: "Port", uuid: portID},
		change{table: "Bridge", uuid: bridgeID, after: with(b, ovsdb.Row{"ports": ports})})
	n, _ := iface.Int("ofport")
	h.sw.RemovePort(uint32(n))
}

// setID changes which port of a network an interface is.
func (h *Host) setID(ifname, id string) {
	uuid, r := h.db.find("Interface", "name", ifname)
	if r == nil {
		return // it comes with it
	}
	ids := maps.Clone(r.Map("external_ids"))
	if ids == nil {
		ids = ovsdb.Map{}
	}
	ids["iface-id"] = id
	h.db.commit(change{table: "Interface", uuid: uuid, after: with(r, ovsdb.Row{"external_ids": ids})})
}

// setNumber gives an interface another OpenFlow port; the one that it had is gone already.
func (h *Host) setNumber(ifname string, number uint32) {
	uuid, r := h.db.find("Interface", "name", ifname)
	h.sw.SetPort(vswitch.Port{Number: number, Name: ifname, Tunnel: h.tunnels[ifname] != 0})
	if h.tunnels[ifname] != 0 {
		h.tunnels[ifname] = number
		h.shake()
	} else if segmentOf(ifname) != "" {
		delete(h.uplinks, h.uplinkNumber(ifname))
		h.uplinks[number] = ifname
		h.shake()
	} else if g := h.guests[ifname]; g != nil {
		g.rewired(number)
	}
	h.db.commit(change{table: "Interface", uuid: uuid, after: with(r, ovsdb.Row{"ofport": int64(number)})})
}

// shake notes that somebody else than the agent changed the switch.
func (h *Host) shake() {
	h.swLife++
	h.shaken = h.w.clock.Now()
}

// rename gives the host another name.
func (h *Host) rename(name string) {
	h.name = name
	for uuid, r := range h.db.tables["Open_vSwitch"] {
		ids := maps.Clone(r.Map("external_ids"))
		ids["hostname"] = name
		h.db.commit(change{table: "Open_vSwitch", uuid: uuid, after: with(r, ovsdb.Row{"external_ids": ids})})
	}
}
