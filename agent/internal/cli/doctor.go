package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/doctor"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
)

// errUnwell is wrapped by the error of a check that failed.
var errUnwell = errors.New("something has to be repaired, see above")

func (a *app) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check everything that the agent needs on this host",
		Long: `Checks the configuration, Open vSwitch, the datapath, the tunnel to the other hosts, the store, and the running
agent, and says of each what it found; of what is not well also why it matters and what to do. It changes nothing.
The exit code is 1 when a check failed, 0 with warnings only.`,
		Example: "  vlcp-agent doctor\n  vlcp-agent doctor -o json",
		Args:    cobra.NoArgs,
		RunE: a.act(func(ctx context.Context, _ []string) error {
			r := a.examine(ctx)
			if err := a.print(r, func(w io.Writer) { a.printReport(w, r) }); err != nil {
				return err
			}
			if r.Worst() == doctor.Fail {
				return errUnwell
			}
			return nil
		}),
	}
}

// examine is a report also when the configuration cannot be used.
func (a *app) examine(ctx context.Context) *doctor.Report {
	cfg, err := config.Load(a.config)
	if err != nil {
		return &doctor.Report{Checks: []doctor.Check{{Name: "configuration", Result: doctor.Fail, Found: err.Error(),
			Why: "the agent does not start with it", Fix: "vlcp-agent setup, or correct the file"}}}
	}
	r := doctor.Run(ctx, cfg, a.doctorEnv())
	r.Checks = append([]doctor.Check{{Name: "configuration", Result: doctor.OK, Found: a.config}}, r.Checks...)
	return r
}

func (a *app) doctorEnv() doctor.Env {
	return doctor.Env{
		OpenStore: func(c config.Redis) (store.Store, error) {
			return redisstore.Open(redisstore.Options{URL: c.URL, Name: c.Name, PoolSize: 1})
		},
		Status:         a.client().Status,
		KernelDatapath: doctor.KernelDatapath,
		Now:            time.Now,
	}
}

func (a *app) printReport(w io.Writer, r *doctor.Report) {
	colours := map[string]string{doctor.OK: green, doctor.Warn: amber, doctor.Fail: red}
	for _, c := range r.Checks {
		fmt.Fprintf(w, "%s  %s: %s\n", a.paint(colours[c.Result], fmt.Sprintf("%-7s", c.Result)), c.Name, c.Found)
		if c.Result != doctor.OK {
			fmt.Fprintf(w, "         why: %s\n         fix: %s\n", c.Why, c.Fix)
		}
	}
}
