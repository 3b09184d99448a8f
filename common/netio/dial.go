package netio

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

type dialer struct {
	s *coroutine.Scheduler
	o options
}

// NewDialer returns a Dialer of sockets for s.
func NewDialer(s *coroutine.Scheduler, opts ...Option) Dialer { return dialer{s, collect(opts)} }

// Dial implements Dialer.
func (d dialer) Dial(co *coroutine.Co, address string, h Handler) (Conn, error) {
	a, err := ParseAddress(address, 0)
	if err != nil {
		return nil, err
	}
	if a.Passive {
		return nil, fmt.Errorf("%q is an address to listen at, not to connect to: %w", address, ErrAddress)
	}
	nc, err := coroutine.Call(co, func(ctx context.Context) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, dialTimeout)
		defer cancel()
		return d.connect(ctx, a)
	})
	if err != nil {
		return nil, err
	}
	return Start(d.s, nc, h), nil
}

func (d dialer) connect(ctx context.Context, a Address) (net.Conn, error) {
	var nd net.Dialer
	nc, err := nd.DialContext(ctx, a.Network, a.Addr)
	if err != nil || !a.TLS {
		return nc, err
	}
	c, err := d.o.tls.client(a.Host())
	if err == nil {
		tc := tls.Client(nc, c)
		if err = tc.HandshakeContext(ctx); err == nil {
			return tc, nil
		}
	}
	return nil, errors.Join(err, nc.Close())
}

// Listener accepts connections.
type Listener struct{ l net.Listener }

// Listen accepts connections at address, punix:PATH, ptcp:PORT[:HOST] or pssl:PORT[:HOST], and hands each to accept on
// the scheduler, which gives it its Handler by Start. A socket that a process left behind is replaced.
func Listen(s *coroutine.Scheduler, address string, accept func(net.Conn), opts ...Option) (*Listener, error) {
	a, err := ParseAddress(address, 0)
	if err != nil {
		return nil, err
	}
	if !a.Passive {
		return nil, fmt.Errorf("%q is an address to connect to, not to listen at: %w", address, ErrAddress)
	}
	var conf *tls.Config
	if a.TLS {
		if conf, err = collect(opts).tls.server(); err != nil {
			return nil, err
		}
	}
	if a.Network == "unix" {
		removeDead(a.Addr)
	}
	l, err := net.Listen(a.Network, a.Addr)
	if err != nil {
		return nil, err
	}
	if conf != nil {
		l = tls.NewListener(l, conf)
	}
	go acceptAll(s, l, accept)
	return &Listener{l}, nil
}

// removeDead removes a socket that nobody listens at.
func removeDead(path string) {
	nc, err := net.DialTimeout("unix", path, dialTimeout)
	if err == nil {
		_ = nc.Close() // listening will say that it is in use
		return
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		_ = os.Remove(path) // or listening will say what is wrong
	}
}

func acceptAll(s *coroutine.Scheduler, l net.Listener, accept func(net.Conn)) {
	for {
		nc, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // out of files, perhaps: it may pass
			time.Sleep(acceptPause)
			continue
		}
		if s.Post(func() { accept(nc) }) != nil {
			_ = nc.Close()
			_ = l.Close()
			return
		}
	}
}

// Addr is where it listens.
func (l *Listener) Addr() net.Addr { return l.l.Addr() }

// Close stops accepting.
func (l *Listener) Close() error { return l.l.Close() }
