package hostnet

import (
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"

	"github.com/vlcp-go/vlcp/common/model"
)

const (
	ifNameMax   = 15 // characters
	hostPrefix  = "vg-"
	hashedChars = 7
)

// Guest is the interface of a guest.
type Guest struct {
	Port   string // the port's name
	Netns  string // name of the namespace, or path of one
	IfName string // inside
	MAC    model.MAC
	MTU    int
}

// HostName is the name of a port's host end: the port's own where that fits into an interface name, else its beginning
// and a hash.
func HostName(port string) string {
	if len(hostPrefix)+len(port) <= ifNameMax {
		return hostPrefix + port
	}
	h := fnv.New64a()
	h.Write([]byte(port)) //nolint:errcheck // hash.Hash never fails
	sum := fmt.Sprintf("%016x", h.Sum64())[:hashedChars]
	keep := ifNameMax - len(hostPrefix) - hashedChars - 1
	return hostPrefix + port[:keep] + "-" + sum
}

// openNetns opens a namespace by name (as ip netns has it), path or "" for ours.
func openNetns(name string) (netns.NsHandle, error) {
	h, err := netns.GetFromName(name)
	if strings.Contains(name, "/") {
		h, err = netns.GetFromPath(name)
	}
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return h, fmt.Errorf("network namespace %q does not exist: make it with `ip netns add %s`", name,
				filepath.Base(name))
		}
		return h, fmt.Errorf("open network namespace %q: %w", name, err)
	}
	return h, nil
}

// Attach makes the pair and returns the name of the host end. A pair of an earlier attach of the same port is replaced.
func Attach(g Guest) (host string, err error) {
	ns, err := openNetns(g.Netns)
	if err != nil {
		return "", err
	}
	defer ns.Close() //nolint:errcheck // a handle
	host = HostName(g.Port)
	if err := Detach(g.Port); err != nil {
		return "", err
	}
	inside, err := netlink.NewHandleAt(ns)
	if err != nil {
		return "", fmt.Errorf("enter network namespace %q: %w", g.Netns, err)
	}
	defer inside.Close()
	if _, err := inside.LinkByName(g.IfName); err == nil {
		return "", fmt.Errorf("network namespace %s already has an interface %s: detach it or choose another --ifname",
			g.Netns, g.IfName)
	}
	pair := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: host, MTU: g.MTU}, PeerName: g.IfName,
		PeerHardwareAddr: net.HardwareAddr(g.MAC[:]), PeerNamespace: netlink.NsFd(ns)}
	if err := netlink.LinkAdd(pair); err != nil {
		return "", fmt.Errorf("create interface %s: %w", host, err)
	}
	defer func() {
		if err != nil {
			_ = Detach(g.Port) // nothing half-made stays
		}
	}()
	return host, bringUp(host, inside, ns, g)
}

func bringUp(host string, inside *netlink.Handle, ns netns.NsHandle, g Guest) error {
	outer, err := netlink.LinkByName(host)
	if err != nil {
		return fmt.Errorf("interface %s: %w", host, err)
	}
	inner, err := inside.LinkByName(g.IfName)
	if err != nil {
		return fmt.Errorf("interface %s in %s: %w", g.IfName, g.Netns, err)
	}
	if err := fence(outer); err != nil {
		return err
	}
	if err := errors.Join(inside.LinkSetMTU(inner, g.MTU), inside.LinkSetUp(inner), netlink.LinkSetUp(outer)); err != nil {
		return fmt.Errorf("bring up %s: %w", g.IfName, err)
	}
	if err := txChecksumOff(host); err != nil {
		return err
	}
	return within(ns, func() error { return txChecksumOff(g.IfName) })
}

// within runs fn in a namespace, on a thread that is not used again if it cannot be brought back.
func within(ns netns.NsHandle, fn func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		home, err := netns.Get()
		if err != nil {
			done <- err
			return
		}
		defer home.Close() //nolint:errcheck // a handle
		if err := netns.Set(ns); err != nil {
			done <- err
			return
		}
		err = fn()
		if netns.Set(home) == nil {
			runtime.UnlockOSThread()
		}
		done <- err
	}()
	return <-done
}

// Detach removes a port's pair. One that does not exist is what was asked for.
func Detach(port string) error {
	l, err := netlink.LinkByName(HostName(port))
	var missing netlink.LinkNotFoundError
	if errors.As(err, &missing) {
		return nil
	}
	if err == nil {
		err = netlink.LinkDel(l)
	}
	if err != nil {
		return fmt.Errorf("remove interface %s: %w", HostName(port), err)
	}
	return nil
}

// Exists reports whether a port's pair exists.
func Exists(port string) bool {
	_, err := netlink.LinkByName(HostName(port))
	return err == nil
}
