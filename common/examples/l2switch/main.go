package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/vlcp-go/vlcp/common/controller"
)

func main() {
	idle := flag.Uint("idle-timeout", 60, "`seconds` after which a flow that is not used ends")
	flag.Usage = func() {
		fmt.Fprintf(os.Stderr, "usage: l2switch [flags] [ADDRESS...]\n\nADDRESS is where to listen for switches "+
			"(ptcp:PORT[:HOST], punix:PATH) or\na switch to connect to (tcp:HOST:PORT, unix:PATH); ptcp:6653 by default.\n\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	if err := run(learning(uint16(*idle)), flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "l2switch:", err)
		os.Exit(1)
	}
}

func run(m controller.Module, addresses []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c := controller.New(controller.Options{})
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
