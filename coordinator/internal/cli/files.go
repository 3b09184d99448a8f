package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// waitTimeout is how long wait waits if not told.
const waitTimeout = 30 * time.Second

func (a *app) applyCommand() *cobra.Command {
	var name string
	var dry bool
	cmd := &cobra.Command{
		Use:   "apply -f FILE",
		Short: "Create and change what a file describes",
		Long: `Creates what is described and absent, and changes what is described differently, in one commit. What the
file does not have stays. MAC and IP addresses, VNIs and MTUs that the file leaves out are allocated, or stay as they
are.`,
		Example: `  vlcp-coordinator apply -f networks.yaml
  vlcp-coordinator apply -f networks.yaml --dry-run
  vlcp-coordinator export | vlcp-coordinator --redis redis://other:6379/0 apply -f -`,
		Args: cobra.NoArgs,
	}
	cmd.Flags().StringVarP(&name, "file", "f", "", "file to read; - is standard input")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say what would be done, and do nothing")
	needs(cmd, "file")
	cmd.RunE = a.run(func(ctx context.Context, c *catalog.Catalog, _ []string) error {
		f, err := a.readFile(name)
		if err != nil {
			return err
		}
		commit := c.Commit
		if dry {
			commit = c.DryRun
		}
		done, err := commit(ctx, f.Changes())
		if err != nil {
			return err
		}
		return a.print(summary(done, dry))
	})
	return cmd
}

func (a *app) readFile(name string) (*catalog.File, error) {
	var data []byte
	var err error
	if name == "-" {
		name = "standard input"
		data, err = io.ReadAll(a.stdin)
	} else {
		data, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, fmt.Errorf("read definitions: %w", err)
	}
	return catalog.ParseFile(name, data)
}

// summary is the outcome with a count at the end.
func summary(done []catalog.Done, dry bool) view {
	v := outcome(done)
	count := map[catalog.Action]int{}
	for _, d := range done {
		count[d.Action]++
	}
	end := fmt.Sprintf("%d created, %d updated, %d unchanged", count[catalog.Created], count[catalog.Updated],
		count[catalog.Unchanged])
	if dry {
		end += " (dry run, nothing was done)"
	}
	v.lines = append(v.lines, end)
	return v
}

func (a *app) exportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "export",
		Short: "Print everything that is defined, as a file for apply",
		Long: "Prints everything that is defined as YAML, sorted, in the format that apply reads; with -o json as JSON, " +
			"which apply reads too.",
		Example: "  vlcp-coordinator export > networks.yaml",
		Args:    cobra.NoArgs,
		RunE: a.run(func(ctx context.Context, c *catalog.Catalog, _ []string) error {
			f, err := c.Export(ctx)
			if err != nil {
				return err
			}
			return a.printWhole(view{object: f})
		}),
	}
}

func (a *app) waitCommand() *cobra.Command {
	var port string
	var within time.Duration
	cmd := &cobra.Command{
		Use:   "wait",
		Short: "Wait until switches have what is defined",
		Long: `Waits until every live host that has ports of a network has in its switch what is defined of it now; with
--port also until that port is attached. On time-out it says who is missing, and the exit code is 6.`,
		Example: "  vlcp-coordinator wait\n  vlcp-coordinator wait --port web1 --timeout 60s",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&port, "port", "", "port that must be attached")
	complete(cmd, "port", names(model.KindPort), a)
	cmd.Flags().DurationVar(&within, "timeout", waitTimeout, "how long to wait")
	cmd.RunE = a.runWithin(&within, func(ctx context.Context, c *catalog.Catalog, _ []string) error {
		start := time.Now()
		if err := c.Wait(ctx, port); err != nil {
			return err
		}
		took := time.Since(start).Round(time.Millisecond)
		return a.print(view{object: map[string]any{"done": true, "ms": took.Milliseconds()},
			lines: []string{"done after " + took.String()}})
	})
	return cmd
}
