package cli

import (
	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/manpage"
	"github.com/vlcp-go/vlcp/coordinator"
	"github.com/vlcp-go/vlcp/coordinator/internal/config"
)

func manCommand() *cobra.Command {
	return manpage.Command(program, manpage.Page{Section: 1, Version: coordinator.Version,
		Files: [][2]string{
			{config.DefaultPath, "The configuration; every key is in it, with what it is for."},
			{"/run/vlcp-coordinator.sock", "The socket of vlcp-coordinator serve under systemd."},
		},
		SeeAlso: []string{"vlcp-agent(8)", "redis-server(1)"}})
}
