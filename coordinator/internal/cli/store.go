package cli

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

func (a *app) storeCommand() *cobra.Command {
	top := &cobra.Command{
		Use:     "store",
		Short:   "Check and repair the store, and accept what became of it",
		Example: "  vlcp-coordinator store check\n  vlcp-coordinator store accept",
		Args:    cobra.ArbitraryArgs,
		RunE:    a.group,
	}
	top.AddCommand(a.checkCommand(), a.repairCommand(), a.acceptCommand())
	return top
}

func (a *app) checkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Look for what is wrong in the store",
		Long: `Reads everything in the store and lists what no command leaves behind: indexes that do not fit the
documents, addresses and numbers that two objects have, logs and revisions that do not match, bindings of ports that do
not exist, keys and fields that nobody knows. It changes nothing and disturbs nobody. The exit code is 4 when something
is wrong.`,
		Example: "  vlcp-coordinator store check\n  vlcp-coordinator store check -o json",
		Args:    cobra.NoArgs,
	}
	cmd.RunE = a.runWithin(long(cmd), func(ctx context.Context, c *catalog.Catalog, _ []string) error {
		r, err := c.Check(ctx)
		if err != nil {
			return err
		}
		if err := a.print(reportView(r)); err != nil {
			return err
		}
		if len(r.Flaws) > 0 {
			return &catalog.Unmendable{Reason: fmt.Sprintf("%d things are wrong; store repair mends %d of them", len(r.Flaws),
				r.Mendable())}
		}
		return nil
	})
	return cmd
}

func reportView(r *catalog.Report) view {
	v := view{object: r}
	for _, f := range r.Flaws {
		line := f.String()
		switch {
		case f.Mend == "":
			line += ": not mended by repair"
		case r.Mended:
			line += ": mended"
		}
		v.lines = append(v.lines, line)
	}
	if len(r.Flaws) == 0 {
		v.lines = append(v.lines, fmt.Sprintf("nothing is wrong: %d documents, %d index entries, revision %d", r.Documents,
			r.Entries, r.Rev))
	}
	return v
}

func (a *app) repairCommand() *cobra.Command {
	var dry, yes bool
	cmd := &cobra.Command{
		Use:   "repair",
		Short: "Mend what check finds",
		Long: `Mends what "store check" finds, as far as no decision of yours is needed: indexes, logs and pools are
written anew from the documents, and bindings of ports that do not exist are deleted. Definitions stay as they are. It
shows what it will do and asks, unless --yes is given; then all of it happens in one step, or nothing. Commits wait for
the moment that it takes. A backup before is a good idea.`,
		Example: "  vlcp-coordinator store repair --dry-run\n  vlcp-coordinator store repair --yes",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "show what would be mended, and do nothing")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.RunE = a.runWithin(long(cmd), func(ctx context.Context, c *catalog.Catalog, _ []string) error {
		r, err := c.Check(ctx)
		if err != nil || dry || r.Mendable() == 0 {
			if err == nil {
				err = a.print(reportView(r))
			}
			return err
		}
		if !yes {
			if err := a.ask(reportView(r).lines, fmt.Sprintf("Mend %d of them?", r.Mendable())); err != nil {
				return err
			}
		}
		if r, err = c.Repair(ctx, a.progress("written")); err != nil {
			return err
		}
		return a.print(reportView(r))
	})
	return cmd
}

// ask shows lines and a question on the error output, and returns an error unless the answer is yes.
func (a *app) ask(lines []string, question string) error {
	for _, l := range lines {
		fmt.Fprintln(a.stderr, l)
	}
	fmt.Fprintf(a.stderr, "%s [yes/no] ", question)
	answer, _ := bufio.NewReader(a.stdin).ReadString('\n') // no answer is none
	fmt.Fprintln(a.stderr)
	if strings.TrimSpace(answer) != "yes" {
		return &catalog.Unmendable{Reason: "not done: the answer was not yes (--yes does not ask)"}
	}
	return nil
}

func (a *app) acceptCommand() *cobra.Command {
	var dry, yes bool
	var epochs []string
	cmd := &cobra.Command{
		Use:   "accept",
		Short: "Accept the store as it is, and what agents still hold against it goes",
		Long: `When the store has lost what agents know (a failover, FLUSHALL, an old backup, another deployment under the
same address), agents hold: they keep all they have, take what is new, and refuse to remove anything. This command shows
who holds and which objects would go or change, asks, and tells the agents to follow the store again. Create again first
what should stay, or restore a backup that has it: an agent with nothing to refuse goes on by itself.
Hosts that are silent now accept when they are back, if they know the same epoch as one that holds now, or one given
with --epoch (agents say theirs in "vlcp-agent status").`,
		Example: "  vlcp-coordinator store accept --dry-run\n  vlcp-coordinator store accept --yes",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "show who holds and what would go, and do nothing")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.Flags().StringSliceVar(&epochs, "epoch", nil, "also what is known of this epoch by hosts that are silent")
	cmd.RunE = a.run(func(ctx context.Context, c *catalog.Catalog, _ []string) error {
		h, err := c.Holds(ctx)
		if err != nil {
			return err
		}
		if dry || len(h.Hosts) == 0 && len(epochs) == 0 {
			return a.print(holdsView(h))
		}
		if !yes {
			if err := a.ask(holdsView(h).lines, "Accept the store as it is?"); err != nil {
				return err
			}
		}
		if err := c.Accept(ctx, h, epochs...); err != nil {
			return err
		}
		return a.print(view{object: map[string]any{"accepted": true, "epoch": h.Epoch, "hosts": h.Hosts},
			lines: []string{fmt.Sprintf("accepted (epoch %s): %d hosts follow within seconds", h.Epoch, len(h.Hosts))}})
	})
	return cmd
}

func holdsView(h *catalog.Holds) view {
	v := view{object: h}
	if len(h.Hosts) == 0 {
		v.lines = []string{"no host holds: there is nothing to accept"}
		return v
	}
	for _, x := range h.Hosts {
		v.lines = append(v.lines, fmt.Sprintf("host %s (%s) holds since %s: %s", x.Name, x.State,
			x.Since.Format(time.RFC3339), x.Why))
	}
	for _, o := range h.Objects {
		what := "changes to what the store has"
		if o.Gone {
			what = "goes"
		}
		v.lines = append(v.lines, fmt.Sprintf("%s %s: on %s", strings.Replace(o.Object, "/", " ", 1), what,
			strings.Join(o.Hosts, ", ")))
	}
	if h.More > 0 {
		v.lines = append(v.lines, fmt.Sprintf("and %d more", h.More))
	}
	return v
}
