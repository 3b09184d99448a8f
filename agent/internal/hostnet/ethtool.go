package hostnet

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

const ethtoolSTxCsum = 0x17 // ETHTOOL_STXCSUM of linux/ethtool.h

// ethtoolValue is struct ethtool_value.
type ethtoolValue struct{ cmd, data uint32 }

// txChecksumOff is `ethtool -K NAME tx off`.
func txChecksumOff(name string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("switch checksum offload of %s off: %w", name, err)
	}
	defer unix.Close(fd) //nolint:errcheck // a socket without data
	v := ethtoolValue{cmd: ethtoolSTxCsum}
	var req struct {
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [16]byte
	}
	copy(req.name[:unix.IFNAMSIZ-1], name)
	req.data = unsafe.Pointer(&v)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL,
		uintptr(unsafe.Pointer(&req))); errno != 0 {
		return fmt.Errorf("switch checksum offload of %s off: %w", name, errno)
	}
	return nil
}
