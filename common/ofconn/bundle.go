package ofconn

import (
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

const bundleFlags = of13.BundleAtomic | of13.BundleOrdered

// Bundle sends encoded messages, patching their transaction ids, that take effect together or not at all (ONF extension
// 230 of OpenFlow 1.3; in 1.0 it is ErrUnsupported). If the switch refused, the second result is a *Refused or says how
// many messages were, the first has an error for each message that was the reason, and nothing has changed. If the
// second result wraps ErrOutcome, the bundle was to be committed and it is not known whether it was: read back.
func (x *Session) Bundle(co *coroutine.Co, msgs [][]byte) ([]error, error) {
	b, err := x.Stage(co, msgs)
	if err != nil {
		return nil, err
	}
	if err := b.Commit(co); err != nil {
		return b.Errors(), err
	}
	if err := b.Committed(co); err != nil {
		return b.Errors(), err
	}
	return nil, nil
}

// Staged is a bundle that the switch is being given. There may be several at a time, so that the switch has work while
// it is known how the one before ended:
//
//	Stage 1, Stage 2, Commit 1, Stage 3, Committed 1, Commit 2, Stage 4, Committed 2 …
//
// What its methods return is as Bundle says. The first of them that returns an error ends the bundle.
type Staged struct {
	x      *Session
	id     uint32
	batch  *batch
	open   asked
	commit asked
}

// asked is a request whose reply nobody waits for yet.
type asked struct {
	w   *waiter
	xid uint32
}

// Stage opens a bundle and sends it encoded messages, for which it waits for room and for nothing else. They are used
// until Commit has returned.
func (x *Session) Stage(co *coroutine.Co, msgs [][]byte) (*Staged, error) {
	if x.down == nil && x.Version == openflow.Version10 {
		return nil, fmt.Errorf("bundle: %w", ErrUnsupported)
	}
	if err := x.begin(msgs); err != nil {
		return nil, err
	}
	b := &Staged{x: x, id: x.take(1)}
	err := x.Room(co)
	if err == nil {
		b.open, err = b.control(of13.BundleOpenRequest)
	}
	if err != nil {
		return nil, fmt.Errorf("open bundle: %w", err)
	}
	b.batch = x.newBatch(len(msgs))
	if err := b.fill(co, msgs); err != nil {
		b.discard()
		return nil, fmt.Errorf("fill bundle: %w", err)
	}
	return b, nil
}

// fill sends the messages, and what is answered when the switch has them.
func (b *Staged) fill(co *coroutine.Co, msgs [][]byte) error {
	x := b.x
	for i, m := range msgs {
		if err := x.Room(co); err != nil {
			return err
		}
		xid := b.batch.first + uint32(i)
		openflow.SetXid(m, xid) // the message inside has that of the one around it
		err := x.encode(&of13.BundleAdd{Vendor: openflow.VendorONF, Subtype: of13.SubtypeBundleAdd, Bundle: b.id,
			Flags: bundleFlags, Message: m})
		if err != nil {
			return fmt.Errorf("message %d: %w", i, err)
		}
		openflow.SetXid(x.buf, xid)
		x.conn.Send(x.buf)
	}
	x.sendBarrier(b.batch)
	return nil
}

// Commit waits until the switch has all messages, and tells it to make them take effect.
func (b *Staged) Commit(co *coroutine.Co) error {
	if err := b.answered(co, &b.open, of13.BundleOpenReply); err != nil {
		if !b.refused(co, err) {
			b.discard()
		}
		return fmt.Errorf("open bundle: %w", err)
	}
	if err := b.filled(co); err != nil {
		b.discard()
		return fmt.Errorf("fill bundle: %w", err)
	}
	err := b.x.Room(co)
	if err == nil {
		b.commit, err = b.control(of13.BundleCommitRequest)
	}
	if err != nil {
		b.discard()
		return fmt.Errorf("commit bundle: %w", err) // nothing was sent
	}
	return nil
}

// refused is for a switch that would not open a bundle, which there is nothing of to discard then. It says the same of
// every message, which is no error of theirs.
func (b *Staged) refused(co *coroutine.Co, err error) bool {
	r := (*Refused)(nil)
	if !errors.As(err, &r) {
		return false
	}
	_ = b.x.awaitBarrier(co, b.batch) // who sends next will hear why not
	b.batch.errs = nil
	b.x.dropBatch(b.batch)
	return true
}

// filled waits until the switch has the messages.
func (b *Staged) filled(co *coroutine.Co) error {
	if err := b.x.awaitBarrier(co, b.batch); err != nil {
		return err
	}
	refused := 0
	for _, e := range b.batch.errs {
		if e != nil {
			refused++
		}
	}
	if refused > 0 {
		return fmt.Errorf("%d of %d messages refused: %w", refused, len(b.batch.errs), errors.Join(b.batch.errs...))
	}
	return nil
}

// Committed waits until the switch says that the bundle has taken effect.
func (b *Staged) Committed(co *coroutine.Co) error {
	defer b.x.dropBatch(b.batch) // a commit may still refuse single messages
	err := b.answered(co, &b.commit, of13.BundleCommitReply)
	if err == nil {
		return nil
	}
	if r := (*Refused)(nil); !errors.As(err, &r) { // only a refusal says that it was not
		err = unknownOutcome(err)
	}
	return fmt.Errorf("commit bundle: %w", err)
}

// Errors has an error for each message that was the reason for a refusal; nil when none was.
func (b *Staged) Errors() []error { return b.batch.errs }

// discard gives the bundle up before it was committed.
func (b *Staged) discard() {
	x := b.x
	if b.open.w != nil {
		delete(x.waiting, b.open.xid)
	}
	x.dropBatch(b.batch)
	_ = x.Send(of13.NewBundleControl(b.id, of13.BundleDiscardRequest, bundleFlags)) // or it ends with the session
}

// control sends a bundle control message.
func (b *Staged) control(ask of13.BundleType) (asked, error) {
	if err := b.x.encode(of13.NewBundleControl(b.id, ask, bundleFlags)); err != nil {
		return asked{}, err
	}
	w, xid, err := b.x.start(b.x.buf)
	return asked{w, xid}, err
}

// answered waits for the reply to a bundle control message.
func (b *Staged) answered(co *coroutine.Co, a *asked, want of13.BundleType) error {
	m, err := b.x.await(co, a.w, a.xid)
	a.w = nil
	if err != nil {
		return err
	}
	if r, ok := m.(*of13.BundleControl); !ok || r.Bundle != b.id || r.Control != want {
		return fmt.Errorf("got %T, not %s of bundle %d: %w", m, want, b.id, ErrProtocol)
	}
	return nil
}
