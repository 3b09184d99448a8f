package hostnet

import (
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
)

// LinkOf is the name and the MTU in bytes of the interface that has an address, "" and 0 when there is none. It asks
// the kernel for all addresses once, however many interfaces there are: a host with guests has many.
func LinkOf(addr netip.Addr) (name string, mtu int, err error) {
	list, err := netlink.AddrList(nil, netlink.FAMILY_ALL)
	if err != nil {
		return "", 0, fmt.Errorf("list the addresses of this host: %w", err)
	}
	for i := range list {
		if a, ok := netip.AddrFromSlice(list[i].IP); !ok || a.Unmap() != addr {
			continue
		}
		l, err := netlink.LinkByIndex(list[i].LinkIndex)
		if err != nil {
			return "", 0, fmt.Errorf("interface that has %s: %w", addr, err)
		}
		return l.Attrs().Name, l.Attrs().MTU, nil
	}
	return "", 0, nil
}
