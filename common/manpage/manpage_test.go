package manpage

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

const want = `.TH TOOL 8 "2026\-01\-02" "tool 1.0"
.nh
.ad l
.SH NAME
tool \- Does it
.SH SYNOPSIS
\fBtool\fR \fICOMMAND\fR [\fIOPTION\fR...]
.SH DESCRIPTION
Does it,
\&.always.
.PP
Or not.
.PP
.RS 4
.nf
a: {b: \(aqc\(aq}
.fi
.RE
.SH OPTIONS
Every command takes these.
.TP
\fB\-o\fR, \fB\-\-output\fR \fIstring\fR
how (table)
.SH COMMANDS
.SS "box open NAME"
Opens.
.TP
\fB\-\-fast\fR
a back\eslash
.PP
For example:
.PP
.RS 4
.nf
tool box open x
.fi
.RE
.SH FILES
.TP
\fI/etc/tool\fR
its file
.SH SEE ALSO
other(1)
`

func TestAPage(t *testing.T) {
	run := func(*cobra.Command, []string) {}
	root := &cobra.Command{Use: "tool", Short: "Does it", Long: "Does it,\n.always.\n\nOr not.\n\n  a: {b: 'c'}"}
	root.PersistentFlags().StringP("output", "o", "table", "how")
	box := &cobra.Command{Use: "box", Short: "Boxes"}
	open := &cobra.Command{Use: "open NAME", Short: "Opens", Example: "  tool box open x", Run: run}
	open.Flags().Bool("fast", false, `a back\slash`)
	box.AddCommand(open, &cobra.Command{Use: "secret", Hidden: true, Run: run})
	root.AddCommand(box)

	var out bytes.Buffer
	require.NoError(t, Write(&out, root, Page{Section: 8, Date: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC),
		Version: "1.0", Files: [][2]string{{"/etc/tool", "its file"}}, SeeAlso: []string{"other(1)"}}))
	require.Equal(t, want, out.String())
}

// TestCommand: the same program gives the same page, whenever it is asked.
func TestCommand(t *testing.T) {
	page := func(epoch string) (string, error) {
		t.Setenv("SOURCE_DATE_EPOCH", epoch)
		root := &cobra.Command{Use: "tool"}
		root.AddCommand(Command("tool", Page{Section: 8, Version: "1.0"}))
		root.SetArgs([]string{"manual-page"})
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetErr(io.Discard)
		err := root.Execute()
		return out.String(), err
	}
	text, err := page("1767323045")
	require.NoError(t, err)
	require.Contains(t, text, `.TH TOOL 8 "2026\-01\-02" "tool 1.0"`)
	require.NotContains(t, text, "manual\\-page", "it is not for readers")
	text, err = page("")
	require.NoError(t, err)
	require.NotContains(t, text, `"2026\-01\-02"`)
	_, err = page("yesterday")
	require.ErrorContains(t, err, "SOURCE_DATE_EPOCH")
}
