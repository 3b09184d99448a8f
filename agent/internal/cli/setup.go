package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/doctor"
)

// answers are what setup was told: by flags, or by people.
type answers struct {
	redis, bridge, datapath string
	address, iface          string
	yes, force              bool
}

func (a *app) setupCommand() *cobra.Command {
	var s answers
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Write the configuration of this host, with checks",
		Long: `Asks where Redis is and which interface or address other hosts reach this one by (what is given by flags is not
asked), checks that all this works, and writes the configuration. Its comments and other settings stay, and the file
before is kept beside it. Where the kernel has no datapath of Open vSwitch, the one in userspace is chosen.

It starts nothing. If a check fails, nothing is written, unless --force.`,
		Example: `  vlcp-agent setup
  vlcp-agent setup --redis redis://:PASSWORD@10.0.0.5:6379/0 --tunnel-interface eth1`,
		Args: cobra.NoArgs,
	}
	f := cmd.Flags()
	f.StringVar(&s.redis, "redis", "", "URL of the store")
	f.StringVar(&s.bridge, "bridge", "", "bridge that will belong to the agent; it is created if it is not there")
	f.StringVar(&s.datapath, "datapath-type", "", "of a new bridge: system (kernel) or netdev (userspace); "+
		"the default is what there is")
	f.StringVar(&s.iface, "tunnel-interface", "", "interface whose address the other hosts send to")
	f.StringVar(&s.address, "tunnel-address", "", "address that the other hosts send to")
	f.BoolVar(&s.yes, "yes", false, "ask nothing")
	f.BoolVar(&s.force, "force", false, "write the configuration also when a check fails")
	cmd.MarkFlagsMutuallyExclusive("tunnel-interface", "tunnel-address")
	cmd.RunE = a.act(func(ctx context.Context, _ []string) error { return a.configure(ctx, s) })
	return cmd
}

// done is what setup did.
type done struct {
	Config   string         `json:"config"`
	Settings []string       `json:"settings"`
	Checks   *doctor.Report `json:"report"`
	Written  bool           `json:"written"`
	Backup   string         `json:"backup,omitempty"`
}

func (a *app) configure(ctx context.Context, s answers) error {
	text, err := os.ReadFile(a.config)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read configuration: %w", err)
	}
	old, _ := config.Parse(a.config, text) // what is wrong or missing is asked for
	if err := a.ask(&s, old); err != nil {
		return err
	}
	settings := s.settings(old)
	edited, err := config.Edit(string(text), settings...)
	if err != nil {
		return fmt.Errorf("%s: %w", a.config, err)
	}
	cfg, err := config.Parse(a.config, []byte(edited))
	if err != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	out := done{Config: a.config, Checks: doctor.Run(ctx, cfg, a.doctorEnv())}
	for _, x := range settings {
		out.Settings = append(out.Settings, x.Key+": "+config.Redact(x.Value))
	}
	failed := out.Checks.Worst() == doctor.Fail && !s.force
	if !failed {
		if err := config.Write(a.config, edited); err != nil {
			return err
		}
		out.Written = true
		if len(text) > 0 {
			out.Backup = a.config + config.BackupSuffix
		}
	}
	if err := a.print(out, func(w io.Writer) { a.printDone(w, out) }); err != nil {
		return err
	}
	if failed {
		return fmt.Errorf("%w: %w; nothing was written", errRefused, errUnwell)
	}
	return nil
}

func (a *app) printDone(w io.Writer, d done) {
	a.printReport(w, d.Checks)
	if !d.Written {
		return
	}
	fmt.Fprintf(w, "\nwrote %s:\n", d.Config)
	for _, s := range d.Settings {
		fmt.Fprintf(w, "  %s\n", s)
	}
	if d.Backup != "" {
		fmt.Fprintf(w, "what was there before is in %s\n", d.Backup)
	}
	fmt.Fprintln(w, "\nNext: systemctl enable --now vlcp-agent   (if it runs already: systemctl reload vlcp-agent)")
}

// settings are the keys to set, the same for the same answers.
func (s *answers) settings(old config.Config) (out []config.Setting) {
	set := func(key, value string) {
		if value != "" {
			out = append(out, config.Setting{Key: key, Value: value})
		}
	}
	set("redis.url", s.redis)
	set("ovs.bridge", s.bridge)
	switch {
	case s.datapath == "system":
		out = append(out, config.Setting{Key: "ovs.datapath_type"})
	case s.datapath != "":
		set("ovs.datapath_type", s.datapath)
	case old.OVS.DatapathType == "" && !doctor.KernelDatapath():
		set("ovs.datapath_type", "netdev")
	}
	switch { // the other one must not stay
	case s.address != "":
		set("tunnel.address", s.address)
		if old.Tunnel.Interface != "" {
			out = append(out, config.Setting{Key: "tunnel.interface"})
		}
	case s.iface != "":
		set("tunnel.interface", s.iface)
		if old.Tunnel.Address.IsValid() {
			out = append(out, config.Setting{Key: "tunnel.address"})
		}
	}
	return out
}

// ask fills in by questions what flags did not say, on a terminal; elsewhere what is there stays.
func (a *app) ask(s *answers, old config.Config) error {
	tunnel := s.address != "" || s.iface != "" || old.Tunnel.Interface != "" || old.Tunnel.Address.IsValid()
	if s.yes || !isTerminal(a.stdin) {
		if !tunnel {
			return usage("give --tunnel-interface or --tunnel-address: the other hosts send to it")
		}
		return nil
	}
	in := bufio.NewReader(a.stdin)
	if s.redis == "" {
		s.redis = a.question(in, "URL of Redis", old.Redis.URL)
	}
	if s.bridge == "" {
		s.bridge = a.question(in, "Bridge of the agent", old.OVS.Bridge)
	}
	for s.address == "" && s.iface == "" {
		suggestion := old.Tunnel.Interface
		if old.Tunnel.Address.IsValid() {
			suggestion = old.Tunnel.Address.String()
		}
		answer := a.question(in, "Interface or address that the other hosts reach ("+interfaces()+")", suggestion)
		if answer == "" {
			return usage("without this end of the tunnels there is no configuration")
		}
		if _, err := netip.ParseAddr(answer); err == nil {
			s.address = answer
		} else {
			s.iface = answer
		}
	}
	return nil
}

func (a *app) question(in *bufio.Reader, text, suggestion string) string {
	fmt.Fprintf(a.stderr, "%s [%s]: ", text, config.Redact(suggestion))
	line, _ := in.ReadString('\n') // at the end of the input the suggestion is taken
	if line = strings.TrimSpace(line); line == "" {
		return suggestion
	}
	return line
}

// interfaces lists those that have an address that other hosts can send to.
func interfaces() string {
	var names []string
	all, _ := net.Interfaces() // it is a hint
	for _, i := range all {
		if i.Flags&net.FlagLoopback == 0 {
			addrs, _ := i.Addrs()
			names = append(names, reachable(i.Name, addrs)...)
		}
	}
	return strings.Join(names, ", ")
}

// reachable lists the addresses of an interface that other hosts can send to, IPv4 or IPv6.
func reachable(name string, addrs []net.Addr) (out []string) {
	for _, x := range addrs {
		if p, err := netip.ParsePrefix(x.String()); err == nil && p.Addr().IsGlobalUnicast() {
			out = append(out, name+" "+p.Addr().String())
		}
	}
	return out
}
