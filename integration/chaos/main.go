package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/vlcp-go/vlcp/integration/cell"
	"github.com/vlcp-go/vlcp/integration/chaos/probe"
)

const help = `usage: chaos [--seconds N] [--seed N] [--faults NAME,...] [-o text|json]

Runs agents, Redis and Open vSwitch in network namespaces (root), breaks one thing after the other, and reports what it
cost. Every fault happens once, then they happen by chance until the time is over. Run it in the repository.

  chaos                                           15 minutes
  chaos --seconds 0 --faults redis-killed,storm   these, once each
  chaos --seed 42 -o json                         the order and the places of run 42; the report for programs

Exit codes: 0 every limit was kept, 1 one was not, 2 wrong usage.

`

func main() {
	o, err := parse(os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(0)
	case err != nil:
		fmt.Fprintf(os.Stderr, "chaos: %v\n", err)
		os.Exit(2)
	}
	enter()
	os.Exit(program(o))
}

const (
	envRole   = "VLCP_CHAOS_ROLE"
	roleProbe = "probe" // in a guest
)

// enter does what comes before the program proper. It returns only in the cell, to the program; elsewhere the process
// ends.
func enter() {
	if os.Getenv(envRole) == roleProbe {
		probe.Main()
		os.Exit(0)
	}
	cell.Enter()
}

type options struct {
	seconds int
	seed    uint64
	output  string
	faults  []fault
}

func parse(args []string) (options, error) {
	var o options
	names := ""
	f := flag.NewFlagSet("chaos", flag.ContinueOnError)
	f.IntVar(&o.seconds, "seconds", 900, "how long, at least; the first round is complete in any case")
	f.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "of what is left to chance")
	f.StringVar(&o.output, "o", "text", "format of the report: text or json")
	f.StringVar(&names, "faults", "", "only these; all by default")
	f.Usage = func() {
		fmt.Fprint(f.Output(), help)
		f.PrintDefaults()
		fmt.Fprintln(f.Output(), "\nFaults:")
		for _, x := range faults {
			fmt.Fprintf(f.Output(), "  %-26s %s\n", x.name, x.about)
		}
		fmt.Fprintln(f.Output(), "\nOnly by name:")
		for _, x := range floodFaults {
			fmt.Fprintf(f.Output(), "  %-26s %s\n", x.name, x.about)
		}
	}
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 || o.output != "text" && o.output != "json" {
		return o, fmt.Errorf("what is wanted? %q, -o %s: see chaos --help", f.Args(), o.output)
	}
	var err error
	o.faults, err = pick(names)
	return o, err
}

// pick returns the faults with these names.
func pick(names string) (out []fault, err error) {
	if names == "" {
		return faults, nil
	}
	for _, name := range strings.Split(names, ",") {
		all := slices.Concat(faults, floodFaults)
		i := slices.IndexFunc(all, func(f fault) bool { return f.name == name })
		if i < 0 {
			return nil, fmt.Errorf("no fault %s: see chaos --help", name)
		}
		out = append(out, all[i])
	}
	return out, nil
}

func program(o options) int {
	fmt.Fprintf(os.Stderr, "chaos: seed %d\n", o.seed)
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	r, err := start(".", o.seed, os.Stderr)
	if err != nil {
		fmt.Fprintf(os.Stderr, "chaos: %v\n", err)
		return 1
	}
	if err := r.all(ctx, o.faults, time.Duration(o.seconds)*time.Second); err != nil {
		r.report.Error = err.Error()
		explain(os.Stderr, r.l)
	}
	write := r.report.text
	if o.output == "json" {
		write = r.report.json
	}
	if err := write(os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "chaos: %v\n", err)
		return 1
	}
	return min(1, r.report.failures())
}

// explain says how things are when a run ended early.
func explain(out io.Writer, l *lab) {
	for _, host := range hosts {
		text, err := l.exec(host, "vlcp-agent", "status")
		fmt.Fprintf(out, "%s: %s %v\n", host, text, err)
		log, _ := os.ReadFile(labDir + "/" + host + "/agent.log")
		lines := strings.Split(strings.TrimSpace(string(log)), "\n")
		fmt.Fprintf(out, "%s\n", strings.Join(lines[max(0, len(lines)-15):], "\n"))
	}
}
