package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/vlcp-go/vlcp/common/controller"
	"github.com/vlcp-go/vlcp/common/openflow"
)

func main() {
	nx := flag.Bool("nx-learn", false, "let the switch learn by itself (Open vSwitch only)")
	version := flag.String("version", "any", "of OpenFlow: 1.0, 1.3 or any")
	idle := flag.Uint("idle-timeout", 60, "`seconds` after which a flow that is not used ends")
	flag.Usage = func() {
		fmt.Fprintf(os.Stderr, "usage: l2switch [flags] [ADDRESS...]\n\nADDRESS is where to listen for switches "+
			"(ptcp:PORT[:HOST], punix:PATH) or\na switch to connect to (tcp:HOST:PORT, unix:PATH); ptcp:6653 by default.\n\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	versions, ok := map[string][]openflow.Version{"any": nil, "1.0": {openflow.Version10},
		"1.3": {openflow.Version13}}[*version]
	if !ok || *idle > 65535 {
		flag.Usage()
		os.Exit(2)
	}
	module := learning
	if *nx {
		module = nxLearning
	}
	if err := run(module(uint16(*idle)), versions, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "l2switch:", err)
		os.Exit(1)
	}
}

func run(m controller.Module, versions []openflow.Version, addresses []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c := controller.New(controller.Options{Versions: versions})
	if err := c.Load(m); err != nil {
		return err
	}
	if len(addresses) == 0 {
		addresses = []string{"ptcp:6653"}
	}
	for _, a := range addresses {
		if _, err := c.Serve(a); err != nil {
			return err
		}
	}
	if err := c.Run(ctx); ctx.Err() == nil {
		return err
	}
	return nil
}
