package cli

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/openflow/ofp"
)

// Forms in which messages are printed.
const (
	formText = "text"
	formJSON = "json"
	formHex  = "hex"
)

func (a *app) decodeCommand() *cobra.Command {
	form := formText
	c := &cobra.Command{
		Use: "decode [HEX… | -]", Short: "Print OpenFlow messages",
		Long: `Prints whole OpenFlow messages that are given in hexadecimal: as arguments, or one per line on standard
input with "-" or without arguments. Blanks, colons and 0x do not matter, and # begins a comment on a line. Several
messages may follow each other in one argument or line.

Formats:
  text   as ovs-ofctl ofp-print prints them
  json   one object per line, which "openflow encode" turns into the same bytes
  hex    one message per line

-o json is --format json, -o yaml is the same as YAML documents. A message that ovs-ofctl would refuse is an error.`,
		Example: `  vlcp-agent openflow decode 0414000800000001
  vlcp-agent openflow decode "04 00 00 10 00 00 00 01 00 01 00 08 00 00 00 12" 0105000800000002
  vlcp-agent openflow decode --format json - < messages`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.output == outJSON || a.output == outYAML {
				if form != formText && form != formJSON {
					return usage("--format %s is no %s: leave out --format or --output", form, a.output)
				}
				form = formJSON
			}
			print, ok := map[string]func([]byte) error{
				formText: a.printText, formJSON: a.printJSON, formHex: a.printHex}[form]
			if !ok {
				return usage("--format %q: use text, json or hex", form)
			}
			return a.act(func(ctx context.Context, args []string) error {
				return a.eachLine(ctx, args, func(line string) error {
					b, err := parseHex(line)
					if err != nil {
						return err
					}
					return eachMessage(b, print)
				})
			})(cmd, args)
		},
	}
	c.Flags().StringVar(&form, "format", form, "text, json or hex")
	completeWords(c, "format", formText, formJSON, formHex)
	return c
}

func (a *app) printText(b []byte) error {
	s, err := ofp.FormatMessage(b)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(a.stdout, s)
	return err
}

func (a *app) printJSON(b []byte) error {
	if err := ofp.Check(b); err != nil {
		return err
	}
	out, err := ofp.EncodeJSON(b)
	if err != nil {
		return err
	}
	return a.each(json.RawMessage(out), func() error {
		_, err := fmt.Fprintf(a.stdout, "%s\n", out)
		return err
	})
}

func (a *app) printHex(b []byte) error {
	err := ofp.Check(b)
	if err != nil {
		return err
	}
	return a.putHex(b)
}

// putHex prints bytes.
func (a *app) putHex(b []byte) error {
	s := hex.EncodeToString(b)
	return a.each(struct {
		Hex string `json:"hex"`
	}{s}, func() error {
		_, err := fmt.Fprintln(a.stdout, s)
		return err
	})
}
