package cli

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/action"
)

var actionVersions = map[string]openflow.Version{"1.0": openflow.Version10, "1.3": openflow.Version13}

func (a *app) parseActionsCommand() *cobra.Command {
	version, isHex := "1.3", false
	c := &cobra.Command{
		Use: "parse-actions [HEX… | TEXT… | -]", Short: "Turn the bytes of actions into text, or text into bytes",
		Long: `Turns actions from bytes into the text of ovs-ofctl, as ovs-ofctl parse-actions prints it, or from text in the
syntax of ovs-actions(7) into bytes. Input are arguments, or the lines of standard input with "-" or without arguments;
each is a list of actions.

What has nothing but hexadecimal digits is bytes, all else is text; with --hex, everything is bytes.`,
		Example: `  vlcp-agent openflow parse-actions 0000001000000001ffff000000000000
  vlcp-agent openflow parse-actions 'set_field:02:00:00:00:00:01->eth_dst,output:2'
  vlcp-agent openflow parse-actions --version 1.0 "0000 0008 0001 0000"
  vlcp-agent openflow parse-actions --hex - < actions`,
		RunE: func(cmd *cobra.Command, args []string) error {
			v, ok := actionVersions[version]
			if !ok {
				return usage("--version %q: use 1.0 or 1.3", version)
			}
			return a.act(func(ctx context.Context, args []string) error {
				return a.eachLine(ctx, args, func(line string) error { return a.parseActions(v, isHex, line) })
			})(cmd, args)
		},
	}
	c.Flags().StringVar(&version, "version", version, "version of OpenFlow: 1.0 or 1.3")
	c.Flags().BoolVar(&isHex, "hex", isHex, "the input is bytes in hexadecimal, never text")
	completeWords(c, "version", "1.0", "1.3")
	return c
}

func (a *app) parseActions(v openflow.Version, isHex bool, line string) error {
	if !isHex && !looksHex(line) {
		return a.actionBytes(v, line)
	}
	b, err := parseHex(line)
	if err != nil {
		return err
	}
	s, err := action.Format(v, b)
	if code := action.Code(err); code != "" {
		return fmt.Errorf("%w (%s)", err, code)
	}
	if err != nil {
		return err
	}
	return a.putActions(s, b, func() error {
		_, err := fmt.Fprintf(a.stdout, "actions=%s\n", s)
		return err
	})
}

// putActions prints actions, for programs in both forms.
func (a *app) putActions(text string, b []byte, human func() error) error {
	return a.each(struct {
		Actions string `json:"actions"`
		Hex     string `json:"hex"`
	}{text, hex.EncodeToString(b)}, human)
}

// looksHex says whether a line has nothing but hexadecimal digits, blanks and colons, and 0x before them.
func looksHex(line string) bool {
	return strings.Trim(strings.ReplaceAll(line, "0x", ""), "0123456789abcdefABCDEF: \t\n") == ""
}

// actionBytes prints the bytes of actions that are given as text.
func (a *app) actionBytes(v openflow.Version, line string) error {
	line = strings.TrimPrefix(line, "actions=")
	b, err := action.Parse(v, line)
	if err != nil {
		return err
	}
	return a.putActions(line, b, func() error { return a.putHex(b) })
}
