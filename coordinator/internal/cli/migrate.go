package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// portHeader and portRow are the table of ports.
var portHeader = []string{"NAME", "NETWORK", "SUBNET", "IP", "MAC", "STATE", "HOST", "PARENT"}

func portRow(p *catalog.Port) []string {
	host := p.Host
	if p.MigratesTo != "" {
		host += " to " + p.MigratesTo
	}
	if len(p.Standby) > 0 {
		host += " (ready: " + strings.Join(p.Standby, ", ") + ")"
	}
	parent := ""
	if p.Parent != "" {
		parent = fmt.Sprintf("%s (VLAN %d)", p.Parent, p.VLAN)
	}
	return []string{p.Name, p.Network, p.Subnet, join(p.Addresses()), p.MAC.String(), p.State, host, parent}
}

func (a *app) migrateCommand() *cobra.Command {
	var to string
	var cancel, wait bool
	var limit time.Duration
	one := 1
	c := &cobra.Command{
		Use:   "migrate NAME --to HOST",
		Short: "Say that a port moves to another host, and see that it is ready there",
		Long: `Says that the guest of a port will move, which port list and the status of the hosts then show. The move itself
is that of the guest: when its interface is attached on the other host too, that one puts the port's flows into its
switch and waits; with the first frame that the guest sends there (hypervisors have it send ARP or RARP) the port is
there. All that happens without this command too. --wait returns when the target is ready, which is when the guest may
be switched over.`,
		Example: "  vlcp-coordinator port migrate web1 --to hv2\n  vlcp-coordinator port migrate web1 --to hv2 --wait\n" +
			"  vlcp-coordinator port migrate web1 --cancel",
		Args: cobra.ExactArgs(1), ValidArgsFunction: a.completer(names(model.KindPort), &one),
	}
	f := c.Flags()
	f.StringVar(&to, "to", "", "host that it moves to, by id or name")
	f.BoolVar(&cancel, "cancel", false, "say that it does not move")
	f.BoolVar(&wait, "wait", false, "wait until the target has the port's flows in its switch")
	f.DurationVar(&limit, "timeout", time.Minute, "how long --wait waits")
	complete(c, "to", names(model.KindHost), a)
	do := a.runWithin(&limit, func(ctx context.Context, c *catalog.Catalog, args []string) error {
		p, err := c.Migrate(ctx, args[0], to)
		if err == nil && wait {
			p, err = c.AwaitStandby(ctx, args[0], to)
		}
		if err != nil {
			return err
		}
		return a.print(view{object: p, header: portHeader, rows: [][]string{portRow(&p)}})
	})
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if (to == "") != cancel || cancel && wait {
			return usage("give either --to HOST, perhaps with --wait, or --cancel")
		}
		return do(cmd, args)
	}
	return c
}
