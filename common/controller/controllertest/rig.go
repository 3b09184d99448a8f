package controllertest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/controller"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/openflow"
)

// runTimeout ends a test that hangs, by the real clock.
const runTimeout = 60 * time.Second

// settleTime is how long, by the test's clock, everything gets that a step of a test sets off.
const settleTime = time.Millisecond

// Rig is a controller and its switches, on a clock that stands still while anything is to be done.
type Rig struct {
	// Controller that is tested.
	Controller *controller.Controller

	t        testing.TB
	s        *coroutine.Scheduler
	co       *coroutine.Co
	switches map[string]*Switch // by address
	instant  time.Time          // when the last message came from a switch
	messages int                // that came at that instant
}

// messagesMax bounds the messages of switches while the clock stands still. A packet that the controller sends back to
// where it came from would go round for ever, as no time passes.
const messagesMax = 20_000

// count takes note of a message from a switch.
func (r *Rig) count() {
	if now := r.s.Now(); !now.Equal(r.instant) {
		r.instant, r.messages = now, 0
	}
	if r.messages++; r.messages > messagesMax {
		require.FailNow(r.t, "switch and controller answer one another for ever",
			"is a packet sent back to the table whose flow sends it to the controller?")
	}
}

// Run loads modules into a controller and runs a test body with it, as a coroutine of the controller's scheduler.
func Run(t testing.TB, body func(r *Rig), modules ...controller.Module) {
	t.Helper()
	r := &Rig{t: t, switches: map[string]*Switch{}}
	r.s = coroutine.New(coroutine.Options{Clock: coroutine.NewVirtual(time.Unix(1_000_000, 0)), Seed: 1,
		Offloader: coroutine.Inline{}})
	r.Controller = controller.New(controller.Options{Scheduler: r.s, Dialer: dialer{r}})
	require.NoError(t, r.Controller.Load(modules...))
	task := r.s.Go("test", func(co *coroutine.Co) error {
		r.co = co
		body(r)
		return nil
	})
	ctx, cancel := context.WithTimeout(context.Background(), runTimeout)
	defer cancel()
	require.NoError(t, r.s.Run(ctx))
	require.NoError(t, task.Err())
}

// Wait lets time pass.
func (r *Rig) Wait(d time.Duration) {
	r.t.Helper()
	require.NoError(r.t, r.co.Sleep(d))
}

// Settle lets everything happen that is under way.
func (r *Rig) Settle() { r.Wait(settleTime) }

// Connect adds a switch with the given ports and lets the controller connect to it.
func (r *Rig) Connect(v openflow.Version, ports ...uint32) *Switch {
	r.t.Helper()
	id := uint64(len(r.switches) + 1)
	sw := newSwitch(r, id, v, ports)
	address := fmt.Sprintf("unix:switch-%d", id)
	r.switches[address] = sw
	_, err := r.Controller.Serve(address)
	require.NoError(r.t, err)
	r.Settle()
	require.NotNil(r.t, sw.conn, "the controller did not connect")
	return sw
}

// dialer connects to the switches of a rig.
type dialer struct{ r *Rig }

// Dial implements netio.Dialer.
func (d dialer) Dial(_ *coroutine.Co, address string, h netio.Handler) (netio.Conn, error) {
	sw := d.r.switches[address]
	if sw == nil || sw.off {
		return nil, fmt.Errorf("no switch at %s", address)
	}
	c := &conn{sw: sw, h: h}
	sw.connected(c)
	return c, nil
}

// conn is a connection, seen from the controller. Bytes of each direction arrive in steps of their own.
type conn struct {
	sw     *Switch
	h      netio.Handler
	closed bool
}

// Send implements netio.Conn.
func (c *conn) Send(b []byte) {
	b = slices.Clone(b)
	c.sw.r.s.Defer(func() {
		for len(b) > 0 && c.sw.conn == c {
			n, err := openflow.Frame(b)
			require.NoError(c.sw.r.t, err)
			c.sw.model.handle(b[:n:n])
			b = b[n:]
		}
	})
}

// SendUrgent implements netio.Conn.
func (c *conn) SendUrgent(b []byte) { c.Send(b) }

// Queued implements netio.Conn.
func (c *conn) Queued() int { return 0 }

// Drain implements netio.Conn.
func (c *conn) Drain(co *coroutine.Co, _ int) error { return co.Err() }

// Close implements netio.Conn.
func (c *conn) Close() {
	if !c.closed {
		c.closed = true
		c.sw.r.s.Defer(func() { c.end(netio.ErrClosed) })
	}
}

func (c *conn) end(err error) {
	if c.sw.conn == c {
		c.sw.conn = nil
		c.sw.model.disconnect()
	}
	c.closed = true
	c.h.Closed(err)
}

// tell sends a message to the controller.
func (c *conn) tell(b []byte) {
	b = bytes.Clone(b)
	c.sw.r.s.Defer(func() {
		if !c.closed {
			c.sw.r.count()
			c.h.Message(b)
		}
	})
}

// Output is a frame that left a switch.
type Output struct {
	Port  uint32
	Frame []byte
}

// Ports are the ports that frames left by, in their order: "1,3".
func Ports(out []Output) string {
	var ports []string
	for _, o := range out {
		ports = append(ports, fmt.Sprint(o.Port))
	}
	return strings.Join(ports, ",")
}
