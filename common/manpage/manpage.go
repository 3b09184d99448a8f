// Package manpage writes a program's manual page from its commands, so that the two cannot differ.
//
//	cobra.Command tree ─► Write ─► one page in man(7) macros: name, synopsis, options, every command with its own
//
// One page for all commands, as a reader searches in it; cobra's own generator writes a page for each, and needs a
// Markdown parser.
package manpage

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Page is what the commands do not say.
type Page struct {
	Section int       // of the manual: 1 for commands of users, 8 for those of administrators
	Date    time.Time // of the release; Command sets it
	Version string
	// Files are paths and what they are, for the section FILES; SeeAlso are other pages, as NAME(SECTION).
	Files   [][2]string
	SeeAlso []string
}

// Command is the command of a program that writes its page, for packages.
func Command(program string, p Page) *cobra.Command {
	cmd := &cobra.Command{Use: "manual-page", Hidden: true, Args: cobra.NoArgs, Short: "Write the manual page",
		Long:    "Writes the manual page, for packages. The date in it is SOURCE_DATE_EPOCH, if that is set.",
		Example: "  " + program + " manual-page > " + program + ".man"}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		date, err := today()
		if err != nil {
			return err
		}
		p.Date = date
		return Write(cmd.OutOrStdout(), cmd.Root(), p)
	}
	return cmd
}

// today is the date for what has to be built again byte by byte (reproducible-builds.org/specs/source-date-epoch).
func today() (time.Time, error) {
	epoch := os.Getenv("SOURCE_DATE_EPOCH")
	if epoch == "" {
		return time.Now().UTC(), nil
	}
	s, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(s, 0).UTC(), nil
}

// Write writes the page of root.
func Write(w io.Writer, root *cobra.Command, p Page) error {
	b := &builder{}
	fmt.Fprintf(b, ".TH %s %d %s %s\n", strings.ToUpper(root.Name()), p.Section, quote(p.Date.Format(time.DateOnly)),
		quote(root.Name()+" "+p.Version))
	b.nl(".nh\n.ad l\n.SH NAME")
	fmt.Fprintf(b, "%s \\- %s\n", escape(root.Name()), escape(root.Short))
	b.nl(".SH SYNOPSIS")
	fmt.Fprintf(b, "\\fB%s\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...]\n", escape(root.Name()))
	b.nl(".SH DESCRIPTION")
	b.text(root.Long)
	b.nl(".SH OPTIONS")
	b.nl("Every command takes these.")
	b.flags(root.PersistentFlags())
	b.nl(".SH COMMANDS")
	b.commands(root)
	if root.HasExample() {
		b.nl(".SH EXAMPLES")
		b.verbatim(root.Example)
	}
	if len(p.Files) > 0 {
		b.nl(".SH FILES")
		for _, f := range p.Files {
			fmt.Fprintf(b, ".TP\n\\fI%s\\fR\n%s\n", escape(f[0]), escape(f[1]))
		}
	}
	if len(p.SeeAlso) > 0 {
		b.nl(".SH SEE ALSO")
		b.nl(escape(strings.Join(p.SeeAlso, ", ")))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

type builder struct{ strings.Builder }

func (b *builder) nl(text string) { b.WriteString(text + "\n") }

// commands writes those below c that do something, depth first.
func (b *builder) commands(c *cobra.Command) {
	for _, sub := range c.Commands() {
		if !sub.IsAvailableCommand() || sub.Name() == "help" {
			continue
		}
		if !sub.HasAvailableSubCommands() {
			b.command(sub)
		}
		b.commands(sub)
	}
}

func (b *builder) command(c *cobra.Command) {
	_, line, _ := strings.Cut(c.CommandPath(), " ")
	if _, args, ok := strings.Cut(c.Use, " "); ok {
		line += " " + args
	}
	fmt.Fprintf(b, ".SS %s\n", quote(line))
	long := c.Long
	if long == "" {
		long = c.Short + "."
	}
	b.text(long)
	b.flags(c.NonInheritedFlags())
	if c.HasExample() {
		b.nl(".PP\nFor example:")
		b.verbatim(c.Example)
	}
}

func (b *builder) flags(set *pflag.FlagSet) {
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		value, text := pflag.UnquoteUsage(f)
		b.nl(".TP")
		if f.Shorthand != "" {
			fmt.Fprintf(b, "\\fB\\-%s\\fR, ", escape(f.Shorthand))
		}
		fmt.Fprintf(b, "\\fB\\-\\-%s\\fR", escape(f.Name))
		if value != "" {
			fmt.Fprintf(b, " \\fI%s\\fR", escape(value))
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "[]" {
			text += " (" + f.DefValue + ")"
		}
		fmt.Fprintf(b, "\n%s\n", escape(text))
	})
}

// text writes paragraphs; what is indented stays as it is.
func (b *builder) text(s string) {
	for i, para := range strings.Split(strings.TrimSpace(s), "\n\n") {
		switch {
		case strings.HasPrefix(para, " "):
			b.verbatim(para)
			continue
		case i > 0:
			b.nl(".PP")
		}
		for line := range strings.Lines(para) {
			b.nl(escape(strings.TrimSpace(line)))
		}
	}
}

func (b *builder) verbatim(s string) {
	b.nl(".PP\n.RS 4\n.nf")
	for line := range strings.Lines(strings.Trim(s, "\n")) {
		b.nl(escape(strings.TrimPrefix(strings.TrimRight(line, "\n"), "  ")))
	}
	b.nl(".fi\n.RE")
}

var special = strings.NewReplacer(`\`, `\e`, `-`, `\-`, `'`, `\(aq`, "`", `\(ga`, `^`, `\(ha`, `~`, `\(ti`)

// escape makes text that troff prints as it is.
func escape(s string) string {
	s = special.Replace(s)
	if strings.HasPrefix(s, ".") {
		s = `\&` + s
	}
	return s
}

// quote makes one argument of a macro.
func quote(s string) string { return `"` + strings.ReplaceAll(escape(s), `"`, `\(dq`) + `"` }
