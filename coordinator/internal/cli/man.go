package cli

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/manpage"
	"github.com/vlcp-go/vlcp/coordinator"
	"github.com/vlcp-go/vlcp/coordinator/internal/config"
)

const manSection = 1

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
				Version: coordinator.Version, Files: manFiles, SeeAlso: manSeeAlso})
		}}
}

var manFiles = [][2]string{
	{config.DefaultPath, "The configuration; every key is in it, with what it is for."},
	{"/run/vlcp-coordinator.sock", "The socket of vlcp-coordinator serve under systemd."},
}

var manSeeAlso = []string{"vlcp-agent(8)", "redis-server(1)"}
