package ofconn

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// Times.
const (
	replyTimeout  = 30 * time.Second // a big dump may keep a switch busy
	helloTimeout  = 5 * time.Second
	echoInterval  = 5 * time.Second
	silenceLimit  = 20 * time.Second
	drainBytes    = 4 << 20
	batchTimeout  = 60 * time.Second
	helloBitmap13 = 1 << openflow.Version13
)

// Errors of sessions.
var (
	ErrDown    = errors.New("OpenFlow connection is down")
	ErrVersion = errors.New("switch does not speak OpenFlow 1.3: set the bridge's protocols to include OpenFlow13")
)

// Refused is an OpenFlow error message as a Go error.
type Refused struct{ Message *of13.Error }

// Error implements error.
func (r *Refused) Error() string {
	return fmt.Sprintf("switch refused the request: %s code %d", r.Message.Class, r.Message.Code)
}

// Session is one connection that has agreed on a version. It is used on the scheduler.
type Session struct {
	s    *coroutine.Scheduler
	log  *slog.Logger
	conn netio.Conn
	xid  uint32

	// Features of the switch.
	Features *of13.FeaturesReply

	waiting   map[uint32]*waiter
	batches   []*batch
	onMessage func(of13.Message)
	hello     *coroutine.Future[of13.Message]
	down      error
	heard     time.Time
	ended     *coroutine.Future[struct{}]
}

// waiter is a request that waits for its reply.
type waiter struct {
	done  *coroutine.Future[of13.Message]
	parts []of13.MultipartMessage
}

// batch is a row of messages with consecutive ids, which ends with a barrier.
type batch struct {
	first, barrier uint32
	errs           []error
	done           *coroutine.Future[struct{}]
}

func newSession(s *coroutine.Scheduler, log *slog.Logger, onMessage func(of13.Message)) *Session {
	return &Session{s: s, log: log, waiting: map[uint32]*waiter{}, onMessage: onMessage, heard: s.Now(),
		hello: coroutine.NewFuture[of13.Message](), ended: coroutine.NewFuture[struct{}]()}
}

// handler is what the connection calls.
func (x *Session) handler() netio.Handler {
	return netio.Handler{Split: openflow.Frame, Message: x.message, Closed: x.closed}
}

func (x *Session) nextXid() uint32 {
	x.xid++
	return x.xid
}

// Send sends a message that has no reply and whose refusal nobody waits for.
func (x *Session) Send(m of13.Message) {
	m.SetXid(x.nextXid())
	x.conn.Send(of13.Encode(m))
}

// SendRaw sends an encoded message as it is but for its transaction id.
func (x *Session) SendRaw(msg []byte) {
	openflow.SetXid(msg, x.nextXid())
	x.conn.Send(msg)
}

// Close ends the session.
func (x *Session) Close() { x.conn.Close() }

// Up reports whether the session can be used.
func (x *Session) Up() bool { return x.down == nil }

func (x *Session) closed(err error) {
	x.down = fmt.Errorf("%w: %w", ErrDown, err)
	for _, w := range x.waiting {
		w.done.Resolve(nil, x.down)
	}
	for _, b := range x.batches {
		b.done.Resolve(struct{}{}, x.down)
	}
	x.waiting, x.batches = map[uint32]*waiter{}, nil
	x.hello.Resolve(nil, x.down)
	x.ended.Resolve(struct{}{}, nil)
}

// message takes one message from the switch.
func (x *Session) message(b []byte) {
	x.heard = x.s.Now()
	if openflow.MessageVersion(b) != openflow.Version13 && openflow.MessageType(b) == openflow.TypeHello {
		b[0] = byte(openflow.Version13) // a newer peer says hello in its own version; the bitmap decides
	}
	m, err := of13.Decode(b)
	if err != nil {
		x.log.Warn("message from the switch passed over", "error", err)
		if w := x.waiting[openflow.Xid(b)]; w != nil {
			delete(x.waiting, openflow.Xid(b))
			w.done.Resolve(nil, err)
		}
		return
	}
	switch m := m.(type) {
	case *of13.Hello:
		x.hello.Resolve(m, nil)
	case *of13.EchoRequest:
		reply := &of13.EchoReply{Data: m.Data}
		reply.SetXid(m.Xid)
		x.conn.Send(of13.Encode(reply))
	case *of13.EchoReply:
	case *of13.Error:
		x.refused(m)
	case *of13.BarrierReply:
		x.barrier(m)
	default:
		x.reply(m)
	}
}

func (x *Session) reply(m of13.Message) {
	xid := m.Head().Xid
	w := x.waiting[xid]
	if w == nil {
		x.onMessage(m)
		return
	}
	if p, ok := m.(of13.MultipartMessage); ok {
		w.parts = append(w.parts, p)
		if p.More() {
			return
		}
	}
	delete(x.waiting, xid)
	w.done.Resolve(m, nil)
}

func (x *Session) refused(e *of13.Error) {
	err := &Refused{Message: e}
	if w := x.waiting[e.Xid]; w != nil {
		delete(x.waiting, e.Xid)
		w.done.Resolve(nil, err)
		return
	}
	for _, b := range x.batches {
		if i := int64(e.Xid) - int64(b.first); i >= 0 && i < int64(b.barrier-b.first) {
			if b.errs == nil {
				b.errs = make([]error, b.barrier-b.first)
			}
			b.errs[i] = err
			return
		}
	}
	if x.hello.Done() {
		x.log.Warn("error from the switch that belongs to no request", "class", e.Class, "code", e.Code)
		return
	}
	x.hello.Resolve(nil, err)
}

func (x *Session) barrier(m *of13.BarrierReply) {
	for i, b := range x.batches {
		if b.barrier == m.Xid {
			x.batches = append(x.batches[:i], x.batches[i+1:]...)
			b.done.Resolve(struct{}{}, nil)
			return
		}
	}
	x.reply(m)
}

// Request sends m and waits for its reply, or for the error that refuses it.
func (x *Session) Request(co *coroutine.Co, m of13.Message) (of13.Message, error) {
	_, reply, err := x.exchange(co, m)
	return reply, err
}

func (x *Session) exchange(co *coroutine.Co, m of13.Message) (*waiter, of13.Message, error) {
	if x.down != nil {
		return nil, nil, x.down
	}
	w := &waiter{done: coroutine.NewFuture[of13.Message]()}
	xid := x.nextXid()
	m.SetXid(xid)
	x.waiting[xid] = w
	x.conn.Send(of13.Encode(m))
	reply, err := w.done.WaitTimeout(co, replyTimeout)
	delete(x.waiting, xid)
	if err != nil {
		return nil, nil, fmt.Errorf("%T: %w", m, err)
	}
	return w, reply, nil
}

// Multipart sends a multipart request and returns all parts of the reply.
func (x *Session) Multipart(co *coroutine.Co, m of13.MultipartMessage) ([]of13.MultipartMessage, error) {
	w, _, err := x.exchange(co, m)
	if err != nil {
		return nil, err
	}
	return w.parts, nil
}

// Barrier waits until the switch has done everything sent before.
func (x *Session) Barrier(co *coroutine.Co) error {
	_, err := x.Batch(co, nil)
	return err
}

// Batch sends encoded messages, patching their transaction ids, and one barrier. When the barrier is back it returns
// nil, or one error for each message that was refused. The second result says that the connection was lost, and with it
// how far the switch got.
func (x *Session) Batch(co *coroutine.Co, msgs [][]byte) ([]error, error) {
	if x.down != nil {
		return nil, x.down
	}
	b := &batch{first: x.xid + 1, done: coroutine.NewFuture[struct{}]()}
	if b.first+uint32(len(msgs))+1 < b.first { // the range must not wrap
		x.xid, b.first = 0, 1
	}
	b.barrier = b.first + uint32(len(msgs))
	x.xid = b.barrier
	x.batches = append(x.batches, b)
	for i, m := range msgs {
		openflow.SetXid(m, b.first+uint32(i))
		x.conn.Send(m)
		if i%1024 == 1023 {
			if err := x.conn.Drain(co, drainBytes); err != nil {
				return nil, errors.Join(ErrDown, err)
			}
		}
	}
	bar := &of13.BarrierRequest{}
	bar.SetXid(b.barrier)
	x.conn.Send(of13.Encode(bar))
	if _, err := b.done.WaitTimeout(co, batchTimeout); err != nil {
		return nil, err
	}
	return b.errs, nil
}

// Bundle sends encoded messages that take effect together or not at all (ONF extension 230).
func (x *Session) Bundle(co *coroutine.Co, msgs [][]byte) error {
	const flags = of13.BundleAtomic | of13.BundleOrdered
	id := x.nextXid()
	if _, err := x.Request(co, of13.NewBundleControl(id, of13.BundleOpenRequest, flags)); err != nil {
		return fmt.Errorf("open bundle: %w", err)
	}
	adds := make([][]byte, len(msgs))
	for i, m := range msgs {
		// The message inside must have the transaction id of the one around it, which Batch chooses.
		openflow.SetXid(m, x.xid+1+uint32(i))
		adds[i] = of13.Encode(&of13.BundleAdd{Vendor: openflow.VendorONF, Subtype: of13.SubtypeBundleAdd, Bundle: id,
			Flags: flags, Message: m})
	}
	errs, err := x.Batch(co, adds)
	if err = errors.Join(append(errs, err)...); err != nil {
		x.Send(of13.NewBundleControl(id, of13.BundleDiscardRequest, flags))
		return fmt.Errorf("fill bundle: %w", err)
	}
	if _, err := x.Request(co, of13.NewBundleControl(id, of13.BundleCommitRequest, flags)); err != nil {
		return fmt.Errorf("commit bundle: %w", err)
	}
	return nil
}
