package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/openflow/ofp"
)

func (a *app) encodeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "encode [FILE… | -]", Short: "Turn OpenFlow messages in JSON into bytes",
		Long: `Reads OpenFlow messages as JSON, objects as "openflow decode --format json" prints them, one after the
other, from files or from standard input, and prints each as bytes in hexadecimal on a line.

An object has at least version and type. Fields that are absent are zero; lengths are filled in. A member "raw" has what
fields do not tell, and counts as long as no field was changed.`,
		Example: `  vlcp-agent openflow decode --format json 0414000800000001 | vlcp-agent openflow encode
  echo '{"version":4,"type":"TypeBarrierRequest","xid":7}' | vlcp-agent openflow encode
  vlcp-agent openflow encode messages.json`,
		RunE: a.act(func(ctx context.Context, args []string) error {
			if len(args) == 0 {
				args = []string{"-"}
			}
			bad := false
			for _, path := range args {
				if err := a.encodeFile(ctx, path); errors.Is(err, errSome) {
					bad = true
				} else if err != nil {
					return err
				}
			}
			if bad {
				return errSome
			}
			return nil
		}),
	}
}

// encodeFile prints the messages of a file.
func (a *app) encodeFile(ctx context.Context, path string) error {
	in, err := a.openInput(path)
	if err != nil {
		return err
	}
	defer in.Close()
	bad := false
	d := json.NewDecoder(in)
	for n := 1; ctx.Err() == nil; n++ {
		var object json.RawMessage
		err := d.Decode(&object)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil { // nothing after it can be found
			return fmt.Errorf("%s: message %d at offset %d: %w", nameOfInput(path), n, d.InputOffset(), err)
		}
		b, err := ofp.DecodeJSON(object)
		if err == nil {
			err = a.putHex(b)
		}
		if err != nil {
			bad = true
			fmt.Fprintf(a.stderr, "%s: %s: message %d: %s\n", program, nameOfInput(path), n, err)
		}
	}
	if bad {
		return errSome
	}
	return ctx.Err()
}

// openInput opens a file, or standard input for "-".
func (a *app) openInput(path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(a.stdin), nil
	}
	return os.Open(path)
}

// nameOfInput is what a person calls an input.
func nameOfInput(path string) string {
	if path == "-" {
		return "standard input"
	}
	return path
}
