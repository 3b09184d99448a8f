package hostnet

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/vishvananda/netlink"
)

const sysctls = "/proc/sys/net/"

// fences are what the kernel is told of a host end (Documentation/networking/ip-sysctl.rst of Linux): it has no IPv6,
// and so no address of its own, and takes no IPv4 from there, since no route leads back. For ARP see fence.
var fences = []struct{ family, key, value string }{{"ipv6", "disable_ipv6", "1"}, {"ipv4", "rp_filter", "1"}}

// fence keeps host and guest apart. With a userspace datapath the kernel has the frames of a host end, too, and would
// answer ARP for each address of the host. It has to be called before the interface is up, or the kernel has spoken.
func fence(host netlink.Link) error {
	if err := netlink.LinkSetARPOff(host); err != nil {
		return fmt.Errorf("switch ARP of %s off: %w", host.Attrs().Name, err)
	}
	for _, f := range fences {
		if _, err := os.Stat(sysctls + f.family); errors.Is(err, fs.ErrNotExist) {
			continue // a kernel without IPv6
		}
		path := sysctls + f.family + "/conf/" + host.Attrs().Name + "/" + f.key
		if err := os.WriteFile(path, []byte(f.value), 0); err != nil {
			return fmt.Errorf("keep the host apart from its guest: %w", err)
		}
	}
	return nil
}
