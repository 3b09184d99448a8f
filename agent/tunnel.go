package agent

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/ovsctl"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/ovsdb"
)

// tunnelRow is what matters of the tunnel port's row.
type tunnelRow struct {
	uuid    string // "" while there is none
	kind    string
	options map[string]string
	err     string
}

func (p *ports) tunnelChanged(uuid string, row ovsdb.Row) {
	name, kind := row.String("name"), row.String("type")
	if _, was := p.others[name]; was || kind == model.TypeVXLAN || kind == model.TypeGeneve {
		p.others[name] = kind
	}
	switch {
	case row != nil && name == p.a.cfg.Tunnel.Port:
		p.tunnel = tunnelRow{uuid: uuid, kind: kind, options: row.Map("options"), err: row.String("error")}
	case uuid == p.tunnel.uuid:
		p.tunnel = tunnelRow{}
	}
}

// tunnelPort is the OpenFlow port of the tunnel, 0 while there is none that can be used.
func (p *ports) tunnelPort() uint32 {
	if p.tunnelMistyped() {
		return 0
	}
	return p.tracker.OFPort(p.a.cfg.Tunnel.Port)
}

// tunnelMistyped reports whether something else has the name of the tunnel port. It may be somebody's, so it is left
// alone; wrong options of a tunnel are corrected.
func (p *ports) tunnelMistyped() bool {
	return p.tunnel.uuid != "" && p.tunnel.kind != ovsctl.TunnelType
}

// tunnelWrong says which options of the tunnel port are not as they must be, "" when all are right.
func (p *ports) tunnelWrong() string {
	if p.tunnel.uuid == "" || p.tunnelMistyped() {
		return ""
	}
	var wrong []string
	want := ovsctl.TunnelOptions(p.a.cfg.Tunnel.DstPort)
	for _, k := range slices.Sorted(maps.Keys(want)) {
		is := p.tunnel.options[k]
		if k == "dst_port" && is == "" {
			is = strconv.Itoa(config.DefaultDstPort) // Open vSwitch has the same
		}
		if is != want[k] {
			wrong = append(wrong, fmt.Sprintf("%s is %q and must be %q", k, is, want[k]))
		}
	}
	return strings.Join(wrong, ", ")
}

// tunnelProblem says why there is no tunnel port, "" when there is one.
func (p *ports) tunnelProblem() (code, text string) {
	cfg := p.a.cfg
	switch {
	case !p.connected || !p.bridge:
		return "", "" // there is more to say than that
	case p.tunnelMistyped():
		return "tunnel_port_mistyped", fmt.Sprintf("this interface is of type %q and not %s, so other hosts cannot be "+
			"reached: remove it with `ovs-vsctl del-port %s`, or set tunnel.port in the configuration to another name",
			p.tunnel.kind, ovsctl.TunnelType, cfg.Tunnel.Port)
	case p.tunnelWrong() != "":
		return "tunnel_port_wrong", p.tunnelWrong() + ": it is being corrected"
	case p.tunnelPort() == 0:
		text := "no usable tunnel port on " + cfg.OVS.Bridge + ": other hosts cannot be reached"
		if p.tunnel.err != "" {
			text += ": " + p.tunnel.err
		}
		return "tunnel_port_missing", text
	}
	return "", ""
}
