package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/hostnet"
	"github.com/vlcp-go/vlcp/agent/internal/ovsctl"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/model"
)

const (
	attachPoll   = 20 * time.Millisecond
	undefinedMTU = model.DefaultMTU - model.VXLANOverhead
)

type attachOptions struct {
	netns  string
	ifname string
	mac    model.MAC
	wait   time.Duration
}

func (a *app) attachCommand() *cobra.Command {
	var o attachOptions
	c := &cobra.Command{
		Use:   "attach PORT --netns NS",
		Short: "Give a network namespace the interface of a port",
		Long: `Makes a veth pair, puts one end into the network namespace with the port's MAC address and MTU, and the other
on the bridge, and waits until the port is up. The address comes by DHCP, or is set by hand to what the port has.

A port that is attached on another host too is ready here at once, and moves here with the first frame that its guest
sends here: the newest attach wins. With --mac a port can be attached before it is defined; it works from the moment it
is.`,
		Example: "  ip netns add web1\n  vlcp-agent attach web1 --netns web1\n  ip netns exec web1 udhcpc -i eth0",
		Args:    cobra.ExactArgs(1),
		RunE:    a.act(func(ctx context.Context, args []string) error { return a.attach(ctx, args[0], o) }),
	}
	c.Flags().StringVar(&o.netns, "netns", "", "network namespace, by name or path (required)")
	c.Flags().StringVar(&o.ifname, "ifname", "eth0", "name of the interface inside")
	c.Flags().Var(&o.mac, "mac", "attach a port that is not defined yet, with this address")
	c.Flags().Lookup("mac").DefValue = "" // there is none
	c.Flags().DurationVar(&o.wait, "timeout", 10*time.Second, "how long to wait until the port is up; 0 does not wait")
	if err := c.MarkFlagRequired("netns"); err != nil {
		panic(err) // the flag is misspelt above
	}
	return c
}

// setup is where the bridge is, from the agent's own configuration file where there is one.
func (a *app) setup() (ovsctl.Setup, error) {
	c, err := config.Load(a.config)
	if errors.Is(err, os.ErrNotExist) {
		c, err = config.Default(), nil
	}
	return ovsctl.Setup{DB: c.OVS.DB, Bridge: c.OVS.Bridge}, err
}

func (a *app) attach(ctx context.Context, port string, o attachOptions) error {
	if err := model.CheckName(model.KindPort, port); err != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	setup, err := a.setup()
	if err != nil {
		return err
	}
	def, err := a.client().Definition(ctx, port)
	switch {
	case err == nil && def.Parent != "":
		return asSubPort(def, "attach")
	case err == nil:
		setup.DB, setup.Bridge = def.DB, def.Bridge
	case errors.Is(err, status.ErrNotFound) && !o.mac.IsZero():
		def = &status.Definition{Port: port, MAC: o.mac, MTU: undefinedMTU}
		o.wait = 0
	case errors.Is(err, status.ErrNotFound):
		return fmt.Errorf("%w; or give --mac to attach it before it is defined", err)
	default:
		return fmt.Errorf("attach %s: %w", port, err)
	}
	// Out of the bridge first: an interface of the same name would keep the number of the old one for a while.
	if err := (ovsctl.CLI{}).RemoveGuest(ctx, setup, hostnet.HostName(port)); err != nil {
		return fmt.Errorf("attach %s: %w", port, err)
	}
	host, err := hostnet.Attach(hostnet.Guest{Port: port, Netns: o.netns, IfName: o.ifname, MAC: def.MAC, MTU: def.MTU})
	if err != nil {
		return fmt.Errorf("attach %s: %w", port, err)
	}
	mark := rand.Text()
	ids := map[string]string{"iface-id": port, vport.AttachKey: mark}
	if err := (ovsctl.CLI{}).AddGuest(ctx, setup, host, ids); err != nil {
		return errors.Join(fmt.Errorf("attach %s: %w", port, err), hostnet.Detach(port))
	}
	if err := a.awaitUp(ctx, port, mark, o.wait); err != nil {
		return err
	}
	return a.print(map[string]any{"port": port, "network": def.Network, "interface": host, "mac": def.MAC, "mtu": def.MTU},
		func(w io.Writer) {
			fmt.Fprintf(w, "port %s attached: %s in %s, MAC %s, MTU %d\n", port, o.ifname, o.netns, def.MAC, def.MTU)
		})
}

// asSubPort says that a sub-port comes and goes with its parent.
func asSubPort(def *status.Definition, verb string) error {
	return fmt.Errorf("%w: port %s is a sub-port, its guest has it on the interface of %s, in a VLAN: %s %s",
		errRefused, def.Port, def.Parent, verb, def.Parent)
}

// awaitUp waits until the agent says that the port is up, by the attach with this mark.
func (a *app) awaitUp(ctx context.Context, port, mark string, limit time.Duration) error {
	for end := time.Now().Add(limit); limit > 0; {
		s, err := a.client().Status(ctx)
		if err != nil {
			return err
		}
		for _, p := range s.Ports {
			if p.ID != port || p.Attach != mark {
				continue
			}
			switch p.State {
			case status.PortUp:
				return nil
			case status.PortStandby:
				fmt.Fprintf(a.stderr, "port %s is ready on this host; host %s has it until its guest speaks here\n", port, p.Holder)
				return nil
			case status.PortUnannounced:
				fmt.Fprintf(a.stderr, "port %s works on this host; the store is away, other hosts will hear of it later\n", port)
				return nil
			case status.PortDown:
				fmt.Fprintf(a.stderr, "port %s is down, by an operator: vlcp-coordinator port update %s --admin up\n", port, port)
				return nil
			}
		}
		if time.Now().After(end) {
			return fmt.Errorf("port %s is attached but not up after %s: see `vlcp-agent status`: %w", port, limit, errTimeOut)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(attachPoll):
		}
	}
	return nil
}

func (a *app) detachCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "detach PORT",
		Short:             "Take a port's interface away again",
		Long:              "Takes the interface that attach made off the bridge and removes it. The port stays defined.",
		Example:           "  vlcp-agent detach web1",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completePort,
		RunE:              a.act(func(ctx context.Context, args []string) error { return a.detach(ctx, args[0]) }),
	}
}

func (a *app) detach(ctx context.Context, port string) error {
	setup, err := a.setup()
	if err != nil {
		return err
	}
	there := hostnet.Exists(port)
	if !there {
		if def, err := a.client().Definition(ctx, port); err == nil && def.Parent != "" {
			return asSubPort(def, "detach")
		}
	}
	if err := (ovsctl.CLI{}).RemoveGuest(ctx, setup, hostnet.HostName(port)); err != nil {
		return fmt.Errorf("detach %s: %w", port, err)
	}
	if err := hostnet.Detach(port); err != nil {
		return fmt.Errorf("detach %s: %w", port, err)
	}
	if !there {
		return fmt.Errorf("port %s: no interface of it was attached on this host: %w", port, status.ErrNotFound)
	}
	return a.print(map[string]string{"port": port}, func(w io.Writer) { fmt.Fprintf(w, "port %s detached\n", port) })
}
