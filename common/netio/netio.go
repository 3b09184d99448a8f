package netio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// Bounds.
const (
	OutLimit       = 64 << 20 // bytes that may wait to be sent
	messageLimit   = 64 << 20 // bytes of one message
	readSize       = 64 << 10 // bytes
	dialTimeout    = 5 * time.Second
	writeDeadline  = 20 * time.Second
	drainPerWakeup = 256 << 10 // bytes
)

// Errors of connections.
var (
	ErrClosed   = errors.New("connection closed")
	ErrOverflow = errors.New("peer does not read, too much waits to be sent")
	ErrTooLong  = errors.New("message too long")
)

// Handler is what a connection calls. Split runs off the scheduler and must be pure but for its own state; the others
// run on it.
type Handler struct {
	// Split returns the length of the first message in b, 0 when it is incomplete.
	Split func(b []byte) (int, error)
	// Message takes one message, and owns it.
	Message func(msg []byte)
	// Closed is called once, when the connection has ended for whatever reason.
	Closed func(err error)
}

// Conn is a connection. Its methods are called on the scheduler.
type Conn interface {
	// Send queues b, which must not be changed afterwards.
	Send(b []byte)
	// Drain waits until at most max bytes wait to be sent.
	Drain(co *coroutine.Co, max int) error
	// Close ends the connection.
	Close()
}

// Dialer makes connections.
type Dialer interface {
	// Dial connects to address: unix:PATH or tcp:HOST:PORT.
	Dial(co *coroutine.Co, address string, h Handler) (Conn, error)
}

// ParseAddress splits unix:PATH and tcp:HOST:PORT into what package net wants.
func ParseAddress(address string) (network, addr string, err error) {
	network, addr, ok := strings.Cut(address, ":")
	switch {
	case !ok || addr == "":
	case network == "unix":
		return network, addr, nil
	case network == "tcp":
		if _, _, err := net.SplitHostPort(addr); err == nil {
			return network, addr, nil
		}
	}
	return "", "", fmt.Errorf("%q is not an address: write unix:PATH or tcp:HOST:PORT", address)
}

type dialer struct{ s *coroutine.Scheduler }

// NewDialer returns a Dialer of sockets for s.
func NewDialer(s *coroutine.Scheduler) Dialer { return dialer{s} }

// Dial implements Dialer.
func (d dialer) Dial(co *coroutine.Co, address string, h Handler) (Conn, error) {
	network, addr, err := ParseAddress(address)
	if err != nil {
		return nil, err
	}
	nc, err := coroutine.Call(co, func(ctx context.Context) (net.Conn, error) {
		nd := net.Dialer{Timeout: dialTimeout}
		return nd.DialContext(ctx, network, addr)
	})
	if err != nil {
		return nil, err
	}
	return Start(d.s, nc, h), nil
}

// conn is a socket.
type conn struct {
	s  *coroutine.Scheduler
	nc net.Conn
	h  Handler

	mu     sync.Mutex
	out    [][]byte
	queued int
	closed bool
	kick   chan struct{}

	drained *coroutine.Signal
	ended   bool // on the scheduler
	once    sync.Once
}

// Start makes a Conn of an open socket.
func Start(s *coroutine.Scheduler, nc net.Conn, h Handler) Conn {
	c := &conn{s: s, nc: nc, h: h, kick: make(chan struct{}, 1), drained: coroutine.NewSignal(s)}
	go c.read()
	go c.write()
	return c
}

// Send implements Conn.
func (c *conn) Send(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.out = append(c.out, b)
	c.queued += len(b)
	if c.queued > OutLimit {
		go c.fail(ErrOverflow)
		return
	}
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// Drain implements Conn.
func (c *conn) Drain(co *coroutine.Co, limit int) error {
	for {
		c.mu.Lock()
		n := c.queued
		c.mu.Unlock()
		switch {
		case c.ended:
			return ErrClosed
		case n <= limit:
			return nil
		}
		if err := c.drained.WaitTimeout(co, time.Second); err != nil && !errors.Is(err, coroutine.ErrTimeout) {
			return err
		}
	}
}

// Close implements Conn.
func (c *conn) Close() { go c.fail(ErrClosed) }

// fail ends the connection; the first reason is told. It must not run on the scheduler: Post may wait for it.
func (c *conn) fail(err error) {
	c.once.Do(func() {
		c.mu.Lock()
		c.closed = true
		c.out = nil
		close(c.kick)
		c.mu.Unlock()
		_ = c.nc.Close()
		_ = c.s.Post(func() {
			c.ended = true
			c.drained.Notify()
			c.h.Closed(err)
		})
	})
}

func (c *conn) read() {
	var buf []byte
	for {
		if cap(buf)-len(buf) < readSize {
			buf = append(make([]byte, 0, max(2*cap(buf), 2*readSize)), buf...)
		}
		n, err := c.nc.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		rest, serr := c.split(buf)
		buf = rest
		if err = errors.Join(serr, err); err != nil {
			if errors.Is(err, io.EOF) {
				err = fmt.Errorf("closed by the peer: %w", io.EOF)
			}
			c.fail(err)
			return
		}
	}
}

// split hands every whole message over and returns what is left.
func (c *conn) split(buf []byte) ([]byte, error) {
	var msgs [][]byte
	var err error
	for len(buf) > 0 {
		var n int
		if n, err = c.h.Split(buf); err != nil || n == 0 || n > len(buf) {
			break
		}
		msgs = append(msgs, buf[:n:n])
		buf = buf[n:]
	}
	if len(buf) > messageLimit {
		err = ErrTooLong
	}
	if len(msgs) > 0 {
		post := c.s.Post(func() {
			for _, m := range msgs {
				c.h.Message(m)
			}
		})
		err = errors.Join(err, post)
		buf = append([]byte(nil), buf...) // the messages own the old buffer
	}
	return buf, err
}

func (c *conn) write() {
	for range c.kick {
		c.mu.Lock()
		out := net.Buffers(c.out)
		c.out = nil
		c.mu.Unlock()
		for len(out) > 0 {
			batch, n := takeBytes(&out)
			_ = c.nc.SetWriteDeadline(time.Now().Add(writeDeadline))
			if _, err := batch.WriteTo(c.nc); err != nil {
				c.fail(err)
				return
			}
			c.mu.Lock()
			c.queued -= n
			c.mu.Unlock()
			_ = c.s.Post(c.drained.Notify)
		}
	}
}

// takeBytes splits off a part that is written in one go.
func takeBytes(out *net.Buffers) (batch net.Buffers, n int) {
	i := 0
	for i < len(*out) && n < drainPerWakeup {
		n += len((*out)[i])
		i++
	}
	batch, *out = (*out)[:i:i], (*out)[i:]
	return batch, n
}

// Listener accepts connections.
type Listener struct{ l net.Listener }

// Listen accepts connections at address, unix:PATH or tcp:HOST:PORT, and hands each to accept on the scheduler, which
// gives it its Handler by Start.
func Listen(s *coroutine.Scheduler, address string, accept func(net.Conn)) (*Listener, error) {
	network, addr, err := ParseAddress(address)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen(network, addr)
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			if s.Post(func() { accept(nc) }) != nil {
				_ = nc.Close()
			}
		}
	}()
	return &Listener{l}, nil
}

// Addr is where it listens.
func (l *Listener) Addr() net.Addr { return l.l.Addr() }

// Close stops accepting.
func (l *Listener) Close() error { return l.l.Close() }
