package dc

import (
	"errors"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
)

// conn is a connection of an agent to something on its host: bytes arrive a moment later, in order, until it is cut.
type conn struct {
	host     *Host
	w        *World
	agent    *coroutine.Scheduler
	h        netio.Handler
	server   func(msg []byte) // takes what the agent says
	gone     func()           // the server is told of the end
	closed   bool
	openflow bool         // and not of the database
	mute     bool         // what the server says does not arrive
	at       [2]time.Time // when the last message arrives: at the server, at the agent
}

var errCut = errors.New("cut by the simulator")

// later runs fn after the messages that are on their way in a direction.
func (c *conn) later(direction int, fn func()) {
	at := c.w.clock.Now().Add(c.host.slow + c.w.between(20*time.Microsecond, time.Millisecond))
	if at.Before(c.at[direction]) {
		at = c.at[direction]
	}
	c.at[direction] = at
	c.w.after(at.Sub(c.w.clock.Now()), fn)
}

// Send implements netio.Conn.
func (c *conn) Send(b []byte) {
	b = append([]byte(nil), b...)
	c.later(0, func() {
		if !c.closed {
			c.server(b)
		}
	})
}

// SendUrgent implements netio.Conn.
func (c *conn) SendUrgent(b []byte) { c.Send(b) }

// Queued implements netio.Conn.
func (c *conn) Queued() int { return 0 }

// Drain implements netio.Conn.
func (c *conn) Drain(co *coroutine.Co, _ int) error {
	if c.closed {
		return netio.ErrClosed
	}
	return co.Err()
}

// Close implements netio.Conn.
func (c *conn) Close() { c.end(netio.ErrClosed) }

// reply sends what the server says.
func (c *conn) reply(b []byte) {
	if c.mute {
		return
	}
	b = append([]byte(nil), b...)
	c.later(1, func() {
		c.agent.Defer(func() {
			if !c.closed {
				c.h.Message(b)
			}
		})
		c.host.poke()
	})
}

// end closes the connection at both ends.
func (c *conn) end(err error) {
	if c.closed {
		return
	}
	c.closed = true
	c.gone()
	c.agent.Defer(func() { c.h.Closed(err) })
	c.host.poke()
}
