package status

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// gonePoll is how often a client that says no more is looked at.
const gonePoll = 100 * time.Millisecond

// cancelWhenGone calls cancel when the other end has closed. One that only says that it sends no more, as socat does at
// the end of its input, waits for the answer: reading does not tell the two apart.
func cancelWhenGone(ctx context.Context, c net.Conn, cancel func()) {
	defer cancel()
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		return // nothing was to come
	}
	for !hungUp(c) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(gonePoll):
		}
	}
}

// hungUp reports whether nobody can read what is sent: poll(2), POLLHUP.
func hungUp(c net.Conn) bool {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return true
	}
	gone := false
	err = raw.Control(func(fd uintptr) {
		p := []unix.PollFd{{Fd: int32(fd)}}
		_, err := unix.Poll(p, 0)
		gone = err == nil && p[0].Revents&unix.POLLHUP != 0 // an interrupted one is asked again
	})
	return gone || err != nil
}
