package cli

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/agent"
	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/common/manpage"
)

const manSection = 8

// manCommand writes the manual page, for packages.
func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{Use: "manual-page", Hidden: true, Args: cobra.NoArgs, Short: "Write the manual page",
		Long:    "Writes the manual page, for packages. The date in it is SOURCE_DATE_EPOCH, if that is set.",
		Example: "  " + program + " manual-page > " + program + ".man",
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.running = true
			date := time.Now()
			if epoch := os.Getenv("SOURCE_DATE_EPOCH"); epoch != "" {
				s, err := strconv.ParseInt(epoch, 10, 64)
				if err != nil {
					return fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
				}
				date = time.Unix(s, 0)
			}
			return manpage.Write(a.stdout, cmd.Root(), manpage.Page{Section: manSection, Date: date.UTC(),
				Version: agent.Version, Files: manFiles, SeeAlso: manSeeAlso})
		}}
}

var manFiles = [][2]string{
	{config.DefaultPath, "The configuration; every key is in it, with what it is for."},
	{"/var/lib/vlcp", "What the agent knows of the store, for a start without it."},
	{config.DefaultSocket, "The socket that the commands talk to."},
}

var manSeeAlso = []string{"vlcp-coordinator(1)", "ovs-vsctl(8)", "ovs-ofctl(8)"}
