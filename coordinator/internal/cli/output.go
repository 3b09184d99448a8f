package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/vlcp-go/vlcp/common/yamlconf"
)

// Formats.
const (
	outTable = "table"
	outJSON  = "json"
	outYAML  = "yaml"
)

const columnGap = 2

// view is something to print: object for programs, and for people either lines or a table.
type view struct {
	object any
	lines  []string
	header []string
	rows   [][]string
}

func (a *app) print(v view) error {
	switch {
	case a.output == outJSON:
		e := json.NewEncoder(a.stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return failed(e.Encode(v.object))
	case a.output == outYAML:
		b, err := yamlconf.Encode(v.object)
		if err != nil {
			return err
		}
		_, err = a.stdout.Write(b)
		return failed(err)
	case v.header == nil:
		for _, l := range v.lines {
			if _, err := fmt.Fprintln(a.stdout, l); err != nil {
				return failed(err)
			}
		}
		return nil
	}
	return table(a.stdout, v.header, v.rows)
}

func failed(err error) error {
	if err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

func table(w io.Writer, header []string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, columnGap, ' ', 0)
	for _, r := range append([][]string{header}, rows...) {
		cells := make([]string, len(r))
		for i, c := range r {
			if cells[i] = c; c == "" {
				cells[i] = "-"
			}
		}
		if _, err := fmt.Fprintln(t, strings.Join(cells, "\t")); err != nil {
			return failed(err)
		}
	}
	return failed(t.Flush())
}

// text is the text form of an address that may be unset.
func text(v interface {
	fmt.Stringer
	IsValid() bool
}) string {
	if !v.IsValid() {
		return ""
	}
	return v.String()
}

// join is the text form of a list.
func join[T fmt.Stringer](list []T) string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = v.String()
	}
	return strings.Join(out, ",")
}
