package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
	"github.com/vlcp-go/vlcp/coordinator/internal/config"
)

// Exit codes.
const (
	exitOK       = 0
	exitError    = 1
	exitUsage    = 2
	exitNotFound = 3
	exitRefused  = 4 // also a definition that is not valid
	exitStore    = 5
	exitTimeOut  = 6
	exitUnknown  = 7
)

const (
	program      = "vlcp-coordinator"
	redisEnv     = config.EnvRedis
	storeTimeout = 10 * time.Second
)

// app is one call of the program.
type app struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	env    func(string) string

	config  string
	redis   string
	output  string
	timeout time.Duration
	durable int  // replicas; -1: as configured
	version bool // --version
	running bool // arguments and flags were accepted
}

// usageError is a command line that makes no sense.
type usageError struct{ error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main runs the program and returns its exit code. args are those after the program's name; env looks up a variable of
// the environment.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, env: env}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	return a.fail(cmd, err)
}

// fail reports an error and chooses the exit code.
func (a *app) fail(cmd *cobra.Command, err error) int {
	var ue usageError
	code := exitCode(err)
	if errors.As(err, &ue) || !a.running {
		code = exitUsage
	}
	text := strings.ReplaceAll(err.Error(), "\n", "\n  ")
	fmt.Fprintf(a.stderr, "%s: %s\n", program, text)
	switch {
	case code == exitUsage:
		fmt.Fprintf(a.stderr, "Run '%s --help' for usage.\n", cmd.CommandPath())
	case errors.Is(err, store.ErrUnknown):
		fmt.Fprintln(a.stderr, "The outcome is unknown: the change may have been made. Look with list or show, or repeat "+
			"the command: repeating is safe, nothing is done twice.")
	}
	return code
}

func exitCode(err error) int {
	var missing *catalog.NotFound
	var refused *catalog.Refused
	var invalid *model.Invalid
	var file *catalog.BadFile
	var late *catalog.TimedOut
	var no *catalog.Unmendable
	var full *catalog.NotEmpty
	switch {
	case errors.As(err, &late):
		return exitTimeOut
	case errors.Is(err, store.ErrNotInitialised):
		return exitError
	case errors.Is(err, store.ErrUnknown):
		return exitUnknown
	case errors.Is(err, store.ErrTooFewReplicas):
		return exitRefused
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		return exitStore
	case errors.As(err, &missing):
		return exitNotFound
	case errors.As(err, &refused), errors.As(err, &invalid), errors.As(err, &file), errors.As(err, &no),
		errors.As(err, &full):
		return exitRefused
	default:
		return exitError
	}
}

// action is what a command does once its line is understood.
type action func(ctx context.Context, c *catalog.Catalog, args []string) error

// run wraps an action: it opens the store, and bounds the time.
func (a *app) run(do action) func(*cobra.Command, []string) error {
	return a.runWithin(&a.timeout, do)
}

// runWithin is run with a bound of its own.
func (a *app) runWithin(bound *time.Duration, do action) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := a.checkFlags(*bound); err != nil {
			return err
		}
		a.running = true
		return a.withStore(cmd.Context(), *bound, func(ctx context.Context, s store.Store) error {
			return do(ctx, a.catalog(s), args)
		})
	}
}

func (a *app) checkFlags(bound time.Duration) error {
	switch a.output {
	case outTable, outJSON, outYAML:
	default:
		return usage("--output %q: use table, json or yaml", a.output)
	}
	if bound <= 0 {
		return usage("a time-out of %s leaves no time: give one over 0", bound)
	}
	return nil
}

func (a *app) catalog(s store.Store) *catalog.Catalog {
	return catalog.New(s, catalog.Options{Author: a.env("USER")})
}

// load reads the configuration; --redis goes before all.
func (a *app) load() (config.Config, error) {
	return config.Load(a.config, func(name string) string {
		if name == redisEnv && a.redis != "" {
			return a.redis
		}
		return a.env(name)
	})
}

func (a *app) withStore(ctx context.Context, bound time.Duration, do func(context.Context, store.Store) error) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	if a.durable >= 0 {
		cfg.Redis.Durable = a.durable
	}
	s, err := redisstore.Open(redisstore.Options{URL: cfg.Redis.URL, Name: cfg.Redis.Name, Durable: cfg.Redis.Durable})
	if err != nil {
		return usageError{err}
	}
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	err = do(ctx, s)
	if cerr := s.Close(); err == nil && cerr != nil {
		return fmt.Errorf("close store: %w", cerr)
	}
	return err
}
