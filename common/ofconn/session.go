package ofconn

import (
	"fmt"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/openflow"
)

// Session is one connection to a switch that has agreed on a version. It is used on the scheduler. It ends with its
// connection: another connection of the same switch is another Session, and what is sent into one that has ended goes
// nowhere.
type Session struct {
	// Version that was agreed on.
	Version openflow.Version
	// Features of the switch.
	Features Features
	// Generation counts the connections of the Dial or Listen that this one is of, from 1.
	Generation uint64

	s      *coroutine.Scheduler
	o      *Options
	conn   netio.Conn
	codec  *codec
	state  state
	down   error // why it has ended
	broken error // the panic of one of the program's functions
	up     bool  // it got as far as to be told of
	told   bool  // OnUp was called, OnDown was not
	onUp   func()
	onEnd  func()

	main *Session   // of an auxiliary connection
	aux  []*Session // of a main one

	xid     uint32
	waiting map[uint32]*waiter
	batches []*batch
	opened  *coroutine.Future[struct{}] // up, or ended
	ended   *coroutine.Future[struct{}]
	heard   time.Time
	warned  time.Time
	role    Role   // 1.0 cannot ask for it
	buf     []byte // to encode in
	count   Counters
}

// state of a session.
type state uint8

const (
	saidHello state = iota
	askedFeatures
	isUp
	isDown
)

// Counters of a session.
type Counters struct {
	Received  uint64 // messages
	Unread    uint64 // messages that could not be decoded
	Stray     uint64 // replies that nobody waited for
	Refused   uint64 // errors from the switch
	SendFull  uint64 // messages that Send did not take
	Announced uint64 // messages given to OnMessage
}

// newSession makes a session that will send its hello once it has a connection.
func newSession(s *coroutine.Scheduler, o *Options, generation uint64) *Session {
	x := &Session{Generation: generation, s: s, o: o, waiting: map[uint32]*waiter{},
		opened: coroutine.NewFuture[struct{}](), ended: coroutine.NewFuture[struct{}]()}
	x.onUp, x.onEnd = x.tellUp, func() {}
	return x
}

// handler is what the connection calls.
func (x *Session) handler() netio.Handler {
	return netio.Handler{Split: openflow.Frame, Message: x.message, Closed: x.fail}
}

// protect runs what may run the program's functions. Their panic ends the session, and with it Dial.
func (x *Session) protect(fn func()) {
	if p := coroutine.Protect(fn); p != nil {
		x.broken = p
		x.s.Report("OpenFlow", p)
		x.fail(p)
	}
}

// serve keeps the session until it has ended, and returns why.
func (x *Session) serve(co *coroutine.Co) error {
	defer func() { // also when the coroutine was cancelled
		x.told = x.told && co.Err() == nil
		x.fail(netio.ErrClosed)
	}()
	if x.state == isDown { // it ended before it began
		return x.down
	}
	x.heard = co.Now()
	x.conn.SendUrgent(appendHello(nil, x.o.Versions))
	if _, err := x.opened.WaitTimeout(co, x.o.HandshakeTimeout); err != nil {
		if co.Err() != nil {
			return co.Err()
		}
		x.fail(fmt.Errorf("handshake not done in %s: %w", x.o.HandshakeTimeout, ErrSilent))
	}
	for x.state != isDown {
		_, err := x.ended.WaitTimeout(co, x.o.EchoInterval)
		if co.Err() != nil {
			return co.Err()
		}
		if err != nil {
			x.keepAlive(co.Now().Sub(x.heard))
		}
	}
	return x.down
}

// keepAlive is called about every EchoInterval.
func (x *Session) keepAlive(silence time.Duration) {
	switch {
	case silence > x.o.SilenceLimit:
		x.fail(fmt.Errorf("for %s: %w", silence.Round(time.Millisecond), ErrSilent))
	case silence >= x.o.EchoInterval/2:
		x.conn.SendUrgent(appendHeader(nil, x.Version, openflow.TypeEchoRequest, x.take(1)))
	}
}

// fail ends the session; the first reason counts. Who waits for a reply is told at once, OnDown in a step of its own.
func (x *Session) fail(err error) {
	if x.state == isDown {
		return
	}
	x.state = isDown
	x.down = fmt.Errorf("%w: %w", ErrDown, err)
	if x.conn != nil {
		x.conn.Close()
	}
	x.onEnd()
	for _, w := range x.waiting {
		w.done.Resolve(nil, x.down)
	}
	for _, b := range x.batches {
		b.done.Resolve(struct{}{}, x.down)
	}
	clear(x.waiting)
	x.batches = nil
	x.opened.Resolve(struct{}{}, nil)
	x.ended.Resolve(struct{}{}, nil)
	for _, a := range x.aux {
		a.fail(fmt.Errorf("main connection: %w", err))
	}
	x.s.Defer(x.tellDown)
}

// tellUp tells of a session, whose end will be told.
func (x *Session) tellUp() {
	x.up, x.told = true, true
	x.o.OnUp(x)
}

// tellDown tells of the end, once.
func (x *Session) tellDown() {
	if x.told {
		x.told = false
		x.protect(func() { x.o.OnDown(x, x.down) })
	}
}

// Close ends the session. What was sent before is still written, for a bounded time.
func (x *Session) Close() { x.fail(netio.ErrClosed) }

// Up reports whether the session can be used.
func (x *Session) Up() bool { return x.state == isUp }

// Err is why the session has ended, nil while it has not.
func (x *Session) Err() error { return x.down }

// Main is the session that an auxiliary connection belongs to, and the session itself if it is none.
func (x *Session) Main() *Session {
	if x.main != nil {
		return x.main
	}
	return x
}

// Auxiliaries are the auxiliary connections of a session that are up.
func (x *Session) Auxiliaries() []*Session { return append([]*Session(nil), x.aux...) }

// Counters of the session until now.
func (x *Session) Counters() Counters { return x.count }

// Queued is how many bytes wait to be sent.
func (x *Session) Queued() int { return x.conn.Queued() }

// Send sends a message that has no reply and whose refusal nobody waits for: an error about it goes to OnMessage. It
// sets the message's transaction id, and does not keep the message. It never waits: ErrFull is the answer when
// SendLimit bytes wait already; a coroutine can wait for Room before.
func (x *Session) Send(m openflow.Message) error {
	if err := x.encode(m); err != nil {
		return err
	}
	return x.SendRaw(x.buf)
}

// SendUrgent is Send before everything that waits, of which there may be twice as much. It is for what depends on
// nothing that was sent before.
func (x *Session) SendUrgent(m openflow.Message) error {
	if err := x.encode(m); err != nil {
		return err
	}
	return x.sendRaw(x.buf, x.conn.SendUrgent, urgentRoom*x.o.SendLimit)
}

// SendRaw is Send of an encoded message, whose transaction id it patches. It does not keep msg.
func (x *Session) SendRaw(msg []byte) error { return x.sendRaw(msg, x.conn.Send, x.o.SendLimit) }

func (x *Session) sendRaw(msg []byte, send func([]byte), limit int) error {
	switch {
	case x.down != nil:
		return x.down
	case openflow.MessageVersion(msg) != x.Version:
		return fmt.Errorf("send OpenFlow %s: %w", openflow.MessageVersion(msg), ErrMessageVersion)
	case x.conn.Queued() >= limit:
		x.count.SendFull++
		return ErrFull
	}
	openflow.SetXid(msg, x.take(1))
	send(msg)
	return nil
}

// Room waits while SendLimit bytes wait to be sent, until half of them are.
func (x *Session) Room(co *coroutine.Co) error {
	for x.down == nil && x.conn.Queued() >= x.o.SendLimit {
		if err := x.conn.Drain(co, x.o.SendLimit/2); err != nil && x.down == nil {
			return err
		}
	}
	return x.down
}

// encode writes m into x.buf, which is free again after the next send.
func (x *Session) encode(m openflow.Message) error {
	if x.down != nil {
		return x.down
	}
	x.choose(m)
	b, err := openflow.Append(x.buf[:0], m)
	x.buf = b
	return err
}

// choose gives a message that several versions have the one of the session.
func (x *Session) choose(m openflow.Message) {
	if v, ok := m.(openflow.Versioned); ok {
		v.SetVersion(x.Version)
	}
}

// take returns the first of n transaction ids in a row that nobody uses. 0 is none: switches use it for what nobody
// asked for.
func (x *Session) take(n uint32) uint32 {
	first := x.xid + 1
	for {
		if first == 0 || first+(n-1) < first { // the row must not wrap
			first = 1
		}
		last := first + (n - 1)
		next, free := x.used(first, last)
		if free {
			x.xid = last
			return first
		}
		first = next + 1
	}
}

// used returns the last transaction id in use that a row from first to last would meet.
func (x *Session) used(first, last uint32) (id uint32, free bool) {
	for _, b := range x.batches {
		if first <= b.barrier && b.first <= last {
			return b.barrier, false
		}
	}
	if first == last {
		return first, x.waiting[first] == nil
	}
	free = true
	for w := range x.waiting {
		if first <= w && w <= last {
			id, free = max(id, w), false
		}
	}
	return id, free
}
