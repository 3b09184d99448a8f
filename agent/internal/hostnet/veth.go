package hostnet

import (
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/vlcp-go/vlcp/common/model"
)

const (
	ifNameMax   = 15 // characters
	hostPrefix  = "vg-"
	hashedChars = 7
	netnsDir    = "/run/netns" // of ip-netns(8)
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

// openNetns opens a namespace by name (as ip netns has it) or path.
func openNetns(name string) (*os.File, error) {
	path := filepath.Join(netnsDir, name)
	if strings.Contains(name, "/") {
		path = name
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("network namespace %q does not exist: make it with `ip netns add %s`", name,
			filepath.Base(name))
	}
	if err != nil {
		return nil, fmt.Errorf("open network namespace %q: %w", name, err)
	}
	return f, nil
}

// Attach makes the pair and returns the name of the host end. A pair of an earlier attach of the same port is replaced.
func Attach(g Guest) (host string, err error) {
	ns, err := openNetns(g.Netns)
	if err != nil {
		return "", err
	}
	defer ns.Close() //nolint:errcheck // nothing was written
	host = HostName(g.Port)
	if err := Detach(g.Port); err != nil {
		return "", err
	}
	if err := within(ns, func() error { return free(g) }); err != nil {
		return "", err
	}
	if err := addPair(host, g, ns); err != nil {
		return "", fmt.Errorf("create interface %s: %w", host, err)
	}
	err = errors.Join(txChecksumOff(host), within(ns, func() error {
		return errors.Join(bringUp(g.IfName), txChecksumOff(g.IfName))
	}))
	if err != nil {
		_ = Detach(g.Port) // nothing half-made stays
		return "", err
	}
	return host, nil
}

// free says that the guest's interface is not there yet, in the namespace of the thread.
func free(g Guest) error {
	if exists(g.IfName) {
		return fmt.Errorf("network namespace %s already has an interface %s: detach it or choose another --ifname",
			g.Netns, g.IfName)
	}
	return nil
}

// within runs fn in a namespace, on a thread that is not used again if it cannot be brought back.
func within(ns *os.File, fn func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		home, err := os.Open("/proc/thread-self/ns/net")
		if err != nil {
			done <- fmt.Errorf("own network namespace: %w", err)
			return
		}
		defer home.Close() //nolint:errcheck // nothing was written
		if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- fmt.Errorf("enter network namespace %s: %w", ns.Name(), err)
			return
		}
		err = fn()
		if unix.Setns(int(home.Fd()), unix.CLONE_NEWNET) == nil {
			runtime.UnlockOSThread()
		}
		done <- err
	}()
	return <-done
}

// Detach removes a port's pair. One that does not exist is what was asked for.
func Detach(port string) error {
	if err := remove(HostName(port)); err != nil && !errors.Is(err, unix.ENODEV) {
		return fmt.Errorf("remove interface %s: %w", HostName(port), err)
	}
	return nil
}

// Exists reports whether a port's pair exists.
func Exists(port string) bool { return exists(HostName(port)) }
