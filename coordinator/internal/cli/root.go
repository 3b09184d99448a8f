package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/coordinator"
	"github.com/vlcp-go/vlcp/coordinator/internal/config"
)

// suggestDistance is how many letters of a mistyped command may be wrong for a hint.
const suggestDistance = 2

const exitCodesHelp = `Exit codes: 0 done, 1 error, 2 wrong usage, 3 not found, 4 refused or not valid, 5 the store
cannot be reached (nothing was done), 6 time-out, 7 nobody knows whether it was done.`

// root is the tree of commands.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   program,
		Short: "Define networks, subnets and ports",
		Long: `Defines physical networks, networks, subnets and ports in the store that the agents follow.
Each command makes one change, completely or not at all.

` + exitCodesHelp,
		Example: `  vlcp-coordinator init
  vlcp-coordinator physnet create tenants --type vxlan --vni 10000-20000
  vlcp-coordinator network create blue --physnet tenants
  vlcp-coordinator subnet create blue-v4 --network blue --cidr 10.10.0.0/24 --gateway 10.10.0.1
  vlcp-coordinator port create web1 --network blue
  vlcp-coordinator wait --port web1`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.version && len(args) == 0 {
				return a.printVersion(cmd, args)
			}
			return a.group(cmd, args)
		},
		SilenceErrors: true, SilenceUsage: true,
	}
	root.Flags().BoolVar(&a.version, "version", false, "print the version of the program")
	f := root.PersistentFlags()
	f.StringVar(&a.config, "config", "", "configuration file (default: "+config.EnvPath+" of the environment, else "+
		config.DefaultPath+" if it is there)")
	f.StringVar(&a.redis, "redis", "", "URL of the store (default: "+redisEnv+" of the environment, else that of the "+
		"configuration, else "+config.DefaultRedis+")")
	f.StringVarP(&a.output, "output", "o", outTable, "format of what is printed: table, json or yaml")
	f.IntVar(&a.durable, "durable", -1, "how many replicas must have a change before it is done (default: redis.durable "+
		"of the configuration, else 0); without a number 1")
	f.Lookup("durable").NoOptDefVal, f.Lookup("durable").DefValue = "1", "0" // help says the default itself
	f.DurationVar(&a.timeout, "store-timeout", storeTimeout, "how long a command may take")
	complete(root, "output", words(outTable, outJSON, outYAML), a)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return badValue(err) })
	root.AddCommand(a.initCommand(), a.versionCommand(), a.physnetCommand(), a.physportCommand(), a.networkCommand(),
		a.subnetCommand(), a.portCommand(), a.mirrorCommand(), a.hostCommand(), a.applyCommand(), a.exportCommand(),
		a.waitCommand(), a.backupCommand(), a.restoreCommand(), a.storeCommand(), a.serveCommand(), manCommand(),
		a.doctorCommand())
	return root
}

// group is what a command that only has others below does: help, or an error for a word that is none of them.
func (a *app) group(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	hint := ""
	cmd.SuggestionsMinimumDistance = suggestDistance
	if s := cmd.SuggestionsFor(args[0]); len(s) > 0 {
		hint = ": did you mean " + s[0] + "?"
	}
	return usage("unknown command %q%s", args[0], hint)
}

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "init",
		Short:   "Make an empty store ready",
		Long:    "Makes an empty store ready. On one that is ready already it changes nothing.",
		Example: "  vlcp-coordinator init\n  vlcp-coordinator init --redis redis://10.0.0.5:6379/0",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkFlags(a.timeout); err != nil {
				return err
			}
			a.running = true
			return a.withStore(cmd.Context(), a.timeout, a.init)
		},
	}
}

func (a *app) init(ctx context.Context, s store.Store) error {
	created, err := s.Init(ctx)
	if err != nil {
		return err
	}
	info, err := s.Info(ctx)
	if err != nil {
		return err
	}
	text := "the store is ready"
	if !created {
		text = "the store was ready already"
	}
	return a.print(view{
		object: map[string]any{"created": created, "epoch": info.Epoch, "schema": info.Schema},
		lines:  []string{fmt.Sprintf("%s (epoch %s)", text, info.Epoch)},
	})
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version of the program",
		Example: "  vlcp-coordinator version\n  vlcp-coordinator version -o json",
		Args:    cobra.NoArgs,
		RunE:    a.printVersion,
	}
}

// printVersion is also what --version does; cobra's own would print it in other words.
func (a *app) printVersion(*cobra.Command, []string) error {
	if err := a.checkFlags(a.timeout); err != nil {
		return err
	}
	a.running = true
	return a.print(view{object: map[string]string{"version": coordinator.Version},
		lines: []string{program + " " + coordinator.Version}})
}
