package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/coordinator"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

const (
	archiveTimeout  = 10 * time.Minute // of what reads or writes everything
	backupMode      = 0o600            // definitions are the tenants' business
	progressDefault = 500 * time.Millisecond
)

// long adds a time-out of its own to a command that may have much to do.
func long(cmd *cobra.Command) *time.Duration {
	d := new(time.Duration)
	cmd.Flags().DurationVar(d, "timeout", archiveTimeout, "how long it may take")
	return d
}

func (a *app) backupCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup [FILE]",
		Short: "Write everything in the store to a file",
		Long: `Writes everything in the store, as of one moment, to a file, or to standard output. The file is text, one
JSON object on a line, with a checksum at the end; restore reads it, and refuses it when one bit of it is different.
An existing FILE is replaced once the new one is complete.`,
		Example: "  vlcp-coordinator backup /var/backups/vlcp-$(date +%F).backup\n  vlcp-coordinator backup | gzip > vlcp.gz",
		Args:    cobra.MaximumNArgs(1),
	}
	cmd.RunE = a.runWithin(long(cmd), func(ctx context.Context, c *catalog.Catalog, args []string) error {
		im, err := c.Backup(ctx)
		if err != nil {
			return err
		}
		by := program + " " + coordinator.Version
		if len(args) == 0 || args[0] == "-" {
			return catalog.WriteBackup(a.stdout, im, by)
		}
		if err := replaceFile(args[0], func(w io.Writer) error { return catalog.WriteBackup(w, im, by) }); err != nil {
			return err
		}
		return a.print(view{object: map[string]any{"file": args[0], "epoch": im.Epoch, "rev": im.Rev,
			"documents": len(im.Docs)},
			lines: []string{fmt.Sprintf("%d documents of revision %d written to %s", len(im.Docs), im.Rev, args[0])}})
	})
	return cmd
}

// replaceFile writes a file beside the old one and puts it in its place when it is on the disk.
func replaceFile(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	err = errors.Join(write(f), f.Chmod(backupMode), f.Sync())
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error says more
		return fmt.Errorf("write backup %s: %w", name, err)
	}
	return nil
}

func (a *app) restoreCommand() *cobra.Command {
	var o catalog.RestoreOptions
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup in place of what is in the store",
		Long: `Puts a backup in place of everything in the store, all or nothing; - reads it from standard input. Where
there are definitions already it is refused, and says what would change, unless --replace is given.
The store gets a new epoch. Agents notice within seconds: they take what is new, and keep what the backup does not have
or has differently until you look at it and accept it with "store accept". Where the backup has all that they have, they
go on by themselves. No flow is lost either way.`,
		Example: `  vlcp-coordinator restore vlcp.backup
  vlcp-coordinator restore vlcp.backup --replace --dry-run
  zcat vlcp.gz | vlcp-coordinator restore - --replace`,
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().BoolVar(&o.Replace, "replace", false, "also where there are definitions")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "say what would change, and change nothing")
	cmd.RunE = a.runWithin(long(cmd), func(ctx context.Context, c *catalog.Catalog, args []string) error {
		im, err := a.readBackup(args[0])
		if err != nil {
			return err
		}
		o.Progress = a.progress("restored")
		done, err := c.Restore(ctx, im, o)
		if err != nil {
			return err
		}
		return a.print(restoredView(done, o.DryRun))
	})
	return cmd
}

func restoredView(done *catalog.Restored, dry bool) view {
	v := view{object: done}
	for _, d := range done.Changes {
		v.lines = append(v.lines, d.String())
	}
	if dry {
		v.lines = append(v.lines, fmt.Sprintf("%d objects would change (dry run, nothing was done)", len(done.Changes)))
		return v
	}
	v.lines = append(v.lines, fmt.Sprintf("%d documents restored (epoch %s)", done.Documents, done.Epoch))
	return v
}

func (a *app) readBackup(name string) (*store.Image, error) {
	if name == "-" {
		return catalog.ReadBackup("standard input", a.stdin)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read backup: %w", err)
	}
	return catalog.ReadBackup(name, bytes.NewReader(data))
}

// progress tells a person at a terminal how far something has come; nil when nobody looks.
func (a *app) progress(what string) func(done, total int) {
	f, ok := a.stderr.(*os.File)
	if !ok {
		return nil
	}
	if st, err := f.Stat(); err != nil || st.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	var last time.Time
	return func(done, total int) {
		if now := time.Now(); now.Sub(last) >= progressDefault || done == total {
			last = now
			fmt.Fprintf(f, "%d of %d keys %s\n", done, total, what)
		}
	}
}
