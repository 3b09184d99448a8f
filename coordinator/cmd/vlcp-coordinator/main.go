// Command vlcp-coordinator defines physical networks, networks, subnets and ports in the store.
//
//	arguments ──▶ cli.Main ──▶ exit code
package main

import (
	"os"

	"github.com/vlcp-go/vlcp/coordinator/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}
