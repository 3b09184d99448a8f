package netio

import (
	"errors"
	"net"
	"slices"
	"syscall"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// queue is what waits to be sent, in chunks that each begin and end with a message.
type queue struct {
	urgent []byte
	chunks [][]byte
	rest   []byte // of the chunk that is being written
	spare  []byte // memory to be used again
	bytes  int
}

func (q *queue) add(b []byte, urgent bool) {
	q.bytes += len(b)
	if urgent {
		q.urgent = append(q.urgent, b...)
		return
	}
	if n := len(q.chunks); n > 0 && len(q.chunks[n-1])+len(b) <= chunkSize {
		q.chunks[n-1] = append(q.chunks[n-1], b...)
		return
	}
	q.chunks = append(q.chunks, append(q.spare[:0], b...))
	q.spare = nil
}

// next is what is to be written now, nil when that is nothing.
func (q *queue) next() []byte {
	switch {
	case len(q.rest) > 0:
	case len(q.urgent) > 0:
		q.rest, q.urgent = q.urgent, nil
	case len(q.chunks) > 0:
		q.rest = q.chunks[0]
		q.chunks = slices.Delete(q.chunks, 0, 1)
	}
	return q.rest
}

// wrote takes n bytes of next off.
func (q *queue) wrote(n int) {
	q.bytes -= n
	if n == len(q.rest) && q.spare == nil && cap(q.rest) <= 2*chunkSize {
		q.spare = q.rest[:0:cap(q.rest)]
	}
	q.rest = q.rest[n:]
}

// Send implements Conn.
func (c *conn) Send(b []byte) { c.send(b, false) }

// SendUrgent implements Conn.
func (c *conn) SendUrgent(b []byte) { c.send(b, true) }

func (c *conn) send(b []byte, urgent bool) {
	c.mu.Lock()
	if c.closed || c.closing {
		c.mu.Unlock()
		return
	}
	c.out.add(b, urgent)
	n, busy := c.out.bytes, c.busy
	c.mu.Unlock()
	switch {
	case n > OutLimit:
		go c.fail(ErrOverflow)
	case busy: // the writer takes it
	case n >= chunkSize:
		c.flush()
	case !c.flushing:
		c.flushing = true
		c.s.Defer(c.flushFn)
	}
}

// Queued implements Conn.
func (c *conn) Queued() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.bytes
}

// flush writes what the socket takes at once, and leaves the rest to the writer.
func (c *conn) flush() {
	c.flushing = false
	c.mu.Lock()
	err := c.flushLocked()
	wake := c.waiting > 0
	c.mu.Unlock()
	if err != nil {
		go c.fail(err)
	}
	if wake {
		c.drained.Notify()
	}
}

func (c *conn) flushLocked() error {
	if c.busy || c.closed || c.closing {
		return nil
	}
	for c.raw != nil {
		b := c.out.next()
		if len(b) == 0 {
			return nil
		}
		n, err := c.raw.write(b)
		c.out.wrote(n)
		if err != nil {
			return err
		}
		if n < len(b) {
			break
		}
	}
	if c.out.bytes > 0 {
		c.busy = true
		c.wakeWriter()
	}
	return nil
}

// wakeWriter is called with the lock.
func (c *conn) wakeWriter() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// write is the writer: it waits for the socket where flush does not.
func (c *conn) write() {
	for range c.kick {
		for {
			b := c.take()
			if b == nil {
				break
			}
			n, err := c.nc.Write(b)
			c.mu.Lock()
			c.out.wrote(min(n, len(c.out.rest))) // it is empty when the connection has ended
			wake := c.waiting > 0
			c.mu.Unlock()
			if err != nil {
				c.fail(err)
				return
			}
			if wake {
				_ = c.s.Post(c.drained.Notify)
			}
		}
	}
}

// take is what the writer has to write. When that is nothing, the socket is the scheduler's again, or it is closed.
func (c *conn) take() []byte {
	c.mu.Lock()
	b := c.out.next()
	c.busy = len(b) > 0
	end := !c.busy && c.closing && !c.closed
	switch {
	case c.closing || c.closed:
	case c.busy:
		_ = c.nc.SetWriteDeadline(time.Now().Add(writeDeadline))
	default:
		_ = c.nc.SetWriteDeadline(time.Time{})
	}
	c.mu.Unlock()
	if end {
		c.fail(ErrClosed)
	}
	if len(b) == 0 {
		return nil
	}
	return b
}

// Drain implements Conn.
func (c *conn) Drain(co *coroutine.Co, limit int) error {
	for {
		c.mu.Lock()
		ready := c.out.bytes <= limit
		if !ready {
			c.waiting++
		}
		c.mu.Unlock()
		switch {
		case c.over:
			c.drained.Notify() // for the next one who waits
			return ErrClosed
		case ready:
			c.drained.Notify()
			return nil
		}
		err := c.drained.WaitTimeout(co, time.Second)
		c.mu.Lock()
		c.waiting--
		c.mu.Unlock()
		if err != nil && !errors.Is(err, coroutine.ErrTimeout) {
			return err
		}
	}
}

// rawWriter writes to a socket without waiting.
type rawWriter struct {
	rc  syscall.RawConn
	try func(fd uintptr) bool
	b   []byte
	n   int
	err error
}

func newRawWriter(nc net.Conn) *rawWriter {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return nil
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	w := &rawWriter{rc: rc}
	w.try = func(fd uintptr) bool {
		w.n, w.err = syscall.Write(int(fd), w.b)
		return true // whatever came of it: waiting is the writer's
	}
	return w
}

// write returns how much the socket took.
func (w *rawWriter) write(b []byte) (int, error) {
	for len(b) > 0 {
		w.b = b
		err := w.rc.Write(w.try)
		w.b = nil
		switch {
		case err != nil:
			return 0, err
		case errors.Is(w.err, syscall.EAGAIN):
			return 0, nil
		case errors.Is(w.err, syscall.EINTR):
			continue
		}
		return max(w.n, 0), w.err
	}
	return 0, nil
}
