package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/agent/internal/status"
)

func (a *app) metricsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "metrics",
		Short: "Print the agent's metrics as Prometheus reads them",
		Long: `Prints counters and gauges in the text format of Prometheus: flow-mods, gaps and catch-ups of the store,
packets that the switch handed up, what was dropped and of whom. With -o json or yaml, what they are made of. To have
Prometheus read them from the agent itself, set metrics.listen in its configuration.`,
		Example: `  vlcp-agent metrics
  cd /var/lib/prometheus/node-exporter && vlcp-agent metrics > vlcp.new && mv vlcp.new vlcp.prom
  vlcp-agent metrics -o json`,
		Args: cobra.NoArgs,
		RunE: a.act(func(ctx context.Context, _ []string) error {
			s, err := a.client().Status(ctx)
			if err != nil {
				return err
			}
			return a.print(s, func(w io.Writer) { _, _ = io.WriteString(w, status.Metrics(s)) })
		}),
	}
}
