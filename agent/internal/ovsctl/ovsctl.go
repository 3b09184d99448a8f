// Package ovsctl makes changes to the configuration of Open vSwitch that the agent and its commands need: the bridge,
// the tunnel port, and the ports of guests. Watching Open vSwitch is not its business, see package ovsdb.
//
//	Setup ─ Ensure ─► go-openvswitch ─► ovs-vsctl (one transaction each, what exists stays) ─► ovsdb-server
//
// go-openvswitch runs the commands and wraps their errors; it knows no --db, no datapath type and no way to put several
// commands into one transaction, which its Exec hook lets us add. ovs-vsctl waits for ovs-vswitchd, so that a bridge
// has its OpenFlow socket when Ensure returns.
package ovsctl

import (
	"context"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/digitalocean/go-openvswitch/ovs"
)

const timeout = 10 // seconds that ovs-vsctl waits for the switch

// Setup is what must exist.
type Setup struct {
	DB           string // unix:PATH or tcp:HOST:PORT
	Bridge       string
	DatapathType string // of a bridge that has to be created
	TunnelPort   string // "" for none
	DstPort      int    // UDP port of the tunnels
	More         []Tunnel
}

// Tunnel is a tunnel port besides the usual one.
type Tunnel struct {
	Name    string
	Type    string // vxlan or geneve
	DstPort int    // UDP port
}

// CLI changes Open vSwitch with ovs-vsctl.
type CLI struct{}

// client runs ovs-vsctl against db. more is added to the command, in the same transaction.
func client(ctx context.Context, db string, more ...string) *ovs.Client {
	return ovs.New(ovs.Timeout(timeout), ovs.Exec(func(cmd string, args ...string) ([]byte, error) {
		return execute(ctx, cmd, slices.Concat([]string{"--db=" + db}, args, more)...)
	}))
}

// run runs ovs-vsctl for what go-openvswitch has no method for.
func run(ctx context.Context, db string, args ...string) ([]byte, error) {
	return execute(ctx, "ovs-vsctl", append([]string{"--db=" + db, "--timeout=" + strconv.Itoa(timeout)}, args...)...)
}

func execute(ctx context.Context, cmd string, args ...string) ([]byte, error) {
	out, err := exec.CommandContext(ctx, cmd, args...).CombinedOutput()
	if err != nil && len(out) > 0 {
		err = fmt.Errorf("%w: %s", err, lastLine(out))
	}
	return out, err
}

// lastLine is the part of the output that says what is wrong.
func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// Ensure creates what of s does not exist. The bridge drops everything while no controller has told it better, so that
// tenants are apart from the first moment.
func (CLI) Ensure(ctx context.Context, s Setup) error {
	bridges, err := client(ctx, s.DB).VSwitch.ListBridges()
	if err != nil {
		return fmt.Errorf("list bridges: %w", err)
	}
	if !slices.Contains(bridges, s.Bridge) {
		more := []string{"--", "set", "bridge", s.Bridge, "fail_mode=secure"}
		if s.DatapathType != "" {
			more = append(more, "datapath_type="+s.DatapathType)
		}
		if err := client(ctx, s.DB, more...).VSwitch.AddBridge(s.Bridge); err != nil {
			return fmt.Errorf("add bridge %s: %w", s.Bridge, err)
		}
	} else if err := secure(ctx, s); err != nil {
		return err
	}
	if s.TunnelPort != "" {
		if err := ensureTunnel(ctx, s, Tunnel{s.TunnelPort, TunnelType, s.DstPort}); err != nil {
			return err
		}
	}
	for _, t := range s.More {
		if err := ensureTunnel(ctx, s, t); err != nil {
			return err
		}
	}
	return nil
}

// secure sets the fail mode of a bridge that was there already.
func secure(ctx context.Context, s Setup) error {
	c := client(ctx, s.DB)
	if mode, err := c.VSwitch.GetFailMode(s.Bridge); err == nil && mode == ovs.FailModeSecure {
		return nil
	}
	if err := c.VSwitch.SetFailMode(s.Bridge, ovs.FailModeSecure); err != nil {
		return fmt.Errorf("set fail mode of %s: %w", s.Bridge, err)
	}
	return nil
}

// TunnelType is the type of the tunnel port.
const TunnelType = "vxlan"

// TunnelOptions are what flows and the other hosts need of a tunnel port; what else it has is the operator's.
func TunnelOptions(dstPort int) map[string]string {
	return map[string]string{"remote_ip": "flow", "key": "flow", "dst_port": strconv.Itoa(dstPort)}
}

// ensureTunnel adds the tunnel port where it is missing, and corrects the options of one that was there.
func ensureTunnel(ctx context.Context, s Setup, t Tunnel) error {
	ports, err := client(ctx, s.DB).VSwitch.ListPorts(s.Bridge)
	if err != nil {
		return fmt.Errorf("list ports of %s: %w", s.Bridge, err)
	}
	set := []string{"--", "set", "interface", t.Name}
	if !slices.Contains(ports, t.Name) {
		set = append(set, "type="+t.Type)
	}
	options := TunnelOptions(t.DstPort)
	for _, k := range slices.Sorted(maps.Keys(options)) {
		set = append(set, "options:"+k+"="+options[k])
	}
	if err := client(ctx, s.DB, set...).VSwitch.AddPort(s.Bridge, t.Name); err != nil {
		return fmt.Errorf("set up tunnel port %s: %w", t.Name, err)
	}
	return nil
}

// AddGuest puts an interface on the bridge with these external ids. An interface that was there loses those it had, the
// claim of an earlier attach among them, because this is a new one.
func (CLI) AddGuest(ctx context.Context, s Setup, ifname string, ids map[string]string) error {
	more := []string{"--", "set", "interface", ifname, "external_ids={}"}
	for _, k := range slices.Sorted(maps.Keys(ids)) {
		more = append(more, "external_ids:"+k+"="+ids[k])
	}
	if err := client(ctx, s.DB, more...).VSwitch.AddPort(s.Bridge, ifname); err != nil {
		return fmt.Errorf("add interface %s to %s: %w", ifname, s.Bridge, err)
	}
	return nil
}

// RemoveGuest takes an interface off the bridge.
func (CLI) RemoveGuest(ctx context.Context, s Setup, ifname string) error {
	if err := client(ctx, s.DB).VSwitch.DeletePort(s.Bridge, ifname); err != nil {
		return fmt.Errorf("remove interface %s from %s: %w", ifname, s.Bridge, err)
	}
	return nil
}
