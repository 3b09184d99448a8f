package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/agent"
	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/status"
)

// Exit codes, the same as the coordinator's.
const (
	exitOK       = 0
	exitError    = 1
	exitUsage    = 2
	exitNotFound = 3
	exitRefused  = 4
	exitAway     = 5
	exitTimeOut  = 6
)

const program = "vlcp-agent"

// errTimeOut is wrapped by errors about something that did not happen in time.
var errTimeOut = errors.New("not in time")

// errRefused is wrapped by errors about something that is not done for a reason the user can change.
var errRefused = errors.New("refused")

// app is one call of the program.
type app struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer

	socket  string
	config  string
	output  string
	version bool // --version
	running bool // arguments and flags were accepted

	watching bool // what is shown is shown again
}

// usageError is a command line that makes no sense.
type usageError struct{ error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main runs the program and returns its exit code. args are those after the program's name.
func Main(args []string, stdout, stderr io.Writer) int {
	a := &app{stdin: os.Stdin, stdout: stdout, stderr: stderr}
	return a.main(args)
}

func (a *app) main(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := a.root()
	root.SetArgs(args)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	return a.fail(cmd, err)
}

func (a *app) fail(cmd *cobra.Command, err error) int {
	code := exitCode(err)
	var ue usageError
	if errors.As(err, &ue) || !a.running {
		code = exitUsage
	}
	fmt.Fprintf(a.stderr, "%s: %s\n", program, strings.ReplaceAll(err.Error(), "\n", "\n  "))
	if code == exitUsage {
		fmt.Fprintf(a.stderr, "Run '%s --help' for usage.\n", cmd.CommandPath())
	}
	return code
}

func exitCode(err error) int {
	switch {
	case errors.Is(err, agent.ErrFault):
		return exitError // whatever it was that broke
	case errors.Is(err, errTimeOut):
		return exitTimeOut
	case errors.Is(err, status.ErrNotFound):
		return exitNotFound
	case errors.Is(err, errRefused):
		return exitRefused
	case errors.Is(err, status.ErrNoAgent), errors.Is(err, status.ErrUnavailable):
		return exitAway
	}
	return exitError
}

// root is the tree of commands.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   program,
		Short: "Controller of this host's Open vSwitch",
		Long: `Keeps the flows of this host's Open vSwitch equal to the networks defined in the store, and answers DHCP.

Exit codes: 0 done, 1 error, 2 wrong usage, 3 not found, 4 refused, 5 agent, switch or store not reached, 6 time-out.`,
		Example: `  vlcp-agent run --config /etc/vlcp/agent.yaml
  vlcp-agent status
  vlcp-agent flows --port web1
  vlcp-agent attach web1 --netns web1`,
		SilenceErrors: true, SilenceUsage: true,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 0:
				return usage("unknown command %q", args[0])
			case a.version:
				return a.printVersion(cmd, args)
			}
			return cmd.Help()
		},
	}
	d := config.Default()
	f := root.PersistentFlags()
	f.StringVar(&a.socket, "socket", d.API.Socket, "socket of the running agent; the default is from "+config.EnvSocket)
	f.StringVarP(&a.output, "output", "o", outTable, "format of what is printed: table, json or yaml")
	path := os.Getenv(config.EnvConfig)
	if path == "" {
		path = config.DefaultPath
	}
	f.StringVar(&a.config, "config", path, "configuration file; the default is from "+config.EnvConfig)
	root.Flags().BoolVar(&a.version, "version", false, "print the version")
	root.AddCommand(a.runCommand(), a.statusCommand(), a.portsCommand(), a.flowsCommand(), a.attachCommand(),
		a.detachCommand(), a.debugCommand(), a.metricsCommand(), a.openflowCommand(), a.versionCommand(), manCommand(),
		a.setupCommand(), a.doctorCommand(), a.bundleCommand())
	return root
}

// act wraps what a command does once its line is understood.
func (a *app) act(do func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		switch a.output {
		case outTable, outJSON, outYAML:
		default:
			return usage("--output %q: use table, json or yaml", a.output)
		}
		a.running = true
		return do(cmd.Context(), args)
	}
}

func (a *app) client() *status.Client { return status.NewClient(a.socket) }

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs, Example: "  vlcp-agent version",
		RunE: a.printVersion,
	}
}

// printVersion is also what --version does; cobra's own would print it in other words.
func (a *app) printVersion(cmd *cobra.Command, args []string) error {
	return a.act(func(context.Context, []string) error {
		return a.print(map[string]string{"version": agent.Version}, func(w io.Writer) { fmt.Fprintln(w, agent.Version) })
	})(cmd, args)
}
