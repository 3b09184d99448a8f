package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/status"
)

const watchInterval = time.Second

func (a *app) statusCommand() *cobra.Command {
	watch := false
	c := &cobra.Command{
		Use:   "status",
		Short: "Show how the agent, its switch and its ports are",
		Long: `Shows how the agent, its switch, its ports and tunnels are, and what is wrong.
Exits with 5 while the agent is not ready, which is until the switch has acknowledged the first complete set of flows.`,
		Example: "  vlcp-agent status\n  vlcp-agent status --watch\n  vlcp-agent status -o json | jq .problems",
		Args:    cobra.NoArgs,
		RunE: a.act(func(ctx context.Context, _ []string) error {
			if watch {
				return a.watch(ctx, func() error {
					s, err := a.client().Status(ctx)
					if err != nil {
						return err
					}
					a.clear()
					return a.print(s, func(w io.Writer) { a.printStatus(w, s) })
				})
			}
			s, err := a.client().Status(ctx)
			if err != nil {
				return err
			}
			if err := a.print(s, func(w io.Writer) { a.printStatus(w, s) }); err != nil {
				return err
			}
			if !s.Ready {
				return fmt.Errorf("agent is not ready yet: %w", status.ErrUnavailable)
			}
			return nil
		}),
	}
	c.Flags().BoolVarP(&watch, "watch", "w", false, "show it again every second")
	return c
}

// clear empties a terminal, for what is shown again and again.
func (a *app) clear() {
	if a.watching && a.output == outTable && a.terminal() {
		fmt.Fprint(a.stdout, "\x1b[H\x1b[2J")
	}
}

// watch shows something until it is interrupted, also while there is no agent.
func (a *app) watch(ctx context.Context, show func() error) error {
	a.watching = true
	for {
		err := show()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			a.clear()
			fmt.Fprintln(a.stderr, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(watchInterval):
		}
	}
}

func (a *app) printStatus(w io.Writer, s *status.Status) {
	state := a.paint(green, "ready")
	if !s.Ready {
		state = a.paint(amber, "not ready")
	}
	up := time.Duration(s.UptimeSeconds) * time.Second
	fmt.Fprintf(w, "%s  %s, up %s, version %s\n", a.paint(bold, s.Host), state, up, s.Version)
	a.printSwitch(w, s)
	a.printStore(w, s)
	fmt.Fprintf(w, "dhcp     %d offers, %d acks, %d naks", s.DHCP.Offers, s.DHCP.Acks, s.DHCP.Naks)
	if s.DHCP.Limited > 0 {
		fmt.Fprintf(w, ", %d dropped of ports that sent too many", s.DHCP.Limited)
	}
	fmt.Fprintln(w)
	if n := s.Limited["flood"]; n > 0 {
		fmt.Fprintf(w, "flood    %d broadcasts and multicasts dropped of ports that sent too many\n", n)
	}
	if len(s.Tunnels) > 0 {
		var list []string
		for _, t := range s.Tunnels {
			list = append(list, fmt.Sprintf("%s (%s)", t.Host, t.Address))
		}
		fmt.Fprintf(w, "tunnels  %s\n", strings.Join(list, ", "))
	}
	if n := s.Announcements; n != nil {
		fmt.Fprintf(w, "uplinks  told where guests are: %d frames sent, %d ports to come\n", n.Sent, n.Due)
	}
	for _, m := range s.Mirrors {
		on := ""
		if m.Host != "" {
			on = " on " + m.Host
		}
		fmt.Fprintf(w, "mirror   %s: %s, %s of %s to %s%s\n", m.Name, m.State, m.Direction, m.From, m.To, on)
	}
	for _, l := range s.Learning {
		fmt.Fprintf(w, "learning %s: %d of %d machines outside, %d frames to known ones; unknown: %s, %d frames\n", l.Network,
			l.Machines, l.Max, l.KnownFrames, l.Unknown, l.UnknownFrames)
	}
	printDemand(w, s.Demand)
	fmt.Fprintln(w)
	a.printPorts(w, s.Ports)
	if len(s.Problems) > 0 {
		fmt.Fprintf(w, "\n%s\n", a.paint(red, "problems"))
		for _, p := range s.Problems {
			fmt.Fprintf(w, "  %s %s: %s\n", a.paint(red, p.Code), p.Object, p.Message)
		}
	}
}

func printDemand(w io.Writer, d *status.Demand) {
	if d == nil {
		return
	}
	for _, n := range d.Networks {
		fmt.Fprintf(w, "demand   %s (%s): %d of %d ports are wanted here\n", n.Network, n.Strategy, n.Wanted, n.Ports)
	}
	fmt.Fprintf(w, "         %d of at most %d, %d aged, %d made room for others; %d frames without a flow\n", d.Wanted,
		d.Max, d.Aged, d.Evicted, d.Asked)
}

func (a *app) printSwitch(w io.Writer, s *status.Status) {
	f := s.Flows
	if !s.Switch.Connected {
		fmt.Fprintf(w, "switch   %s %s\n", s.Switch.Bridge, a.paint(red, "not connected"))
		return
	}
	fmt.Fprintf(w, "switch   %s, Open vSwitch %s, OpenFlow %s, datapath %s\n", s.Switch.Bridge, s.Switch.OVSVersion,
		s.Switch.OpenFlow, s.Switch.DatapathID)
	var tables []string
	for _, t := range pipeline.Tables {
		if n := f.ByTable[t.Name]; n > 0 {
			tables = append(tables, fmt.Sprintf("%s %d", t.Name, n))
		}
	}
	fmt.Fprintf(w, "flows    %d of %d installed, %d pending, %d foreign", f.Installed, f.Desired, f.Pending, f.Foreign)
	if len(tables) > 0 {
		fmt.Fprintf(w, "  (%s)", strings.Join(tables, ", "))
	}
	fmt.Fprintln(w)
	d := s.Drift
	if n := d.Deleted + d.Changed + d.Planted + d.Meters; n+d.Foreign > 0 {
		fmt.Fprintf(w, "drift    %s, %d repaired: %d flows deleted, %d changed, %d planted, %d meters",
			a.paint(amber, "somebody changed the switch"), d.Repaired, d.Deleted, d.Changed, d.Planted, d.Meters)
		if d.Foreign > 0 {
			fmt.Fprintf(w, "; %d foreign ones left", d.Foreign)
		}
		fmt.Fprintln(w)
	}
}

func (a *app) printStore(w io.Writer, s *status.Status) {
	state := a.paint(green, s.Store.State)
	if s.Store.State != "current" {
		state = a.paint(red, s.Store.State)
	}
	fmt.Fprintf(w, "store    %s, revision %d", state, s.Store.Revision)
	if s.Store.AppliedRevision != s.Store.Revision {
		fmt.Fprintf(w, ", %d in the switch", s.Store.AppliedRevision)
	}
	if s.Store.Since != nil {
		fmt.Fprintf(w, ", not current for %s", age(s.Store.Since))
	}
	if s.Store.Since != nil && s.Store.Seen != nil {
		from := ""
		if s.Store.FromJournal {
			from = " from the journal"
		}
		fmt.Fprintf(w, ", working by definitions%s that are %s old", from, age(s.Store.Seen))
	}
	if h := s.Store.Hold; h != nil {
		fmt.Fprintf(w, ", %d objects kept against the store", h.Count)
	}
	fmt.Fprintln(w)
}

// age is how long ago t was, in words for people.
func age(t *time.Time) time.Duration { return max(0, time.Since(*t)).Round(time.Second) }

func (a *app) printPorts(w io.Writer, ports []status.Port) {
	if len(ports) == 0 {
		fmt.Fprintln(w, "no ports on this host")
		return
	}
	rows := make([][]string, len(ports))
	for i, p := range ports {
		on := p.Interface
		if p.VLAN != 0 {
			on += fmt.Sprintf(" (VLAN %d)", p.VLAN)
		}
		rows[i] = []string{p.ID, p.Network, on, strconv.Itoa(int(p.OFPort)), p.MAC, addresses(p.IPs), stateOf(&p),
			limits(&p), dropped(p.Drops)}
	}
	table(w, "PORT NETWORK INTERFACE OFPORT MAC IP STATE LIMITS DROPPED", rows)
}

// limits says how much may go to a guest, and come from it.
func limits(p *status.Port) string {
	var out []string
	if p.LimitIn != nil {
		out = append(out, "in:"+p.LimitIn.String())
	}
	if p.LimitOut != nil {
		out = append(out, "out:"+p.LimitOut.String())
	}
	return strings.Join(out, ",")
}

// stateOf is the state of a port, and of which migration it is a part.
func stateOf(p *status.Port) string {
	switch {
	case p.Holder != "":
		return p.State + " (of " + p.Holder + ")"
	case p.MigratesTo != "":
		return p.State + " (to " + p.MigratesTo + ")"
	}
	return p.State
}

// dropped says what was dropped of a guest's frames, and why.
func dropped(n map[string]uint64) string {
	var out []string
	for _, why := range slices.Sorted(maps.Keys(n)) {
		out = append(out, fmt.Sprintf("%s:%d", why, n[why]))
	}
	return strings.Join(out, ",")
}

func addresses(list []netip.Addr) string {
	var out []string
	for _, a := range list {
		out = append(out, a.String())
	}
	return strings.Join(out, ",")
}

func (a *app) portsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "ports", Short: "List the ports on this host", Args: cobra.NoArgs,
		Example: "  vlcp-agent ports\n  vlcp-agent ports -o json",
		RunE: a.act(func(ctx context.Context, _ []string) error {
			s, err := a.client().Status(ctx)
			if err != nil {
				return err
			}
			return a.print(s.Ports, func(w io.Writer) { a.printPorts(w, s.Ports) })
		}),
	}
}

func (a *app) flowsCommand() *cobra.Command {
	var f status.Filter
	c := &cobra.Command{
		Use:   "flows",
		Short: "List the switch's flows and whose they are",
		Long: `Lists the flows of the switch, each with the object it is there for and its counters, in the words of
ovs-ofctl. State is installed, or what is the matter: missing, differs, stale (not wanted any more) or foreign (not
the agent's). Learned is what the switch made itself, such as the counters of frames that were not the guest's own.`,
		Example: "  vlcp-agent flows --port web1\n  vlcp-agent flows --network blue --table l2 -o json",
		Args:    cobra.NoArgs,
		RunE: a.act(func(ctx context.Context, _ []string) error {
			flows, err := a.client().Flows(ctx, f)
			if err != nil {
				return err
			}
			return a.print(flows, func(w io.Writer) { printFlows(w, flows) })
		}),
	}
	c.Flags().StringVar(&f.Port, "port", "", "only flows of this port")
	c.Flags().StringVar(&f.Network, "network", "", "only flows of this network, its subnets and ports")
	c.Flags().StringVar(&f.Table, "table", "", "only flows of this table, by number or name")
	tables := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var names []string
		for _, t := range pipeline.Tables {
			names = append(names, t.Name)
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	if err := errors.Join(c.RegisterFlagCompletionFunc("table", tables),
		c.RegisterFlagCompletionFunc("port", a.completePort)); err != nil {
		panic(err) // a flag is misspelt above
	}
	return c
}

// completePort offers the ports of this host.
func (a *app) completePort(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	ctx := cmd.Context()
	if ctx == nil {
		ctx = context.Background()
	}
	s, err := a.client().Status(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, p := range s.Ports {
		names = append(names, p.ID)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func printFlows(w io.Writer, flows []status.Flow) {
	rows := make([][]string, len(flows))
	for i, f := range flows {
		name := f.TableName
		if name == "" {
			name = strconv.Itoa(int(f.Table))
		}
		match := f.Match
		if match == "" {
			match = "(any)"
		}
		rows[i] = []string{name, strconv.Itoa(int(f.Priority)), f.Owner, f.State, strconv.FormatUint(f.Packets, 10),
			(time.Duration(f.AgeSeconds) * time.Second).String(), match, f.Actions}
	}
	table(w, "TABLE PRIO OWNER STATE PACKETS AGE MATCH ACTIONS", rows)
}
