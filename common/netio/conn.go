package netio

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// conn is a socket.
type conn struct {
	s    *coroutine.Scheduler
	nc   net.Conn
	h    Handler
	raw  *rawWriter // nil: the socket cannot be written without waiting
	free chan *inbound
	done chan struct{}
	kick chan struct{} // holds one token while the writer has work
	once sync.Once

	mu      sync.Mutex
	out     queue
	busy    bool // the writer writes, nobody else may
	closing bool
	closed  bool
	waiting int // in Drain

	// On the scheduler.
	drained  *coroutine.Signal
	flushing bool // flush is a step to come
	flushFn  func()
	over     bool // Close was called, or it has ended
}

// inbound is what one read brought.
type inbound struct {
	msgs [][]byte
	run  func()
}

// Start makes a Conn of an open socket.
func Start(s *coroutine.Scheduler, nc net.Conn, h Handler) Conn {
	c := &conn{s: s, nc: nc, h: h, raw: newRawWriter(nc), free: make(chan *inbound, inboundMax),
		done: make(chan struct{}), kick: make(chan struct{}, 1), drained: coroutine.NewSignal(s)}
	c.flushFn = c.flush
	for range inboundMax {
		in := &inbound{}
		in.run = func() { c.deliver(in) }
		c.free <- in
	}
	go c.read()
	go c.write()
	return c
}

// deliver hands over what a read brought. A panic over one of the messages is the end of the connection: whoever owns
// it has missed something, and must not go on as if it had not.
func (c *conn) deliver(in *inbound) {
	if p := coroutine.Protect(func() { c.handOver(in.msgs) }); p != nil {
		c.over = true
		c.s.Report("connection", p)
		go c.fail(p)
	}
	clear(in.msgs)
	in.msgs = in.msgs[:0]
	c.free <- in
}

func (c *conn) handOver(msgs [][]byte) {
	for _, m := range msgs {
		if c.over {
			return
		}
		c.h.Message(m)
	}
}

// Close implements Conn.
func (c *conn) Close() {
	c.over = true
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.closing {
		return
	}
	c.closing = true
	_ = c.nc.SetWriteDeadline(time.Now().Add(closeLinger)) // ends also a write that is under way
	c.wakeWriter()
}

// fail ends the connection; the first reason is told. It must not run on the scheduler: Post may wait for it.
func (c *conn) fail(err error) {
	c.once.Do(func() {
		c.mu.Lock()
		if c.closing {
			err = ErrClosed
		}
		c.closed = true
		c.out = queue{}
		close(c.kick)
		c.mu.Unlock()
		close(c.done)
		_ = c.nc.Close()
		_ = c.s.Post(func() {
			c.over = true
			c.drained.Notify()
			c.h.Closed(err)
		})
	})
}

// read ends the connection when the peer has, or when Split panics, which would end the process here.
func (c *conn) read() {
	var err error
	if p := coroutine.Protect(func() { err = c.readAll() }); p != nil {
		_ = c.s.Post(func() { c.s.Report("connection", p) })
		err = p
	}
	c.fail(err)
}

func (c *conn) readAll() error {
	buf := make([]byte, 0, readSize)
	for {
		if cap(buf)-len(buf) < readMin {
			buf = append(make([]byte, 0, max(2*len(buf), readSize)), buf...)
		}
		n, err := c.nc.Read(buf[len(buf):cap(buf)])
		rest, serr := c.split(buf[:len(buf)+n])
		buf = rest
		if err = errors.Join(serr, err); err != nil {
			if errors.Is(err, io.EOF) {
				err = fmt.Errorf("closed by the peer: %w", io.EOF)
			}
			return err
		}
	}
}

// split hands every whole message over and returns what is left. The messages own their part of the buffer; the next
// read goes behind them.
func (c *conn) split(buf []byte) ([]byte, error) {
	var in *inbound
	var err error
	for len(buf) > 0 {
		var n int
		if n, err = c.h.Split(buf); err != nil || n == 0 || n > len(buf) {
			break
		}
		if in == nil {
			if in = c.slot(); in == nil {
				return nil, ErrClosed
			}
		}
		in.msgs = append(in.msgs, buf[:n:n])
		buf = buf[n:]
	}
	if len(buf) > messageLimit {
		err = ErrTooLong
	}
	if in != nil {
		err = errors.Join(err, c.s.Post(in.run))
	}
	return buf, err
}

// slot waits until an earlier read was handled; nil when the connection has ended.
func (c *conn) slot() *inbound {
	select {
	case in := <-c.free:
		return in
	case <-c.done:
		return nil
	}
}
