// Command vlcp-agent controls this host's Open vSwitch; see `vlcp-agent --help`.
package main

import (
	"os"

	"github.com/vlcp-go/vlcp/agent/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
