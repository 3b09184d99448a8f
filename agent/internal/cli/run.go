package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/agent"
	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/common/telemetry"
)

func (a *app) runCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the agent",
		Long: `Runs the agent until it is told to stop. The flows stay in the switch: a restart is not seen by any guest.
SIGHUP makes it read the configuration again; with another one it starts anew, which is as a restart.

The file may say, with these defaults:

  redis:  {url: redis://127.0.0.1:6379/0, name: ""}
  host:   ""                       # name of this host; default: external_ids:hostname of Open vSwitch
  ovs:    {db: "unix:/run/openvswitch/db.sock", bridge: br-int, openflow: "", datapath_type: "",
           foreign_flows: remove}  # or keep: flows of the bridge that others made
  tunnel: {address: "", interface: "", port: vxlan0, dst_port: 4789} # one of the first two is required
  dhcp:   {rate: 100}              # requests a second that a port may send; 0 for no limit
  journal: {path: /var/lib/vlcp/agent.journal} # the definitions, for a start without Redis; "" for none
  api:    {socket: /run/vlcp/agent.sock}
  log:    {level: info, format: auto}`,
		Example: "  vlcp-agent run --config /etc/vlcp/agent.yaml\n  vlcp-agent run --check",
		Args:    cobra.NoArgs,
		RunE: a.act(func(ctx context.Context, _ []string) error {
			if check {
				return a.check()
			}
			return a.run(ctx)
		}),
	}
	cmd.Flags().BoolVar(&check, "check", false, "say whether the configuration is valid, and do nothing")
	return cmd
}

// run runs agents one after the other, a new one whenever the configuration has changed: that is a restart, which
// touches no flow, and so every key can be changed in this way.
func (a *app) run(ctx context.Context) error {
	cfg, err := a.configuration()
	if err != nil {
		return err
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	sup := newSupervisor()
	end := make(chan struct{})
	defer close(end)
	go sup.run(end)
	go followMemory(end)
	for {
		next, err := a.runAgent(ctx, cfg, sup, hup)
		if next == nil {
			return err
		}
		cfg = *next
	}
}

// runAgent runs one agent until it ends, or until the configuration is another: then it returns that.
func (a *app) runAgent(ctx context.Context, cfg config.Config, sup *supervisor, hup <-chan os.Signal) (
	next *config.Config, err error) {
	log, _, err := telemetry.New(telemetry.Config{Level: cfg.Log.Level, Format: cfg.Log.Format, Identifier: program,
		Output: a.stderr})
	if err != nil {
		return nil, fmt.Errorf("%s: log: %w", a.config, err)
	}
	ag, err := agent.New(cfg, agent.Env{Logger: log, Supervisor: sup.told})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.config, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go tuneStart(ctx, ag)
	changed := make(chan *config.Config, 1)
	go func() {
		changed <- a.change(ctx, cfg, hup, log)
		cancel()
	}()
	err = ag.Run(ctx)
	cancel()
	next = <-changed
	switch {
	case !errors.Is(err, context.Canceled) || errors.Is(err, agent.ErrFault):
		return nil, err
	case next != nil:
		log.Info("configuration changed, starting anew with it; flows stay in the switch")
		sup.reloading()
		return next, nil
	}
	log.Info("stopped, flows stay in the switch")
	return nil, nil
}

// change waits for signals to read the configuration again until it is another one, or until ctx is done. What is wrong
// with it is said, and the old one stays.
func (a *app) change(ctx context.Context, old config.Config, hup <-chan os.Signal, log *slog.Logger) *config.Config {
	address, _ := old.TunnelAddress() // it was right when the agent started
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hup:
		}
		cfg, err := a.configuration()
		if err != nil {
			log.Error("configuration not taken, the one before stays", "error", err)
			continue
		}
		if now, _ := cfg.TunnelAddress(); cfg != old || now != address {
			return &cfg
		}
		log.Info("configuration unchanged")
	}
}

// configuration reads the file and checks what can be checked of it.
func (a *app) configuration() (config.Config, error) {
	cfg, err := config.Load(a.config)
	if err != nil {
		return cfg, err
	}
	if _, err := cfg.TunnelAddress(); err != nil {
		return cfg, fmt.Errorf("%s: %w", a.config, err)
	}
	if _, _, err := telemetry.New(telemetry.Config{Level: cfg.Log.Level, Format: cfg.Log.Format}); err != nil {
		return cfg, fmt.Errorf("%s: log: %w", a.config, err)
	}
	return cfg, nil
}

// check says whether the configuration would be taken.
func (a *app) check() error {
	if _, err := a.configuration(); err != nil {
		return err
	}
	return a.print(map[string]any{"config": a.config, "valid": true}, func(w io.Writer) {
		fmt.Fprintln(w, a.config, "is valid")
	})
}
