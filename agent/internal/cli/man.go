package cli

import (
	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/agent"
	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/common/manpage"
)

func manCommand() *cobra.Command {
	return manpage.Command(program, manpage.Page{Section: 8, Version: agent.Version,
		Files: [][2]string{
			{config.DefaultPath, "The configuration; every key is in it, with what it is for."},
			{"/var/lib/vlcp", "What the agent knows of the store, for a start without it."},
			{config.DefaultSocket, "The socket that the commands talk to."},
		},
		SeeAlso: []string{"vlcp-coordinator(1)", "ovs-vsctl(8)", "ovs-ofctl(8)"}})
}
