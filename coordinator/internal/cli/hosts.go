package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

func (a *app) hostCommand() *cobra.Command {
	top := a.nounCommand(model.KindHost, "hosts")
	top.Long = "Hosts announce themselves: the agent on each writes what it is, and a heartbeat."
	one := 1
	list := &cobra.Command{
		Use:     "list",
		Short:   "List hosts with their state",
		Example: "  vlcp-coordinator host list",
		Args:    cobra.NoArgs,
		RunE: a.run(func(ctx context.Context, c *catalog.Catalog, _ []string) error {
			hosts, err := c.Hosts(ctx)
			if err != nil {
				return err
			}
			header := []string{"ID", "NAME", "STATE", "HEARTBEAT", "TUNNEL", "PORTS", "APPLIED", "VERSION"}
			return a.print(listOf(hosts, header, hostRow))
		}),
	}
	show := &cobra.Command{
		Use:               "show ID|NAME",
		Short:             "Show a host",
		Example:           "  vlcp-coordinator host show node1",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completer(names(model.KindHost), &one),
		RunE: a.run(func(ctx context.Context, c *catalog.Catalog, args []string) error {
			h, err := c.Host(ctx, args[0])
			if err != nil {
				return err
			}
			return a.printWhole(view{object: h})
		}),
	}
	del := &cobra.Command{
		Use:               "delete ID|NAME",
		Short:             "Forget a host that is gone",
		Long:              "Forgets a host that is gone. A live one is refused, as it would announce itself again.",
		Example:           "  vlcp-coordinator host delete node1",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completer(names(model.KindHost), &one),
		RunE: a.run(func(ctx context.Context, c *catalog.Catalog, args []string) error {
			h, err := c.DeleteHost(ctx, args[0])
			if err != nil {
				return err
			}
			return a.print(outcome([]catalog.Done{{Action: catalog.Deleted, Kind: model.KindHost, Name: h.ID}}))
		}),
	}
	top.AddCommand(list, show, del)
	return top
}

func hostRow(h *catalog.Host) []string {
	age := ""
	if h.Applied > 0 || h.Age > 0 {
		age = h.Age.String()
	}
	state := h.State
	if h.Holds {
		state += ", holds"
	}
	return []string{h.ID, h.Name, state, age, text(h.Tunnel), number(h.Ports), number(h.Applied), h.Version}
}
