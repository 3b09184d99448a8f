package probe

import (
	"fmt"
	"net"
	"syscall"
	"time"
	"unsafe"
)

const (
	rcvBuf   = 16 << 20 // bytes, so that a late reader loses nothing
	frameMax = 2048
)

// socket is a packet socket: packet(7).
type socket struct{ fd int }

// open binds one to an interface, or to all with the name "".
func open(iface string) (*socket, error) {
	all := htons(syscall.ETH_P_ALL)
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, int(all))
	if err != nil {
		return nil, fmt.Errorf("packet socket: %w", err)
	}
	addr := &syscall.SockaddrLinklayer{Protocol: all}
	if iface != "" {
		i, err := net.InterfaceByName(iface)
		if err != nil {
			return nil, err
		}
		addr.Ifindex = i.Index
	}
	if err := syscall.Bind(fd, addr); err != nil {
		return nil, fmt.Errorf("bind to %q: %w", iface, err)
	}
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUFFORCE, rcvBuf); err != nil {
		return nil, fmt.Errorf("receive buffer: %w", err)
	}
	s := &socket{fd}
	_, _ = s.arrived() // from now on the kernel notes it
	return s, nil
}

const siocgstampns = 0x8907 // linux/sockios.h; see socket(7), SIOCGSTAMP

// arrived is when the last frame that was received had come, as the kernel says: what a guest's program needs to get a
// processor is not in it.
func (s *socket) arrived() (time.Time, error) {
	var at syscall.Timespec
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(s.fd), siocgstampns, uintptr(unsafe.Pointer(&at)))
	if errno != 0 {
		return time.Time{}, errno
	}
	return time.Unix(at.Unix()), nil
}

func htons(v uint16) uint16 { return v<<8 | v>>8 }

// receive calls fn with every frame that comes in, for ever.
func (s *socket) receive(fn func([]byte)) error {
	b := make([]byte, frameMax)
	for {
		n, from, err := syscall.Recvfrom(s.fd, b, 0)
		switch {
		case err == syscall.EINTR || err == syscall.ENETDOWN:
			continue
		case err != nil:
			return fmt.Errorf("receive: %w", err)
		}
		if a, ok := from.(*syscall.SockaddrLinklayer); ok && a.Pkttype == syscall.PACKET_OUTGOING {
			continue
		}
		fn(b[:n])
	}
}

func (s *socket) send(frame []byte) error {
	_, err := syscall.Write(s.fd, frame)
	return err
}
