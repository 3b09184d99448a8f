package ofconn

import (
	"errors"
	"fmt"
	"slices"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/openflow"
)

// batch is a row of messages with consecutive transaction ids, which ends with a barrier.
type batch struct {
	first, barrier uint32
	errs           []error
	done           *coroutine.Future[struct{}]
}

// Barrier waits until the switch has done everything sent before.
func (x *Session) Barrier(co *coroutine.Co) error {
	if x.down != nil {
		return x.down
	}
	b := x.newBatch(0)
	defer x.dropBatch(b)
	return x.finish(co, b)
}

// Batch sends encoded messages, patching their transaction ids, and one barrier, and waits for room to send and for the
// barrier's reply. It returns nil, or an error for each message: a *Refused for each that was refused. The second
// result is why the barrier's reply did not come; it wraps ErrOutcome once something was sent.
func (x *Session) Batch(co *coroutine.Co, msgs [][]byte) ([]error, error) {
	if err := x.begin(msgs); err != nil {
		return nil, err
	}
	b := x.newBatch(len(msgs))
	defer x.dropBatch(b)
	for i, m := range msgs {
		if err := x.Room(co); err != nil {
			return nil, unknownOutcome(err)
		}
		openflow.SetXid(m, b.first+uint32(i))
		x.conn.Send(m)
	}
	if err := x.finish(co, b); err != nil {
		return nil, unknownOutcome(err)
	}
	return b.errs, nil
}

// BatchOf is Batch of messages that are not encoded yet.
func (x *Session) BatchOf(co *coroutine.Co, msgs ...openflow.Message) ([]error, error) {
	encoded := make([][]byte, len(msgs))
	for i, m := range msgs {
		x.choose(m)
		b, err := openflow.Append(nil, m)
		if err != nil {
			return nil, fmt.Errorf("message %d: %w", i, err)
		}
		encoded[i] = b
	}
	return x.Batch(co, encoded)
}

// begin refuses what cannot be sent before anything is.
func (x *Session) begin(msgs [][]byte) error {
	if x.down != nil {
		return x.down
	}
	for i, m := range msgs {
		if len(m) < openflow.HeaderLen || openflow.MessageVersion(m) != x.Version {
			return fmt.Errorf("message %d: %w", i, ErrMessageVersion)
		}
	}
	return nil
}

func (x *Session) newBatch(n int) *batch {
	first := x.take(uint32(n) + 1)
	b := &batch{first: first, barrier: first + uint32(n), done: coroutine.NewFuture[struct{}]()}
	x.batches = append(x.batches, b)
	return b
}

func (x *Session) dropBatch(b *batch) {
	x.batches = slices.DeleteFunc(x.batches, func(c *batch) bool { return c == b })
}

// finish sends the barrier and waits for its reply.
func (x *Session) finish(co *coroutine.Co, b *batch) error {
	x.sendBarrier(b)
	return x.awaitBarrier(co, b)
}

func (x *Session) sendBarrier(b *batch) {
	x.buf = appendHeader(x.buf[:0], x.Version, x.codec.barrierRequest, b.barrier)
	x.conn.Send(x.buf)
}

func (x *Session) awaitBarrier(co *coroutine.Co, b *batch) error {
	_, err := b.done.WaitTimeout(co, batchPatience*x.o.ReplyTimeout)
	return err
}

func unknownOutcome(err error) error { return errors.Join(ErrOutcome, err) }

// barrier takes a barrier's reply to its batch.
func (x *Session) barrier(xid uint32) bool {
	for _, b := range x.batches {
		if b.barrier == xid {
			return b.done.Resolve(struct{}{}, nil)
		}
	}
	return false
}

// refusedInBatch notes an error about a message of a batch.
func (x *Session) refusedInBatch(xid uint32, r error) bool {
	for _, b := range x.batches {
		switch {
		case xid < b.first || xid > b.barrier:
			continue
		case xid == b.barrier: // a switch without barriers
			return b.done.Resolve(struct{}{}, r)
		case b.errs == nil:
			b.errs = make([]error, b.barrier-b.first)
		}
		b.errs[xid-b.first] = r
		return true
	}
	return false
}
