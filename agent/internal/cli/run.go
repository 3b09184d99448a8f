package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/agent"
	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/common/telemetry"
)

func (a *app) runCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Run the agent",
		Long: `Runs the agent until it is told to stop. The flows stay in the switch: a restart is not seen by any guest.

The file may say, with these defaults:

  redis:  {url: redis://127.0.0.1:6379/0, name: ""}
  host:   ""                       # name of this host; default: external_ids:hostname of Open vSwitch
  ovs:    {db: "unix:/run/openvswitch/db.sock", bridge: br-int, openflow: "", datapath_type: ""}
  tunnel: {address: "", interface: "", port: vxlan0, dst_port: 4789} # one of the first two is required
  dhcp:   {rate: 100}              # requests a second that a port may send; 0 for no limit
  journal: {path: /var/lib/vlcp/agent.journal} # the definitions, for a start without Redis; "" for none
  api:    {socket: /run/vlcp/agent.sock}
  log:    {level: info, format: auto}`,
		Example: "  vlcp-agent run --config /etc/vlcp/agent.yaml",
		Args:    cobra.NoArgs,
		RunE:    a.act(func(ctx context.Context, _ []string) error { return a.run(ctx) }),
	}
}

// gcPercent is how much garbage there may be beside what lives. An agent has a hypervisor's memory for its guests, and
// nothing to do most of the time.
const gcPercent = 50

func (a *app) run(ctx context.Context) error {
	cfg, err := config.Load(a.config)
	if err != nil {
		return err
	}
	log, _, err := telemetry.New(telemetry.Config{Level: cfg.Log.Level, Format: cfg.Log.Format, Identifier: program,
		Output: a.stderr})
	if err != nil {
		return fmt.Errorf("%s: log: %w", a.config, err)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ag, err := agent.New(cfg, agent.Env{Logger: log})
	if err != nil {
		return fmt.Errorf("%s: %w", a.config, err)
	}
	go func() {
		select {
		case <-ag.Ready():
			_, _ = daemon.SdNotify(false, daemon.SdNotifyReady) // without systemd nobody waits for it
		case <-ctx.Done():
		}
	}()
	err = ag.Run(ctx)
	if errors.Is(err, context.Canceled) && !errors.Is(err, agent.ErrFault) {
		log.Info("stopped, flows stay in the switch")
		return nil
	}
	return err
}
