package ofconn

import (
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/openflow"
)

// waiter is a request that waits for its reply.
type waiter struct {
	done  *coroutine.Future[openflow.Message]
	each  func(openflow.Part) // takes the parts; nil: they are kept
	parts []openflow.Part
	count int // of the parts that came
	bytes int // in them
}

// Request sends m and waits for its reply, or for the error that refuses it, a *Refused. Of a reply in parts it returns
// the last; see Multipart. A reply that comes after ReplyTimeout is dropped.
func (x *Session) Request(co *coroutine.Co, m openflow.Message) (openflow.Message, error) {
	_, reply, err := x.exchange(co, m, nil)
	return reply, err
}

// Multipart sends a multipart request of 1.3 or a statistics request of 1.0 and returns all parts of the reply.
func (x *Session) Multipart(co *coroutine.Co, m openflow.Part) ([]openflow.Part, error) {
	w, _, err := x.exchange(co, m, nil)
	if err != nil {
		return nil, err
	}
	return w.parts, nil
}

// Each is Multipart that gives the parts of the reply to fn as they come, and keeps none. It is for what may be long.
// An error, which may be that of the limit too, leaves open how many were given.
func (x *Session) Each(co *coroutine.Co, m openflow.Part, fn func(openflow.Part)) error {
	_, _, err := x.exchange(co, m, fn)
	return err
}

// Ask is Request for a reply of type R. Another one is an error that wraps ErrProtocol.
func Ask[R openflow.Message](co *coroutine.Co, x *Session, m openflow.Message) (R, error) {
	reply, err := x.Request(co, m)
	if err != nil {
		var none R
		return none, err
	}
	return as[R](m, reply)
}

// Gather is Multipart for parts of type P. Others are an error that wraps ErrProtocol.
func Gather[P openflow.Part](co *coroutine.Co, x *Session, m openflow.Part) ([]P, error) {
	parts, err := x.Multipart(co, m)
	if err != nil {
		return nil, err
	}
	out := make([]P, len(parts))
	for i, p := range parts {
		if out[i], err = as[P](m, p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func as[R openflow.Message](m, reply openflow.Message) (R, error) {
	r, ok := reply.(R)
	if !ok {
		return r, fmt.Errorf("%T: got %T: %w", m, reply, ErrProtocol)
	}
	return r, nil
}

func (x *Session) exchange(co *coroutine.Co, m openflow.Message, each func(openflow.Part)) (
	*waiter, openflow.Message, error) {
	if err := x.Room(co); err != nil {
		return nil, nil, err
	}
	if err := x.encode(m); err != nil {
		return nil, nil, err
	}
	w, xid, err := x.start(x.buf)
	if err != nil {
		return nil, nil, fmt.Errorf("%T: %w", m, err)
	}
	w.each = each // in time: nothing is received before this step ends
	m.SetXid(xid)
	reply, err := x.await(co, w, xid)
	if err != nil {
		return nil, nil, fmt.Errorf("%T: %w", m, err)
	}
	return w, reply, nil
}

// start sends an encoded request.
func (x *Session) start(msg []byte) (*waiter, uint32, error) {
	if openflow.MessageVersion(msg) != x.Version {
		return nil, 0, fmt.Errorf("OpenFlow %s: %w", openflow.MessageVersion(msg), ErrMessageVersion)
	}
	w := &waiter{done: coroutine.NewFuture[openflow.Message]()}
	xid := x.take(1)
	openflow.SetXid(msg, xid)
	x.waiting[xid] = w
	x.conn.Send(msg)
	return w, xid, nil
}

// await waits as long as parts come in time.
func (x *Session) await(co *coroutine.Co, w *waiter, xid uint32) (openflow.Message, error) {
	defer delete(x.waiting, xid)
	for {
		came := w.count
		reply, err := w.done.WaitTimeout(co, x.o.ReplyTimeout)
		if errors.Is(err, coroutine.ErrTimeout) && w.count > came {
			continue
		}
		return reply, err
	}
}

// reply takes a message to the request that it answers, if there is one.
func (x *Session) reply(m openflow.Message, size int) bool {
	xid := m.TransactionID()
	w := x.waiting[xid]
	if w == nil {
		return false
	}
	if p, ok := m.(openflow.Part); ok {
		if w.count, w.bytes = w.count+1, w.bytes+size; w.bytes > x.o.ReplyLimit {
			return x.resolve(xid, nil, ErrTooLong)
		}
		w.take(p)
		if p.More() {
			return true
		}
	}
	return x.resolve(xid, m, nil)
}

// take takes a part of a reply.
func (w *waiter) take(p openflow.Part) {
	if w.each != nil {
		w.each(p)
	} else {
		w.parts = append(w.parts, p)
	}
}

// resolve ends the wait for a request, if anybody waits for it.
func (x *Session) resolve(xid uint32, m openflow.Message, err error) bool {
	w := x.waiting[xid]
	if w == nil {
		return false
	}
	delete(x.waiting, xid)
	return w.done.Resolve(m, err)
}
