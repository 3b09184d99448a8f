package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

func (a *app) physportCommand() *cobra.Command {
	header := []string{"NAME", "PHYSNET", "INTERFACE", "HOST", "BRIDGE"}
	row := func(p *model.PhysPort) []string { return []string{p.Name, p.PhysNet, p.Interface, p.Host, p.Bridge} }
	n := &noun[model.PhysPort, *model.PhysPort]{
		kind: model.KindPhysPort, plural: "uplinks to physical networks", filter: model.KindPhysNet,
		example: example{create: "eth1 --physnet office\n" +
			"  vlcp-coordinator physport create office-gpu --physnet office --interface bond0 --host 'gpu*'",
			update: "eth1 --host 'hv*'", list: "--physnet office", name: "eth1"},
		name: func(p *model.PhysPort, name string) { p.Name = name },
		list: func(ctx context.Context, c *catalog.Catalog, physnet string) (view, error) {
			list, err := c.PhysPorts(ctx, physnet)
			return listOf(list, header, row), err
		},
		one: func(_ context.Context, _ *catalog.Catalog, p *model.PhysPort) (view, error) {
			return view{object: p, header: header, rows: [][]string{row(p)}}, nil
		},
		flags: func(cmd *cobra.Command, f *fields[model.PhysPort], create bool) {
			type port = model.PhysPort
			fs, p := cmd.Flags(), &f.scratch
			fs.StringVar(&p.PhysNet, "physnet", "", "physical network that it leads to, of type vlan or flat")
			f.add("physnet", func(to, from *port) { to.PhysNet = from.PhysNet })
			complete(cmd, "physnet", names(model.KindPhysNet), a)
			fs.StringVar(&p.Interface, "interface", "", "interface on the bridge (default: NAME)")
			f.add("interface", func(to, from *port) { to.Interface = from.Interface })
			fs.StringVar(&p.Host, "host", "*", "pattern of the names of the hosts that have it, with * and ?; the most "+
				"specific one counts")
			f.add("host", func(to, from *port) { to.Host = from.Host })
			fs.StringVar(&p.Bridge, "bridge", "*", "pattern of the bridge's name")
			f.add("bridge", func(to, from *port) { to.Bridge = from.Bridge })
			if create {
				needs(cmd, "physnet")
			}
		},
	}
	return n.command(a)
}
