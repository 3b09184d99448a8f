package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"golang.org/x/sys/unix"

	"github.com/vlcp-go/vlcp/common/yamlconf"
)

// Formats.
const (
	outTable = "table"
	outJSON  = "json"
	outYAML  = "yaml"
)

// print writes v for programs, or calls human.
func (a *app) print(v any, human func(w io.Writer)) error {
	switch a.output {
	case outJSON:
		e := json.NewEncoder(a.stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(v)
	case outYAML:
		b, err := yamlconf.Encode(v)
		if err == nil {
			_, err = a.stdout.Write(b)
		}
		return err
	}
	human(a.stdout)
	return nil
}

// each writes one of many results, as soon as there is it: JSON on a line of its own, YAML as a document, or as human
// does.
func (a *app) each(v any, human func() error) error {
	switch a.output {
	case outJSON:
		e := json.NewEncoder(a.stdout)
		e.SetEscapeHTML(false)
		return e.Encode(v)
	case outYAML:
		b, err := yamlconf.Encode(v)
		if err == nil {
			_, err = fmt.Fprintf(a.stdout, "---\n%s", b)
		}
		return err
	}
	return human()
}

// table writes rows in columns, "-" for what is empty. A write error shows when the output is closed.
func table(w io.Writer, header string, rows [][]string) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(strings.Fields(header), "\t"))
	for _, r := range rows {
		for i := range r {
			if r[i] == "" {
				r[i] = "-"
			}
		}
		fmt.Fprintln(t, strings.Join(r, "\t"))
	}
	_ = t.Flush() // as above
}

// Colours, used on a terminal only.
const (
	red   = "\x1b[31m"
	green = "\x1b[32m"
	amber = "\x1b[33m"
	bold  = "\x1b[1m"
	reset = "\x1b[0m"
)

// paint colours text when the output is a terminal and NO_COLOR is not set.
func (a *app) paint(colour, text string) string {
	if !a.terminal() || os.Getenv("NO_COLOR") != "" {
		return text
	}
	return colour + text + reset
}

func (a *app) terminal() bool { return isTerminal(a.stdout) }

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
