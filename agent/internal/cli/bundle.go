package cli

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/agent"
	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/sorted"
)

const (
	bundleTimeout = 20 * time.Second // of one thing that is collected
	bundleFileMax = 16 << 20         // bytes of one thing
)

func (a *app) bundleCommand() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "support-bundle",
		Short: "Collect what helps to find a fault, without secrets",
		Long: `Collects into one file what whoever looks for a fault needs: the report of doctor, the agent's status and
flows, its configuration and log, and the state of Open vSwitch and of the network. Passwords are removed; names and
addresses of networks, hosts and guests are in it. What cannot be collected is replaced by the reason.`,
		Example: "  vlcp-agent support-bundle\n  vlcp-agent support-bundle -f /tmp/bundle.tar.gz",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVarP(&name, "file", "f", "", "file to write; default: vlcp-agent-HOST-TIME.tar.gz here")
	cmd.RunE = a.act(func(ctx context.Context, _ []string) error {
		if name == "" {
			host, _ := os.Hostname() // the name of a file need not have it
			name = fmt.Sprintf("%s-%s-%s.tar.gz", program, host, time.Now().Format("20060102-150405"))
		}
		files, err := a.bundle(ctx, name)
		if err != nil {
			return err
		}
		return a.print(map[string]any{"file": name, "contents": files}, func(w io.Writer) {
			fmt.Fprintf(w, "wrote %s: %s\nPasswords are removed; look into it before you give it away.\n", name,
				strings.Join(files, ", "))
		})
	})
	return cmd
}

// part is something to collect.
type part struct {
	name    string
	collect func(context.Context) ([]byte, error)
}

func (a *app) parts() []part {
	asJSON := func(v any, err error) ([]byte, error) {
		if err != nil {
			return nil, err
		}
		return json.MarshalIndent(v, "", "  ")
	}
	c := a.client()
	parts := []part{
		{"version.txt", func(context.Context) ([]byte, error) { return []byte(agent.Version + "\n"), nil }},
		{"agent.yaml", func(context.Context) ([]byte, error) { return os.ReadFile(a.config) }},
		{"doctor.json", func(ctx context.Context) ([]byte, error) { return asJSON(a.examine(ctx), nil) }},
		{"status.json", func(ctx context.Context) ([]byte, error) { return asJSON(c.Status(ctx)) }},
		{"flows.json", func(ctx context.Context) ([]byte, error) { return asJSON(c.Flows(ctx, status.Filter{})) }},
	}
	cfg, err := config.Load(a.config)
	if err != nil {
		cfg = config.Default()
	}
	db, of := "--db="+cfg.OVS.DB, cfg.OpenFlowAddress()
	for name, line := range map[string][]string{
		"log.txt":         {"journalctl", "--no-pager", "-u", program, "-n", "5000", "-o", "short-iso-precise"},
		"service.txt":     {"systemctl", "--no-pager", "show", program},
		"ovs-vsctl.txt":   {"ovs-vsctl", db, "--timeout=10", "show"},
		"interfaces.txt":  {"ovs-vsctl", db, "--timeout=10", "list", "Interface"},
		"ports.txt":       {"ovs-ofctl", "-O", "OpenFlow13", "dump-ports-desc", of},
		"dump-flows.txt":  {"ovs-ofctl", "-O", "OpenFlow13", "dump-flows", of},
		"dump-meters.txt": {"ovs-ofctl", "-O", "OpenFlow13", "dump-meters", of},
		"addresses.txt":   {"ip", "-details", "address"},
		"routes.txt":      {"ip", "route", "show", "table", "all"},
		"kernel.txt":      {"uname", "-a"},
	} {
		parts = append(parts, part{name, func(ctx context.Context) ([]byte, error) {
			return exec.CommandContext(ctx, line[0], line[1:]...).CombinedOutput()
		}})
	}
	sorted.Func(parts, func(x, y part) int { return strings.Compare(x.name, y.name) })
	return parts
}

// bundle writes the file and returns what is in it.
func (a *app) bundle(ctx context.Context, name string) (names []string, err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	z := gzip.NewWriter(f)
	t := tar.NewWriter(z)
	now := time.Now()
	for _, p := range a.parts() {
		within, cancel := context.WithTimeout(ctx, bundleTimeout)
		data, cerr := p.collect(within)
		cancel()
		if cerr != nil {
			data = fmt.Appendf(data, "\nnot collected: %v\n", cerr)
		}
		data = a.withoutSecrets(data[:min(len(data), bundleFileMax)])
		err = t.WriteHeader(&tar.Header{Name: "vlcp-agent/" + p.name, Mode: 0o600, Size: int64(len(data)), ModTime: now})
		if err == nil {
			_, err = t.Write(data)
		}
		if err != nil {
			break
		}
		names = append(names, p.name)
	}
	for _, end := range []func() error{t.Close, z.Close, f.Close} {
		if cerr := end(); err == nil {
			err = cerr
		}
	}
	if err != nil {
		_ = os.Remove(name) // half of it helps nobody
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	return names, nil
}

// withoutSecrets removes what looks like a secret, and the secrets of the configuration wherever they stand.
func (a *app) withoutSecrets(data []byte) []byte {
	text := config.Redact(string(data))
	if cfg, err := config.Load(a.config); err == nil {
		for _, s := range cfg.Secrets() {
			text = strings.ReplaceAll(text, s, "***")
		}
	}
	return []byte(text)
}
