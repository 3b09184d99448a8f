package status

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// page is a page of metrics in the text format of Prometheus (exposition format 0.0.4).
type page struct{ strings.Builder }

func (p *page) metric(name, kind, help string) {
	fmt.Fprintf(p, "# HELP vlcp_agent_%s %s\n# TYPE vlcp_agent_%s %s\n", name, help, name, kind)
}

// value adds a sample; labels is {name="value",…} or "".
func (p *page) value(name, labels string, v float64) {
	fmt.Fprintf(p, "vlcp_agent_%s%s %v\n", name, labels, v)
}

func (p *page) gauge(name, help string, v float64) {
	p.metric(name, "gauge", help)
	p.value(name, "", v)
}

func (p *page) counter(name, help string, v int64) {
	p.metric(name, "counter", help)
	p.value(name, "", float64(v))
}

// counters are those of one name, by a label.
func (p *page) counters(name, help, label string, list map[string]int64) {
	p.metric(name, "counter", help)
	for _, k := range slices.Sorted(maps.Keys(list)) {
		p.value(name, fmt.Sprintf("{%s=%q}", label, k), float64(list[k]))
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Metrics is s in the text format of Prometheus. Counters start with the agent, unless what they say is of the switch.
func Metrics(s *Status) string {
	p := &page{}
	p.metric("info", "gauge", "Version of the program.")
	p.value("info", fmt.Sprintf("{version=%q,host=%q}", s.Version, s.Host), 1)
	p.gauge("uptime_seconds", "Since the agent started.", float64(s.UptimeSeconds))
	p.gauge("ready", "1 when the switch has acknowledged a complete set of flows.", truth(s.Ready))
	p.ofStore(&s.Store)
	p.ofSwitch(s)
	p.counters("packet_ins_total", "Packets that the switch handed up, by what they are.", "reason", s.PacketIns)
	p.counters("dhcp_answers_total", "DHCP answers.", "kind",
		map[string]int64{"offer": s.DHCP.Offers, "ack": s.DHCP.Acks, "nak": s.DHCP.Naks})
	p.counters("dhcp_ignored_total", "DHCP packets that were not answered, by reason.", "reason", s.DHCP.Ignored)
	p.counters("limited_total", "Frames dropped because their port sent too many, by reason.", "reason", s.Limited)
	p.ofPorts(s.Ports)
	p.metric("problems", "gauge", "What an operator should know, by code.")
	codes := map[string]int{}
	for _, x := range s.Problems {
		codes[x.Code]++
	}
	for _, c := range slices.Sorted(maps.Keys(codes)) {
		p.value("problems", fmt.Sprintf("{code=%q}", c), float64(codes[c]))
	}
	return p.String()
}

func (p *page) ofStore(s *Store) {
	p.metric("store_state", "gauge", "1 for the state that the store is in.")
	p.value("store_state", fmt.Sprintf("{state=%q}", s.State), 1)
	p.gauge("store_revision", "Revision of the store that was read last.", float64(s.Revision))
	p.gauge("store_applied_revision", "Revision whose flows are in the switch.", float64(s.AppliedRevision))
	p.gauge("store_notifications", "1 while the store tells of changes.", truth(s.Notifications.Working))
	p.counter("store_gaps_total", "Times that something may have been missed, and was read again.", s.Notifications.Gaps)
	p.counter("store_losses_total", "Times that the subscription broke.", s.Notifications.Losses)
	p.counter("store_catch_ups_total", "Times that the store became current, the start included.", s.CatchUps)
	p.gauge("store_held_objects", "Objects that are kept against the store.", float64(heldObjects(s)))
}

func heldObjects(s *Store) int {
	if s.Hold == nil {
		return 0
	}
	return s.Hold.Count
}

func (p *page) ofSwitch(s *Status) {
	p.gauge("switch_connected", "1 while Open vSwitch is connected.", truth(s.Switch.Connected))
	p.counter("switch_sessions_total", "Times that Open vSwitch was connected.", s.Switch.Sessions)
	p.gauge("flows_desired", "Flows that there should be.", float64(s.Flows.Desired))
	p.gauge("flows_installed", "Flows that the switch has acknowledged.", float64(s.Flows.Installed))
	p.gauge("flows_pending", "Flow-mods that are to be sent.", float64(s.Flows.Pending))
	p.gauge("flows_foreign", "Flows of others.", float64(s.Flows.Foreign))
	p.counter("flow_mods_total", "Flow-mods that were sent.", s.Flows.Sent)
	p.counters("drift_total", "What others changed in the switch.", "what", map[string]int64{"deleted": s.Drift.Deleted,
		"changed": s.Drift.Changed, "planted": s.Drift.Planted, "foreign": s.Drift.Foreign, "meter": s.Drift.Meters})
	p.counter("drift_repaired_total", "Flows of these that were put right.", s.Drift.Repaired)
}

func (p *page) ofPorts(ports []Port) {
	states := map[string]int{}
	for i := range ports {
		states[ports[i].State]++
	}
	p.metric("ports", "gauge", "Ports of guests here, by state.")
	for _, state := range slices.Sorted(maps.Keys(states)) {
		p.value("ports", fmt.Sprintf("{state=%q}", state), float64(states[state]))
	}
	p.metric("port_dropped_total", "counter", "Frames of a guest that were dropped, by reason, as the switch counts them.")
	for i := range ports {
		for _, why := range slices.Sorted(maps.Keys(ports[i].Drops)) {
			p.value("port_dropped_total", fmt.Sprintf("{port=%q,reason=%q}", ports[i].ID, why),
				float64(ports[i].Drops[why]))
		}
	}
}
