package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/common/openflow"
)

// Bounds of what can be asked for.
const (
	switchesMax = 256
	hostsMax    = 4000
	windowMax   = 512 // packets: they must fit into the buffers of a socket
	durationMax = time.Minute
)

var errUsage = errors.New("see ofbench --help")

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "ofbench:", err)
		}
		os.Exit(1)
	}
}

// list is a flag of several values.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }
func (l *list) Set(text string) error {
	*l = strings.Split(text, ",")
	return nil
}

func run(args []string, out io.Writer) error {
	o := Options{}
	addresses := list{"tcp:127.0.0.1:6653"}
	versions, modes, switches := list{"1.3"}, list{"latency", "throughput"}, list{"1", "8", "32"}
	f := flag.NewFlagSet("ofbench", flag.ContinueOnError)
	f.Var(&addresses, "address", "`ADDRESS` of the controller, tcp:HOST:PORT or unix:PATH; of several, with commas, each "+
		"has a part of the switches")
	f.Var(&versions, "version", "`VERSIONS` of OpenFlow, 1.0 and 1.3, with commas")
	f.Var(&modes, "mode", "`MODES`, latency and throughput, with commas")
	f.Var(&switches, "switches", "`NUMBERS` of switches, with commas")
	f.IntVar(&o.Hosts, "hosts", 1000, "`number` of hosts of each switch")
	f.IntVar(&o.Window, "window", 64, "`number` of packets outstanding of each switch in throughput mode")
	f.DurationVar(&o.Duration, "duration", 3*time.Second, "`time` of each measurement")
	f.BoolVar(&o.Buffers, "buffers", false, "the switches keep packets, and the controller names the buffer")
	asJSON := f.Bool("json", false, "print a JSON object for each measurement")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("%q: %w", f.Arg(0), errUsage)
	}
	o.Addresses = addresses
	for _, v := range versions {
		for _, m := range modes {
			for _, n := range switches {
				if err := one(o, v, m, n, *asJSON, out); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// one makes one measurement and prints it.
func one(o Options, version, mode, switches string, asJSON bool, out io.Writer) (err error) {
	if o.Version, err = parseVersion(version); err != nil {
		return err
	}
	if o.Switches, err = strconv.Atoi(switches); err != nil {
		return fmt.Errorf("switches %q: %w", switches, errUsage)
	}
	o.Mode = Mode(mode)
	r, err := Measure(o)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(out).Encode(r)
	}
	_, err = fmt.Fprintln(out, r)
	return err
}

func parseVersion(text string) (openflow.Version, error) {
	for _, v := range []openflow.Version{openflow.Version10, openflow.Version13} {
		if v.String() == text {
			return v, nil
		}
	}
	return 0, fmt.Errorf("version %q: %w", text, errUsage)
}

// check refuses what would measure nothing, or something else than this machine.
func (o *Options) check() ([]netio.Address, error) {
	var all []netio.Address
	for _, text := range o.Addresses {
		a, err := parseAddress(text)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	switch {
	case len(all) == 0:
		return nil, fmt.Errorf("no address: %w", errUsage)
	case o.Mode != Latency && o.Mode != Throughput:
		return nil, fmt.Errorf("mode %q: %w", o.Mode, errUsage)
	case o.Switches < 1 || o.Switches > switchesMax:
		return nil, fmt.Errorf("%d switches, 1 to %d are possible: %w", o.Switches, switchesMax, errUsage)
	case o.Hosts < 2 || o.Hosts > hostsMax:
		return nil, fmt.Errorf("%d hosts, 2 to %d are possible: %w", o.Hosts, hostsMax, errUsage)
	case o.Window < 1 || o.Window > windowMax:
		return nil, fmt.Errorf("window of %d packets, 1 to %d are possible: %w", o.Window, windowMax, errUsage)
	case o.Duration <= 0 || o.Duration > durationMax:
		return nil, fmt.Errorf("duration %s, up to %s is possible: %w", o.Duration, durationMax, errUsage)
	}
	return all, nil
}

func parseAddress(text string) (netio.Address, error) {
	a, err := ofconn.ParseAddress(text)
	switch {
	case err != nil:
		return a, fmt.Errorf("%w: %w", err, errUsage)
	case a.Passive || a.TLS:
		return a, fmt.Errorf("address %q: connect to tcp:HOST:PORT or unix:PATH: %w", text, errUsage)
	case a.Network == "tcp" && !net.ParseIP(a.Host()).IsLoopback():
		return a, fmt.Errorf("address %q is not of this machine, as 127.0.0.1 is: %w", text, errUsage)
	}
	return a, nil
}
