package cli

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/openflow"
)

// openflowCommand has what reads and writes OpenFlow without a switch. The commands need nothing but their input: no
// configuration, no agent.
func (a *app) openflowCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "openflow", Short: "Read and write OpenFlow messages",
		Long: `Reads and writes messages of OpenFlow 1.0 and 1.3, with the extensions of Nicira and the ONF, without a switch.

Of what is wrong, offset and field are said on standard error; the rest is done all the same, and the exit code is 1.`,
		Example: `  vlcp-agent openflow decode 0414000800000001
  vlcp-agent openflow decode --format json < messages | vlcp-agent openflow encode
  vlcp-agent openflow parse-actions 0000001000000001ffff000000000000`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return usage("unknown command %q", args[0])
		},
	}
	c.AddCommand(a.decodeCommand(), a.encodeCommand(), a.parseActionsCommand())
	return c
}

// errSome is the end of a command that did not do all: what is wrong has been said.
var errSome = errors.New("not all of the input was good")

// lineMax bounds a line of standard input, in bytes: some hundred messages of the greatest length in hexadecimal.
const lineMax = 1 << 25

// eachLine calls do for each argument, or for each line of standard input when there are none or one is "-". Errors
// are said, and the next line is done.
func (a *app) eachLine(ctx context.Context, args []string, do func(string) error) error {
	if len(args) == 0 {
		args = []string{"-"}
	}
	bad := false
	tell := func(where string, err error) {
		if err != nil {
			bad = true
			fmt.Fprintf(a.stderr, "%s: %s: %s\n", program, where, strings.ReplaceAll(err.Error(), "\n", "\n  "))
		}
	}
	for n, arg := range args {
		if arg != "-" {
			tell(fmt.Sprintf("argument %d", n+1), do(arg))
			continue
		}
		if err := a.lines(ctx, do, tell); err != nil {
			return err
		}
	}
	if bad {
		return errSome
	}
	return nil
}

// lines calls do for each line of standard input that has more than a comment, which # begins.
func (a *app) lines(ctx context.Context, do func(string) error, tell func(string, error)) error {
	s := bufio.NewScanner(a.stdin)
	s.Buffer(nil, lineMax)
	for n := 1; s.Scan() && ctx.Err() == nil; n++ {
		line, _, _ := strings.Cut(s.Text(), "#")
		if line = strings.TrimSpace(line); line != "" {
			tell(fmt.Sprintf("line %d", n), do(line))
		}
	}
	if err := s.Err(); err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	return ctx.Err()
}

// parseHex reads bytes in hexadecimal, with blanks and colons anywhere, and 0x before any group of them.
func parseHex(s string) ([]byte, error) {
	groups := strings.FieldsFunc(s, func(r rune) bool { return r == ':' || unicode.IsSpace(r) })
	for n, g := range groups {
		groups[n] = strings.TrimPrefix(g, "0x")
	}
	s = strings.Join(groups, "")
	b, err := hex.DecodeString(s)
	var c hex.InvalidByteError
	switch {
	case errors.As(err, &c):
		return nil, fmt.Errorf("offset %d: %q is not hexadecimal", strings.IndexByte(s, byte(c))/2, rune(c))
	case errors.Is(err, hex.ErrLength):
		return nil, fmt.Errorf("offset %d: half a byte", len(s)/2)
	}
	return b, err
}

// eachMessage splits bytes into messages. What is left over is one too, for whoever reads it to say what is wrong.
func eachMessage(b []byte, do func(message []byte) error) error {
	var bad error
	for at := 0; at < len(b); {
		n, err := openflow.Frame(b[at:])
		if err != nil || n == 0 || n > len(b)-at {
			n = len(b) - at
		}
		if err := do(b[at : at+n]); err != nil && at > 0 {
			bad = errors.Join(bad, fmt.Errorf("message at offset %d: %w", at, err))
		} else if err != nil {
			bad = errors.Join(bad, err)
		}
		at += n
	}
	return bad
}

// completeWords completes a flag with one of a few words.
func completeWords(c *cobra.Command, flag string, words ...string) {
	err := c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // the flag is not there
	}
}
