package hostnet

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	vethInfoPeer  = 1 // VETH_INFO_PEER of linux/veth.h
	replyTimeout  = 10 * time.Second
	replyMaxBytes = 64 << 10
)

// request is a message of rtnetlink(7) about a link: header, ifinfomsg, attributes.
type request struct{ b []byte }

func newRequest(kind, flags uint16, up bool) *request {
	r := &request{binary.NativeEndian.AppendUint32(nil, 0)} // the length, which send knows
	r.b = binary.NativeEndian.AppendUint16(r.b, kind)
	r.b = binary.NativeEndian.AppendUint16(r.b, unix.NLM_F_REQUEST|unix.NLM_F_ACK|flags)
	r.b = append(r.b, make([]byte, unix.SizeofNlMsghdr-len(r.b))...) // sequence and port are for those who ask twice
	r.ifinfo(up)
	return r
}

// ifinfo appends an ifinfomsg: of no index, with IFF_UP set or nothing said of it.
func (r *request) ifinfo(up bool) {
	flags := uint32(0)
	if up {
		flags = unix.IFF_UP
	}
	r.b = append(r.b, make([]byte, 8)...)
	r.b = binary.NativeEndian.AppendUint32(r.b, flags)
	r.b = binary.NativeEndian.AppendUint32(r.b, flags) // the mask of what changes
}

// nest appends an attribute with what fill appends.
func (r *request) nest(kind uint16, fill func()) {
	at := len(r.b)
	r.b = append(r.b, 0, 0, 0, 0)
	fill()
	binary.NativeEndian.PutUint16(r.b[at:], uint16(len(r.b)-at))
	binary.NativeEndian.PutUint16(r.b[at+2:], kind)
	for len(r.b)%unix.NLA_ALIGNTO != 0 {
		r.b = append(r.b, 0)
	}
}

func (r *request) bytes(kind uint16, v []byte) { r.nest(kind, func() { r.b = append(r.b, v...) }) }
func (r *request) text(kind uint16, v string)  { r.bytes(kind, append([]byte(v), 0)) }

func (r *request) number(kind uint16, v int) {
	r.bytes(kind, binary.NativeEndian.AppendUint32(nil, uint32(v)))
}

// send hands the request to the kernel. The error is the kernel's, a unix.Errno.
func (r *request) send() error {
	binary.NativeEndian.PutUint32(r.b, uint32(len(r.b)))
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("netlink socket: %w", err)
	}
	defer unix.Close(fd) //nolint:errcheck // what it said was read
	timeout := unix.NsecToTimeval(replyTimeout.Nanoseconds())
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout); err != nil {
		return fmt.Errorf("netlink socket: %w", err)
	}
	if err := unix.Sendto(fd, r.b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("netlink request: %w", err)
	}
	return reply(fd)
}

// reply reads the acknowledgement: the only message to a socket that is for one request, which has no dump.
func reply(fd int) error {
	b := make([]byte, replyMaxBytes)
	n, _, err := unix.Recvfrom(fd, b, 0)
	if err != nil {
		return fmt.Errorf("netlink reply: %w", err)
	}
	if n < unix.SizeofNlMsghdr+4 || binary.NativeEndian.Uint16(b[4:]) != unix.NLMSG_ERROR {
		return fmt.Errorf("netlink reply: %x is no acknowledgement", b[:n])
	}
	if errno := -int32(binary.NativeEndian.Uint32(b[unix.SizeofNlMsghdr:])); errno != 0 {
		return unix.Errno(errno)
	}
	return nil
}

// addPair makes a veth pair. Its host end is up; the guest's end, which is in ns, cannot be from the beginning: the
// kernel refuses to bring up an end that has no other yet.
func addPair(host string, g Guest, ns *os.File) error {
	r := newRequest(unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL, true)
	r.text(unix.IFLA_IFNAME, host)
	r.number(unix.IFLA_MTU, g.MTU)
	r.nest(unix.IFLA_LINKINFO, func() {
		r.text(unix.IFLA_INFO_KIND, "veth")
		r.nest(unix.IFLA_INFO_DATA, func() {
			r.nest(vethInfoPeer, func() {
				r.ifinfo(false)
				r.text(unix.IFLA_IFNAME, g.IfName)
				r.number(unix.IFLA_MTU, g.MTU)
				r.bytes(unix.IFLA_ADDRESS, g.MAC[:])
				r.number(unix.IFLA_NET_NS_FD, int(ns.Fd()))
			})
		})
	})
	return r.send()
}

// remove removes a link by name.
func remove(name string) error {
	r := newRequest(unix.RTM_DELLINK, 0, false)
	r.text(unix.IFLA_IFNAME, name)
	return r.send()
}

// bringUp is `ip link set NAME up`, in the namespace of the thread.
func bringUp(name string) error {
	return control(func(fd int) error {
		r, err := unix.NewIfreq(name)
		if err == nil {
			err = unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, r)
		}
		if err == nil {
			r.SetUint16(r.Uint16() | unix.IFF_UP)
			err = unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, r)
		}
		if err != nil {
			return fmt.Errorf("bring up %s: %w", name, err)
		}
		return nil
	})
}

// exists reports whether the namespace of the thread has an interface.
func exists(name string) bool {
	_, err := net.InterfaceByName(name)
	return err == nil
}
